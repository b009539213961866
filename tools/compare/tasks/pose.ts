// Owns the comparison of poses: COCO's object keypoint similarity of the people that both networks found.
import type { PoseComparison } from '../figures';
import { type BootstrapState, BootstrapSums, ratio } from './bootstrap';
import type { MeasuredSample } from './measured';
import { type Findings, type IndexedWorst, shortened, WorstSamples } from './worst';

/** A person; positions in pixels of the picture, or in any other unit. */
export interface Person {
  readonly score: number;
  /** COCO's 17. */
  readonly keypoints: readonly { readonly x: number; readonly y: number; readonly score: number }[];
}

/** kpt_oks_sigmas (pycocotools/cocoeval.py, setKpParams), from nose to ankles. */
const sigmas = [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089];

/** Keypoints of lower scores do not count as visible, as MoveNet's authors draw them. */
const visibleScore = 0.2;

/** The area of a person as a share of the box around the keypoints, where no label has it (jin-s13/xtcocoapi, xtcocotools/cocoeval.py). */
const areaOfBox = 0.53;

export interface PoseState {
  readonly task: 'pose';
  readonly name: string;
  readonly sums: BootstrapState;
  readonly worst: readonly IndexedWorst[];
}

/** Columns of the sums; similarities and score differences are sums over the float network's people and over keypoints of pairs. */
const [similarities, floatPeople, quantizedPeople, scoreDifferences, pairedKeypoints] = [0, 1, 2, 3, 4];
const columns = 5;

/**
 * Mean over the visible keypoints of exp(-d^2 / (2 s^2 k^2)), d: distance, s^2: the person's area, k = 2 sigma of the keypoint
 * (pycocotools/cocoeval.py, computeOks). The area is 0.53 times the box around the reference's visible keypoints; without visible ones all count.
 */
export function keypointSimilarity(reference: Person, found: Person): number {
  const seen = reference.keypoints.flatMap(({ score }, i) => (score >= visibleScore ? [i] : []));
  const used = seen.length > 0 ? seen : [...reference.keypoints.keys()];
  const [xs, ys] = (['x', 'y'] as const).map((axis) => used.map((i) => reference.keypoints[i][axis]));
  const area = areaOfBox * (Math.max(...xs) - Math.min(...xs)) * (Math.max(...ys) - Math.min(...ys));
  const sum = used.reduce((total, i) => {
    const [a, b] = [reference.keypoints[i], found.keypoints[i]];
    const squared = (a.x - b.x) ** 2 + (a.y - b.y) ** 2;
    return total + Math.exp(-squared / (2 * sigmas[i]) ** 2 / (area + Number.EPSILON) / 2);
  }, 0);
  return sum / used.length;
}

interface Pair {
  readonly person: Person;
  readonly other: Person;
  readonly similarity: number;
}

/** Pairs of people of both networks, the most similar first, each in one pair. */
function pairs(float: readonly Person[], quantized: readonly Person[]): Pair[] {
  const all = float.flatMap((person) => quantized.map((other) => ({ person, other, similarity: keypointSimilarity(person, other) })));
  const taken = new Set<Person>();
  return all
    .sort((a, b) => b.similarity - a.similarity)
    .filter(({ person, other }) => {
      if (taken.has(person) || taken.has(other)) return false;
      taken.add(person).add(other);
      return true;
    });
}

export class PoseMeasure {
  private readonly worst = new WorstSamples(true);

  constructor(
    private readonly name: string,
    private readonly sums = new BootstrapSums(columns),
  ) {}

  /** Positions are in pixels of a picture of this size. */
  add(sample: MeasuredSample, float: readonly Person[], quantized: readonly Person[], size: { width: number; height: number }): void {
    const paired = pairs(float, quantized);
    const similarity = paired.reduce((sum, pair) => sum + pair.similarity, 0);
    let [difference, keypoints] = [0, 0];
    for (const { person, other } of paired) {
      keypoints += person.keypoints.length;
      for (const [i, { score }] of person.keypoints.entries()) difference += Math.abs(score - other.keypoints[i].score);
    }
    this.sums.add(sample.index, [similarity, float.length, quantized.length, difference, keypoints]);
    const figure = float.length > 0 ? similarity / float.length : quantized.length > 0 ? 0 : 1;
    const shown = (people: readonly Person[]): Findings => ({
      poses: people.map((person) => person.keypoints.flatMap(({ x, y, score }) => [x / size.width, y / size.height, score].map(shortened))),
    });
    this.worst.add(sample, figure, () => ({ float: shown(float), quantized: shown(quantized) }));
  }

  merge(other: PoseMeasure): void {
    this.sums.merge(other.sums);
    this.worst.merge(other.worst.state());
  }

  state(): PoseState {
    return { task: 'pose', name: this.name, sums: this.sums.state(), worst: this.worst.state() };
  }

  static from({ name, sums, worst }: PoseState): PoseMeasure {
    const measure = new PoseMeasure(name, BootstrapSums.from(sums));
    measure.worst.merge(worst);
    return measure;
  }

  result(): PoseComparison {
    const { name, sums } = this;
    return {
      task: 'pose',
      name,
      floatPeople: sums.total(floatPeople),
      quantizedPeople: sums.total(quantizedPeople),
      similarity: sums.estimate(ratio(similarities, floatPeople)),
      scoreDifference: sums.estimate(ratio(scoreDifferences, pairedKeypoints)),
      worst: this.worst.result(),
    };
  }
}
