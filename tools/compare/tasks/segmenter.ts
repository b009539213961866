// Owns the comparison of segmentations: intersection over union and pixel accuracy, between both networks and against label pictures.
import type { SegmentationMap } from 'zeropoint/tasks';
import type { ClassOverlap, SegmenterComparison } from '../figures';
import { type BootstrapState, BootstrapSums, pairedEstimate, ratio, type Statistic } from './bootstrap';
import type { Frame } from './frame';
import type { MeasuredSample } from './measured';
import { type Findings, type IndexedWorst, type ShownMask, shortened, WorstSamples } from './worst';

export type ClassMap = Pick<SegmentationMap, 'width' | 'height' | 'categories'>;

/** The label of pixels that do not count: PASCAL VOC's, and the usual one for what lies outside of the classes. */
export const voidLabel = 255;

/** What is counted for a pair of class maps: pixels of the same class, all pixels, and for each class intersection and union. */
interface Columns {
  readonly same: number;
  readonly all: number;
  readonly intersection: (category: number) => number;
  readonly union: (category: number) => number;
}

/** Classes follow each other, so that those that never occur end the state. */
const perClass = 6;
const overall = 5;
function columnsOf(pair: 0 | 1 | 2): Columns {
  const first = (category: number) => overall + category * perClass + 2 * pair;
  return {
    same: [0, 2, 3][pair],
    all: [1, 4, 4][pair],
    intersection: first,
    union: (category) => first(category) + 1,
  };
}
const betweenBoth = columnsOf(0);
const floatLabels = columnsOf(1);
const quantizedLabels = columnsOf(2);

export interface SegmenterState {
  readonly task: 'segmenter';
  readonly name: string;
  readonly classes: number;
  readonly sums: BootstrapState;
  readonly labelled: number;
  readonly worst: readonly IndexedWorst[];
}

/** Mean intersection over union of the classes that occur. */
const meanIou =
  (classes: number, { intersection, union }: Columns): Statistic =>
  (sums) => {
    let [sum, count] = [0, 0];
    for (let category = 0; category < classes; category++) {
      const all = sums(union(category));
      if (all === 0) continue;
      sum += sums(intersection(category)) / all;
      count++;
    }
    return sum / count;
  };

/** Adds the counts of a pair of maps of as many pixels. */
function count(values: Float64Array, { same, all, intersection, union }: Columns, a: Uint8Array, b: Uint8Array): void {
  for (let pixel = 0; pixel < a.length; pixel++) {
    if (b[pixel] === voidLabel) continue;
    values[all]++;
    values[union(a[pixel])]++;
    if (a[pixel] === b[pixel]) {
      values[same]++;
      values[intersection(a[pixel])]++;
    } else values[union(b[pixel])]++;
  }
}

/** Where the picture's edges lie in the map, in shares of it. */
function placeOf({ scaleX, offsetX, scaleY, offsetY }: Frame, input: { width: number; height: number }): Omit<ShownMask, 'runs'> {
  return {
    ...input,
    left: -offsetX / scaleX / input.width,
    right: (1 - offsetX) / scaleX / input.width,
    top: -offsetY / scaleY / input.height,
    bottom: (1 - offsetY) / scaleY / input.height,
  };
}

/** The classes that a map gives to the pixels of a label picture; outside of what the network saw its edges go on. */
function atLabels({ categories, width, height }: ClassMap, labels: ClassMap, place: Omit<ShownMask, 'runs'>): Uint8Array {
  const at = (share: number, size: number) => Math.min(size - 1, Math.max(0, Math.floor(share * size)));
  const columns = Int32Array.from({ length: labels.width }, (_, x) =>
    at(place.left + ((x + 0.5) / labels.width) * (place.right - place.left), width),
  );
  const result = new Uint8Array(labels.width * labels.height);
  for (let y = 0, to = 0; y < labels.height; y++) {
    const row = at(place.top + ((y + 0.5) / labels.height) * (place.bottom - place.top), height) * width;
    for (const column of columns) result[to++] = categories[row + column];
  }
  return result;
}

function shownMask({ categories, width, height }: ClassMap, place: Omit<ShownMask, 'runs'>): Findings {
  const runs: number[] = [];
  for (const category of categories) {
    if (runs.at(-2) === category) runs[runs.length - 1]++;
    else runs.push(category, 1);
  }
  const [left, top, right, bottom] = [place.left, place.top, place.right, place.bottom].map(shortened);
  return { mask: { width, height, left, top, right, bottom, runs } };
}

export class SegmenterMeasure {
  private readonly worst = new WorstSamples(true);
  private labelled = 0;

  /** `classes`: number of classes that a pixel may have, at most 256. */
  constructor(
    private readonly name: string,
    private readonly classes: number,
    private readonly sums = new BootstrapSums(overall + classes * perClass),
  ) {}

  /**
   * Maps are of one size, that of the network's output; `input` is the size of its input, `labels` the classes of the picture's pixels, of any
   * size, those that the network does not have as void.
   */
  add(
    sample: MeasuredSample,
    float: ClassMap,
    quantized: ClassMap,
    { frame, input }: { frame: Frame; input: { width: number; height: number } },
    labels?: ClassMap,
  ): void {
    const values = new Float64Array(overall + this.classes * perClass);
    count(values, betweenBoth, float.categories, quantized.categories);
    const place = placeOf(frame, input);
    if (labels) {
      this.labelled++;
      count(values, floatLabels, atLabels(float, labels, place), labels.categories);
      values[floatLabels.all] = 0;
      count(values, quantizedLabels, atLabels(quantized, labels, place), labels.categories);
    }
    this.sums.add(sample.index, values);
    const figure = meanIou(this.classes, betweenBoth)((column) => values[column]);
    this.worst.add(sample, figure, () => ({ float: shownMask(float, place), quantized: shownMask(quantized, place) }));
  }

  merge(other: SegmenterMeasure): void {
    this.sums.merge(other.sums);
    this.labelled += other.labelled;
    this.worst.merge(other.worst.state());
  }

  state(): SegmenterState {
    const { name, classes, labelled } = this;
    return { task: 'segmenter', name, classes, sums: this.sums.state(), labelled, worst: this.worst.state() };
  }

  static from({ name, classes, sums, labelled, worst }: SegmenterState): SegmenterMeasure {
    const measure = new SegmenterMeasure(name, classes, BootstrapSums.from(sums));
    measure.labelled = labelled;
    measure.worst.merge(worst);
    return measure;
  }

  private overlaps(): ClassOverlap[] {
    const { sums } = this;
    const { intersection, union } = betweenBoth;
    const found = Array.from({ length: this.classes }, (_, category) => ({
      class: category,
      iou: sums.total(intersection(category)) / sums.total(union(category)),
    }));
    return found.filter(({ iou }) => !Number.isNaN(iou)).sort((a, b) => a.iou - b.iou);
  }

  result(): SegmenterComparison {
    const { sums, name, classes, labelled } = this;
    const [ofFloat, ofQuantized] = [floatLabels, quantizedLabels];
    return {
      task: 'segmenter',
      name,
      meanIou: sums.estimate(meanIou(classes, betweenBoth)),
      pixels: sums.estimate(ratio(betweenBoth.same, betweenBoth.all)),
      classes: this.overlaps(),
      labelled:
        labelled === 0
          ? undefined
          : {
              samples: labelled,
              meanIou: pairedEstimate(sums, meanIou(classes, ofFloat), meanIou(classes, ofQuantized)),
              pixels: pairedEstimate(sums, ratio(ofFloat.same, ofFloat.all), ratio(ofQuantized.same, ofQuantized.all)),
            },
      worst: this.worst.result(),
    };
  }
}
