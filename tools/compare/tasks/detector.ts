// Owns the comparison of detectors: boxes of both networks paired with each other, and average precision against labels.
import { intersectionOverUnion, type ScoredBox } from 'zeropoint/tasks';
import type { DetectorComparison } from '../figures';
import { assignBoxes, countObjects, matchPicture, type TrueBox } from './average-precision';
import { type BootstrapState, BootstrapSums, ratio } from './bootstrap';
import type { MeasuredSample } from './measured';
import { type PictureState, pairedPrecision, pictureState } from './paired-precision';
import { type Findings, type IndexedWorst, shortened, WorstSamples } from './worst';

/** Boxes overlap from this IoU on, as PASCAL VOC counts a find. */
const pairedIou = 0.5;

/** Objects that one network found, in shares of the picture. */
export interface FoundObjects {
  /** With the scores that are shown to users. */
  readonly shown: readonly ScoredBox[];
  /** With all scores, for average precision. */
  readonly all: readonly ScoredBox[];
}

export interface DetectorState {
  readonly task: 'detector';
  readonly name: string;
  readonly sums: BootstrapState;
  readonly worst: readonly IndexedWorst[];
  /** Labelled classes that the network lacks; absent without labels. */
  readonly unknown?: readonly string[];
  readonly pictures: readonly PictureState[];
}

/** Columns of the sums. */
const [floatBoxes, quantizedBoxes, matchedBoxes, ious, scoreDifferences] = [0, 1, 2, 3, 4];
const columns = 5;

const shownBoxes = (boxes: readonly ScoredBox[]): Findings => ({
  boxes: boxes.map(({ index, score, box: { left, top, right, bottom } }) => {
    const [l, t, r, b] = [left, top, right, bottom].map(shortened);
    return { class: index, score: shortened(score), left: l, top: t, right: r, bottom: b };
  }),
});

/** Pairs of boxes of one class that overlap, the best boxes of the second network first. */
function pairs(float: readonly ScoredBox[], quantized: readonly ScoredBox[]): (readonly [ScoredBox, ScoredBox])[] {
  const sorted = [...quantized].sort((a, b) => b.score - a.score);
  const overlaps = sorted.map((box) => float.map((other) => (other.index === box.index ? intersectionOverUnion(box.box, other.box) : 0)));
  return assignBoxes(
    float.map(() => ({})),
    overlaps,
    pairedIou,
  ).flatMap((f, q) => (f < 0 ? [] : [[float[f], sorted[q]] as const]));
}

export class DetectorMeasure {
  private readonly sums: BootstrapSums;
  private readonly worst = new WorstSamples(true);
  private readonly pictures: PictureState[] = [];

  /** `unknown`: labelled classes that the network lacks; undefined without labels. */
  constructor(
    private readonly name: string,
    private readonly unknown: readonly string[] | undefined,
    sums = new BootstrapSums(columns),
  ) {
    this.sums = sums;
  }

  /** `objects`: those labelled in the picture; undefined for pictures without labels. */
  add(sample: MeasuredSample, float: FoundObjects, quantized: FoundObjects, objects?: readonly TrueBox[]): void {
    const paired = pairs(float.shown, quantized.shown);
    const iou = paired.reduce((sum, [a, b]) => sum + intersectionOverUnion(a.box, b.box), 0);
    const difference = paired.reduce((sum, [a, b]) => sum + Math.abs(a.score - b.score), 0);
    const [ofFloat, ofQuantized] = [float.shown.length, quantized.shown.length];
    this.sums.add(sample.index, [ofFloat, ofQuantized, paired.length, iou, difference]);
    const agreement = ofFloat + ofQuantized > 0 ? (2 * paired.length) / (ofFloat + ofQuantized) : 1;
    this.worst.add(sample, agreement, () => ({ float: shownBoxes(float.shown), quantized: shownBoxes(quantized.shown) }));
    if (!objects) return;
    const [ofBoth, count] = [[float, quantized].map(({ all }) => matchPicture(all, objects)), countObjects(objects)];
    this.pictures.push(pictureState(sample.index, ofBoth[0], ofBoth[1], count));
  }

  merge(other: DetectorMeasure): void {
    this.sums.merge(other.sums);
    this.worst.merge(other.worst.state());
    this.pictures.push(...other.pictures);
  }

  state(): DetectorState {
    const { name, unknown, pictures } = this;
    return { task: 'detector', name, sums: this.sums.state(), worst: this.worst.state(), unknown, pictures };
  }

  static from({ name, sums, worst, unknown, pictures }: DetectorState): DetectorMeasure {
    const measure = new DetectorMeasure(name, unknown, BootstrapSums.from(sums));
    measure.worst.merge(worst);
    measure.pictures.push(...pictures);
    return measure;
  }

  private labelled(): DetectorComparison['labelled'] {
    if (this.unknown === undefined || this.pictures.length === 0) return undefined;
    return { samples: this.pictures.length, ...pairedPrecision(this.pictures), unknown: this.unknown };
  }

  result(): DetectorComparison {
    const { sums, name } = this;
    return {
      task: 'detector',
      name,
      floatBoxes: sums.total(floatBoxes),
      quantizedBoxes: sums.total(quantizedBoxes),
      matchedBoxes: sums.total(matchedBoxes),
      found: sums.estimate(ratio(matchedBoxes, floatBoxes)),
      iou: sums.estimate(ratio(ious, matchedBoxes)),
      scoreDifference: sums.estimate(ratio(scoreDifferences, matchedBoxes)),
      labelled: this.labelled(),
      worst: this.worst.result(),
    };
  }
}
