// Owns the comparison of landmarks: the normalized mean error of the quantized network's against the float one's, and of both against labels.
import type { LandmarksComparison } from '../figures';
import { type BootstrapState, BootstrapSums, pairedEstimate, ratio } from './bootstrap';
import type { MeasuredSample } from './measured';
import { type Findings, type IndexedWorst, WorstSamples } from './worst';

/** Positions in pixels of the input, x and y in turn. */
export type Positions = readonly number[];

/** A sample with labels, in pixels of its picture. NaN where a point is not labelled. */
export interface LabelledPositions {
  readonly truth: Positions;
  readonly float: Positions;
  readonly quantized: Positions;
}

/** Landmarks of MediaPipe's face meshes, and those of the outer corners of the right and the left eye in its canonical face model. */
const faceLandmarks: readonly number[] = [468, 478];
const [rightEyeCorner, leftEyeCorner] = [33, 263];

export interface LandmarksState {
  readonly task: 'landmarks';
  readonly name: string;
  readonly points: number;
  readonly sums: BootstrapState;
  readonly worst: readonly IndexedWorst[];
  /** Absent without labels. */
  readonly labelled?: BootstrapState;
}

/** Columns of the sums over labelled samples: errors of both networks, and the number of samples. */
const [floatErrors, quantizedErrors, labelledSamples] = [0, 1, 2];
const labelledColumns = 3;

const distance = (a: Positions, i: number, b: Positions, j: number): number => Math.hypot(a[2 * i] - b[2 * j], a[2 * i + 1] - b[2 * j + 1]);

/** The diagonal of the box around all points but those that are NaN. */
function boxDiagonal(points: Positions): number {
  const [low, high] = [
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ];
  for (const [i, value] of points.entries()) {
    if (Number.isNaN(value)) continue;
    low[i % 2] = Math.min(low[i % 2], value);
    high[i % 2] = Math.max(high[i % 2], value);
  }
  return Math.hypot(high[0] - low[0], high[1] - low[1]);
}

/**
 * Mean distance of the landmarks over a length of the reference, whose points that are NaN are left out. For faces that is the distance of the
 * outer corners of the eyes (C. Sagonas et al., 300 Faces In-the-Wild Challenge, 2013, inter-ocular distance), for all others the diagonal of
 * the box around the landmarks (A. Kumar et al., LUVLi Face Alignment, 2020, NME diag). NaN for a reference without extent, unless both are
 * equal.
 */
export function normalizedMeanError(reference: Positions, found: Positions): number {
  const points = reference.length / 2;
  let [sum, count] = [0, 0];
  for (let i = 0; i < points; i++) {
    if (Number.isNaN(reference[2 * i])) continue;
    sum += distance(reference, i, found, i);
    count++;
  }
  const isFace = faceLandmarks.includes(points);
  const length = isFace ? distance(reference, rightEyeCorner, reference, leftEyeCorner) : boxDiagonal(reference);
  return sum === 0 && count > 0 ? 0 : length === 0 ? Number.NaN : sum / count / length;
}

export class LandmarksMeasure {
  private readonly worst = new WorstSamples(false);

  constructor(
    private readonly name: string,
    private readonly points: number,
    private readonly sums = new BootstrapSums(2),
    private readonly labelSums = new BootstrapSums(labelledColumns),
  ) {}

  /** Adds a sample with labels; where their normalizer is 0 or not labelled it is left out. */
  addLabelled({ index }: Pick<MeasuredSample, 'index'>, { truth, float, quantized }: LabelledPositions): void {
    const [ofFloat, ofQuantized] = [float, quantized].map((found) => normalizedMeanError(truth, found));
    if (Number.isFinite(ofFloat) && Number.isFinite(ofQuantized)) this.labelSums.add(index, [ofFloat, ofQuantized, 1]);
  }

  /** `findings` are the landmarks in the picture, for reports. Samples whose float landmarks are all at one place are left out. */
  add(sample: MeasuredSample, float: Positions, quantized: Positions, findings: (points: Positions) => Findings): void {
    const error = normalizedMeanError(float, quantized);
    if (Number.isNaN(error)) return;
    this.sums.add(sample.index, [error, 1]);
    this.worst.add(sample, error, () => ({ float: findings(float), quantized: findings(quantized) }));
  }

  merge(other: LandmarksMeasure): void {
    this.sums.merge(other.sums);
    this.worst.merge(other.worst.state());
    this.labelSums.merge(other.labelSums);
  }

  state(): LandmarksState {
    const { name, points, labelSums } = this;
    const labelled = labelSums.total(labelledSamples) > 0 ? labelSums.state() : undefined;
    return { task: 'landmarks', name, points, sums: this.sums.state(), worst: this.worst.state(), labelled };
  }

  static from({ name, points, sums, worst, labelled }: LandmarksState): LandmarksMeasure {
    const measure = new LandmarksMeasure(name, points, BootstrapSums.from(sums), labelled && BootstrapSums.from(labelled));
    measure.worst.merge(worst);
    return measure;
  }

  private labelled(): LandmarksComparison['labelled'] {
    const samples = this.labelSums.total(labelledSamples);
    if (samples === 0) return undefined;
    const error = pairedEstimate(this.labelSums, ratio(floatErrors, labelledSamples), ratio(quantizedErrors, labelledSamples));
    return { samples, error };
  }

  result(): LandmarksComparison {
    const { name, points } = this;
    const normalizedBy = faceLandmarks.includes(points) ? 'inter-ocular distance' : 'box diagonal';
    const error = this.sums.estimate(ratio(0, 1));
    return { task: 'landmarks', name, points, normalizedBy, error, labelled: this.labelled(), worst: this.worst.result() };
  }
}
