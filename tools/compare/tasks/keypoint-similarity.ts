// Owns COCO's object keypoint similarity (OKS): of people that two networks found, and of found people with labelled ones.
//
// Formulas: pycocotools/cocoeval.py (computeOks, evaluateImg, setKpParams).
import type { Box } from 'zeropoint/tasks';
import { type Match, matchClass, matchingOrder } from './average-precision';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A person; positions in pixels of the picture, or in any other unit. */
export interface Person {
  readonly score: number;
  /** COCO's 17. */
  readonly keypoints: readonly (Point & { readonly score: number })[];
}

/** A labelled person, in the same unit. */
export interface LabelledPerson {
  /** COCO's 17. */
  readonly keypoints: readonly (Point & { readonly isLabelled: boolean })[];
  readonly box: Box;
  /** Of the person, not of the box around it. */
  readonly area: number;
  /** A group of people. */
  readonly crowd?: boolean;
  /** Neither needs to be found nor may it be missed. */
  readonly ignore?: boolean;
}

/** kpt_oks_sigmas (setKpParams), from nose to ankles. */
const sigmas = [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089];

/** Keypoints of lower scores do not count as visible, as MoveNet's authors draw them. */
const visibleScore = 0.2;

/** The area of a person as a share of the box around it, where no label has it (jin-s13/xtcocoapi, xtcocotools/cocoeval.py). */
export const areaOfBox = 0.53;

/** People of a picture that are evaluated, the best (`maxDets` of setKpParams). */
const maxPeople = 20;

/**
 * Mean over the keypoints `used` of exp(-d^2 / (2 s^2 k^2)), d^2: squared distance, s^2: the person's area, k = 2 sigma of the keypoint
 * (computeOks).
 */
function meanSimilarity(used: readonly number[], squaredDistance: (keypoint: number) => number, area: number): number {
  const sum = used.reduce((total, i) => total + Math.exp(-squaredDistance(i) / (2 * sigmas[i]) ** 2 / (area + Number.EPSILON) / 2), 0);
  return sum / used.length;
}

const squared = (a: Point, b: Point): number => (a.x - b.x) ** 2 + (a.y - b.y) ** 2;

/** OKS of a person with a found one. The area is 0.53 times the box around its visible keypoints; without visible ones all count. */
export function keypointSimilarity(reference: Person, found: Person): number {
  const seen = reference.keypoints.flatMap(({ score }, i) => (score >= visibleScore ? [i] : []));
  const used = seen.length > 0 ? seen : [...reference.keypoints.keys()];
  const [xs, ys] = (['x', 'y'] as const).map((axis) => used.map((i) => reference.keypoints[i][axis]));
  const area = areaOfBox * (Math.max(...xs) - Math.min(...xs)) * (Math.max(...ys) - Math.min(...ys));
  return meanSimilarity(used, (i) => squared(reference.keypoints[i], found.keypoints[i]), area);
}

/** Whether any keypoint of a labelled person is labelled. */
export const hasKeypoints = ({ keypoints }: LabelledPerson): boolean => keypoints.some(({ isLabelled }) => isLabelled);

/**
 * OKS of a labelled person with a found one, over the labelled keypoints. Of one without any, which is ignored, distances are those of all
 * keypoints to its box doubled in width and height (computeOks, ignore regions).
 */
export function labelledSimilarity({ keypoints, box, area }: LabelledPerson, found: Person): number {
  const labelled = keypoints.flatMap(({ isLabelled }, i) => (isLabelled ? [i] : []));
  if (labelled.length > 0) return meanSimilarity(labelled, (i) => squared(keypoints[i], found.keypoints[i]), area);
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const outside = (value: number, low: number, high: number) => Math.max(0, low - value) + Math.max(0, value - high);
  const distance = (i: number): number => {
    const { x, y } = found.keypoints[i];
    return outside(x, box.left - width, box.left + 2 * width) ** 2 + outside(y, box.top - height, box.top + 2 * height) ** 2;
  };
  return meanSimilarity([...keypoints.keys()], distance, area);
}

/** A person, one that was found, and their OKS. */
interface Pair<T> {
  readonly person: T;
  readonly other: Person;
  readonly similarity: number;
}

/** Pairs of people, the most similar first, each in one pair. */
export function pairPeople<T>(
  people: readonly T[],
  others: readonly Person[],
  similarityOf: (person: T, other: Person) => number,
): Pair<T>[] {
  const all = people.flatMap((person) => others.map((other) => ({ person, other, similarity: similarityOf(person, other) })));
  const taken = new Set<T | Person>();
  return all
    .sort((a, b) => b.similarity - a.similarity)
    .filter(({ person, other }) => {
      if (taken.has(person) || taken.has(other)) return false;
      taken.add(person).add(other);
      return true;
    });
}

/** Matches the people found in one picture to the labelled ones by OKS, as one class (evaluateImg). */
export function matchPeople(found: readonly Person[], labelled: readonly LabelledPerson[]): Match[] {
  const best = [...found].sort((a, b) => b.score - a.score).slice(0, maxPeople);
  const people = matchingOrder(labelled);
  const overlaps = best.map((person) => people.map((label) => labelledSimilarity(label, person)));
  return matchClass(
    0,
    best.map(({ score }) => score),
    people,
    overlaps,
  );
}
