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

/** Whether an object counts when it is found or missed, which its place does not decide. */
type Findable = Pick<TrueBox, 'crowd' | 'ignore'>;

const isIgnored = ({ crowd, ignore }: Findable): boolean => crowd === true || ignore === true;

/**
 * The index of each box's object at one threshold, or -1; `overlaps` are those of each box, best first, with every object. A box takes the
 * object that it overlaps most, of those that are not taken; one that is ignored, which come last, only where no other reaches the threshold.
 */
export function assignBoxes(objects: readonly Findable[], overlaps: readonly (readonly number[])[], threshold: number): number[] {
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

/** Findable objects in the order in which they are matched: those that are ignored come last. */
export const matchingOrder = <T extends Findable>(objects: readonly T[]): T[] =>
  [...objects].sort((a, b) => Number(isIgnored(a)) - Number(isIgnored(b)));

/**
 * Matches what was found of one class in one picture, given by its scores, the best first, to the objects, in `matchingOrder`, at all thresholds;
 * `overlaps` are those of each with every object: IoU of boxes, or OKS of people.
 */
export function matchClass(
  index: number,
  scores: readonly number[],
  objects: readonly Findable[],
  overlaps: readonly (readonly number[])[],
): Match[] {
  const matches = scores.map((score) => ({ index, score, matched: 0, ignored: 0 }));
  for (const [t, threshold] of iouThresholds.entries()) {
    for (const [b, o] of assignBoxes(objects, overlaps, threshold).entries()) {
      if (o < 0) continue;
      matches[b].matched |= 1 << t;
      if (isIgnored(objects[o])) matches[b].ignored |= 1 << t;
    }
  }
  return matches;
}

/** Matches the boxes of one picture to its objects, class by class (COCOeval.evaluateImg). */
export function matchPicture(boxes: readonly ScoredBox[], objects: readonly TrueBox[]): Match[] {
  const sorted = [...boxes].sort((a, b) => b.score - a.score);
  const classes = [...new Set(sorted.map(({ index }) => index))];
  return classes.flatMap((index) => {
    const own = sorted.filter((box) => box.index === index).slice(0, maxPerClass);
    const truth = matchingOrder(objects.filter((object) => object.index === index));
    const overlaps = own.map(({ box }) => truth.map((object) => overlap(box, object)));
    const scores = own.map(({ score }) => score);
    return matchClass(index, scores, truth, overlaps);
  });
}

/** Numbers of objects that must be found, by class. */
export function countObjects(objects: readonly (Findable & Pick<TrueBox, 'index'>)[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const object of objects) if (!isIgnored(object)) counts.set(object.index, (counts.get(object.index) ?? 0) + 1);
  return counts;
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

/** Objects of one class, and its boxes, the best first, in columns: evaluations of resamples read them many times. */
interface ClassTable {
  readonly objects: readonly (readonly [picture: number, count: number])[];
  readonly pictures: Uint32Array;
  readonly matched: Uint16Array;
  readonly ignored: Uint16Array;
}

/**
 * Mean over 101 recalls of the largest precision at that recall or a higher one (COCOeval.accumulate). Of all boxes only the right ones
 * are points of the curve: recall grows there, and precision is highest there.
 */
function areaUnder(recall: Float64Array, precision: Float64Array, points: number): number {
  for (let i = points - 1; i > 0; i--) if (precision[i] > precision[i - 1]) precision[i - 1] = precision[i];
  let sum = 0;
  for (let point = 0, i = 0; point < recallPoints; point++) {
    while (i < points && recall[i] < point * 0.01) i++;
    if (i === points) break;
    sum += precision[i];
  }
  return sum / recallPoints;
}

/** All boxes of a network by class, so that many resamples of the pictures are evaluated. */
export class PrecisionTable {
  private readonly classes: readonly ClassTable[];
  private readonly recall: Float64Array;
  private readonly precision: Float64Array;

  constructor(pictures: readonly EvaluatedPicture[]) {
    const classes = new Map<number, { objects: [number, number][]; matches: (Match & { picture: number })[] }>();
    const of = (index: number) => {
      const known = classes.get(index) ?? { objects: [], matches: [] };
      classes.set(index, known);
      return known;
    };
    for (const [picture, { matches, objects }] of pictures.entries()) {
      for (const match of matches) of(match.index).matches.push({ ...match, picture });
      for (const [index, count] of objects) of(index).objects.push([picture, count]);
    }
    this.classes = [...classes.values()].map(({ objects, matches }) => {
      matches.sort((a, b) => b.score - a.score);
      return {
        objects,
        pictures: Uint32Array.from(matches, ({ picture }) => picture),
        matched: Uint16Array.from(matches, ({ matched }) => matched),
        ignored: Uint16Array.from(matches, ({ ignored }) => ignored),
      };
    });
    const most = this.classes.reduce((max, { pictures: { length } }) => Math.max(max, length), 0);
    [this.recall, this.precision] = [new Float64Array(most), new Float64Array(most)];
  }

  /** Boxes of all classes. */
  get boxes(): number {
    return this.classes.reduce((sum, { pictures }) => sum + pictures.length, 0);
  }

  /** `weights`: how often each picture counts; default once. */
  evaluate(weights?: Uint8Array): MeanPrecision {
    const sums = new Float64Array(iouThresholds.length);
    let count = 0;
    for (const table of this.classes) {
      const total = table.objects.reduce((sum, [picture, number]) => sum + (weights ? weights[picture] : 1) * number, 0);
      if (total === 0) continue;
      count++;
      for (let t = 0; t < sums.length; t++) sums[t] += this.area(table, t, total, weights);
    }
    return { at50: sums[0] / count, mean: sums.reduce((sum, area) => sum + area, 0) / count / iouThresholds.length };
  }

  /** Average precision of a class with `total` objects at threshold t. */
  private area({ pictures, matched, ignored }: ClassTable, t: number, total: number, weights: Uint8Array | undefined): number {
    const { recall, precision } = this;
    let [right, wrong, points] = [0, 0, 0];
    for (let i = 0; i < pictures.length; i++) {
      const weight = weights ? weights[pictures[i]] : 1;
      if (weight === 0 || (ignored[i] >> t) & 1) continue;
      if ((matched[i] >> t) & 1) {
        right += weight;
        recall[points] = right / total;
        precision[points++] = right / (right + wrong);
      } else wrong += weight;
    }
    return areaUnder(recall, precision, points);
  }
}
