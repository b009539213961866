// Owns the comparison of detectors: boxes of both networks paired with each other, and average precision against labels.
import { intersectionOverUnion, type ScoredBox } from 'zeropoint/tasks';
import type { DetectorComparison, PairedEstimate } from '../figures';
import { assignBoxes, countObjects, type Match, type MeanPrecision, matchPicture, PrecisionTable, type TrueBox } from './average-precision';
import { type BootstrapState, BootstrapSums, percentileInterval, ratio, replicates, resampleWeights } from './bootstrap';
import type { MeasuredSample } from './measured';
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

/** A labelled picture: class, score, matched and ignored bits of each box in turn; class and number of objects in turn. */
interface PictureState {
  readonly index: number;
  readonly float: readonly number[];
  readonly quantized: readonly number[];
  readonly objects: readonly number[];
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

/** Additions that the intervals of average precision may take. */
const maxWork = 4e8;

const flat = (matches: readonly Match[]): number[] =>
  matches.flatMap(({ index, score, matched, ignored }) => [index, score, matched, ignored]);

function* inGroups(numbers: readonly number[], size: number): Generator<readonly number[]> {
  for (let i = 0; i < numbers.length; i += size) yield numbers.slice(i, i + size);
}

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
    this.pictures.push({
      index: sample.index,
      float: flat(matchPicture(float.all, objects)),
      quantized: flat(matchPicture(quantized.all, objects)),
      objects: [...countObjects(objects)].flat(),
    });
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
    const pictures = [...this.pictures].sort((a, b) => a.index - b.index);
    const objects = pictures.map((picture) => new Map([...inGroups(picture.objects, 2)].map(([index, count]) => [index, count])));
    const [float, quantized] = (['float', 'quantized'] as const).map((side) => {
      const matches = pictures.map((picture) =>
        [...inGroups(picture[side], 4)].map(([index, score, matched, ignored]) => ({ index, score, matched, ignored })),
      );
      return new PrecisionTable(matches.map((found, i) => ({ matches: found, objects: objects[i] })));
    });
    const work = 10 * (float.boxes + quantized.boxes) + 1;
    const resamples = Math.min(replicates, Math.max(50, Math.floor(maxWork / work)));
    const weights = pictures.map(({ index }) => resampleWeights(index, resamples));
    const [whole, drops] = [
      [float.evaluate(), quantized.evaluate()],
      Array.from({ length: resamples }, (_, r) => {
        const weight = Uint8Array.from(weights, (ofPicture) => ofPicture[r]);
        return [float.evaluate(weight), quantized.evaluate(weight)];
      }),
    ];
    const figure = (of: (precision: MeanPrecision) => number): PairedEstimate => ({
      float: of(whole[0]),
      quantized: of(whole[1]),
      drop: of(whole[0]) - of(whole[1]),
      interval: pictures.length < 2 ? undefined : percentileInterval(drops.map(([a, b]) => of(a) - of(b))),
    });
    return {
      samples: pictures.length,
      objects: objects.reduce((sum, counts) => sum + [...counts.values()].reduce((a, b) => a + b, 0), 0),
      ap50: figure(({ at50 }) => at50),
      ap: figure(({ mean }) => mean),
      unknown: this.unknown,
    };
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
