// Owns average precision of detectors as COCO defines it: matching boxes to labelled objects, and the area under precision over recall.
//
// Formulas: pycocotools/cocoeval.py (evaluateImg, accumulate, summarize) for area range `all` and 100 detections per class and picture.
import { type Box, intersectionOverUnion, type ScoredBox } from 'zeropoint/tasks';

/** A labelled object, in the coordinates of the boxes. */
export interface TrueBox {
  readonly box: Box;
  readonly index: number;
  /** A box around several objects, `iscrowd`: boxes inside of it neither count nor miss. */
  readonly crowd?: boolean;
  /** Neither needs to be found nor may it be missed, as `difficult` objects of PASCAL VOC. */
  readonly ignore?: boolean;
}

/** IoU from which on a box finds an object: 0.5 to 0.95 in steps of 0.05 (Params.setDetParams). */
export const iouThresholds: readonly number[] = Array.from({ length: 10 }, (_, i) => 0.5 + 0.05 * i);

/** `recThrs`: recall 0, 0.01, ... 1. */
const recallPoints = 101;

/** Boxes of one class and picture that are evaluated, the best (`maxDets`). */
const maxPerClass = 100;

/** One box after matching; bit t of `matched` and `ignored` belongs to threshold t. */
export interface Match {
  readonly index: number;
  readonly score: number;
  /** It finds an object. */
  readonly matched: number;
  /** It finds one that is ignored, and counts neither as right nor as wrong. */
  readonly ignored: number;
}

/** Of crowds the share of the box that lies in it, as maskUtils.iou with iscrowd. */
function overlap(found: Box, { box, crowd }: TrueBox): number {
  if (!crowd) return intersectionOverUnion(found, box);
  const width = Math.min(found.right, box.right) - Math.max(found.left, box.left);
  const height = Math.min(found.bottom, box.bottom) - Math.max(found.top, box.top);
  const area = (found.right - found.left) * (found.bottom - found.top);
  return width > 0 && height > 0 && area > 0 ? (width * height) / area : 0;
}

const isIgnored = ({ crowd, ignore }: Pick<TrueBox, 'crowd' | 'ignore'>): boolean => crowd === true || ignore === true;

/**
 * The index of each box's object at one threshold, or -1; `overlaps` are those of each box, best first, with every object. A box takes the
 * object that it overlaps most, of those that are not taken; one that is ignored, which come last, only where no other reaches the threshold.
 */
export function assignBoxes(
  objects: readonly Pick<TrueBox, 'crowd' | 'ignore'>[],
  overlaps: readonly (readonly number[])[],
  threshold: number,
): number[] {
  const taken = new Set<number>();
  return overlaps.map((ofBox) => {
    let best = -1;
    let most = Math.min(threshold, 1 - 1e-10);
    for (const [o, object] of objects.entries()) {
      if (taken.has(o) && !object.crowd) continue;
      if (best >= 0 && !isIgnored(objects[best]) && isIgnored(object)) break;
      if (ofBox[o] < most) continue;
      most = ofBox[o];
      best = o;
    }
    if (best >= 0) taken.add(best);
    return best;
  });
}

/** Matches the boxes of one picture to its objects, class by class (COCOeval.evaluateImg). */
export function matchPicture(boxes: readonly ScoredBox[], objects: readonly TrueBox[]): Match[] {
  const sorted = [...boxes].sort((a, b) => b.score - a.score);
  const classes = [...new Set(sorted.map(({ index }) => index))];
  return classes.flatMap((index) => {
    const own = sorted.filter((box) => box.index === index).slice(0, maxPerClass);
    const truth = objects.filter((object) => object.index === index).sort((a, b) => Number(isIgnored(a)) - Number(isIgnored(b)));
    const overlaps = own.map(({ box }) => truth.map((object) => overlap(box, object)));
    const matches = own.map(({ score }) => ({ index, score, matched: 0, ignored: 0 }));
    for (const [t, threshold] of iouThresholds.entries()) {
      for (const [b, o] of assignBoxes(truth, overlaps, threshold).entries()) {
        if (o < 0) continue;
        matches[b].matched |= 1 << t;
        if (isIgnored(truth[o])) matches[b].ignored |= 1 << t;
      }
    }
    return matches;
  });
}

/** Numbers of objects that must be found, by class. */
export function countObjects(objects: readonly TrueBox[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const object of objects) if (!isIgnored(object)) counts.set(object.index, (counts.get(object.index) ?? 0) + 1);
  return counts;
}

/** Boxes at one threshold in turn, of which only those that are right are kept: recall grows there, and precision is highest there. */
interface Curve {
  readonly recall: number[];
  readonly precision: number[];
}

/** Mean over 101 recalls of the largest precision at that recall or a higher one (COCOeval.accumulate). */
function areaUnder({ recall, precision }: Curve): number {
  for (let i = precision.length - 1; i > 0; i--) precision[i - 1] = Math.max(precision[i - 1], precision[i]);
  let sum = 0;
  for (let point = 0, i = 0; point < recallPoints; point++) {
    while (i < recall.length && recall[i] < point * 0.01) i++;
    if (i === recall.length) break;
    sum += precision[i];
  }
  return sum / recallPoints;
}

/** The boxes of one network in all pictures. */
export interface EvaluatedPicture {
  readonly matches: readonly Match[];
  readonly objects: ReadonlyMap<number, number>;
}

/** mAP at 0.5, and the mean over all thresholds; NaN without objects. */
export interface MeanPrecision {
  readonly at50: number;
  readonly mean: number;
}

interface PlacedMatch extends Match {
  readonly picture: number;
}

/** All boxes of a network by class, best first, so that many resamples of the pictures are evaluated. */
export class PrecisionTable {
  private readonly classes: { readonly objects: (readonly [picture: number, count: number])[]; readonly matches: PlacedMatch[] }[];

  constructor(pictures: readonly EvaluatedPicture[]) {
    const classes = new Map<number, PrecisionTable['classes'][number]>();
    const of = (index: number) => {
      const known = classes.get(index) ?? { objects: [], matches: [] };
      classes.set(index, known);
      return known;
    };
    for (const [picture, { matches, objects }] of pictures.entries()) {
      for (const match of matches) of(match.index).matches.push({ ...match, picture });
      for (const [index, count] of objects) of(index).objects.push([picture, count]);
    }
    this.classes = [...classes.values()];
    for (const { matches } of this.classes) matches.sort((a, b) => b.score - a.score);
  }

  /** Boxes of all classes. */
  get boxes(): number {
    return this.classes.reduce((sum, { matches }) => sum + matches.length, 0);
  }

  /** `weights`: how often each picture counts; default once. */
  evaluate(weights: (picture: number) => number = () => 1): MeanPrecision {
    const sums = new Float64Array(iouThresholds.length);
    let count = 0;
    for (const { objects, matches } of this.classes) {
      const total = objects.reduce((sum, [picture, number]) => sum + weights(picture) * number, 0);
      if (total === 0) continue;
      count++;
      for (const t of iouThresholds.keys()) sums[t] += areaUnder(curveOf(matches, t, total, weights));
    }
    return { at50: sums[0] / count, mean: sums.reduce((sum, area) => sum + area, 0) / count / iouThresholds.length };
  }
}

function curveOf(matches: readonly PlacedMatch[], t: number, total: number, weights: (picture: number) => number): Curve {
  const curve: Curve = { recall: [], precision: [] };
  let [right, wrong] = [0, 0];
  for (const { picture, matched, ignored } of matches) {
    if ((ignored >> t) & 1) continue;
    const weight = weights(picture);
    if (weight === 0) continue;
    if ((matched >> t) & 1) {
      right += weight;
      curve.recall.push(right / total);
      curve.precision.push(right / (right + wrong));
    } else wrong += weight;
  }
  return curve;
}
