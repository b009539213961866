// Owns the comparison of real outputs of any kind: noise, and errors in the output's own unit.
import { decibels } from '../error-sums';
import type { RegressorComparison } from '../figures';
import { type BootstrapState, BootstrapSums, ratio } from './bootstrap';
import type { MeasuredSample } from './measured';
import { type IndexedWorst, WorstSamples } from './worst';

export interface RegressorState {
  readonly task: 'regressor';
  readonly name: string;
  readonly shape: readonly number[];
  readonly sums: BootstrapState;
  readonly worst: readonly IndexedWorst[];
}

/** Columns: sums of f^2, (q - f)^2 and |q - f|, and the number of elements. */
const [signal, noise, errors, elements] = [0, 1, 2, 3];
const columns = 4;

export class RegressorMeasure {
  private readonly worst = new WorstSamples(false);

  constructor(
    private readonly name: string,
    private readonly shape: readonly number[],
    private readonly sums = new BootstrapSums(columns),
  ) {}

  add(sample: MeasuredSample, float: Float32Array, quantized: Float32Array): void {
    const values = [0, 0, 0, float.length];
    for (let i = 0; i < float.length; i++) {
      const error = quantized[i] - float[i];
      values[signal] += float[i] * float[i];
      values[noise] += error * error;
      values[errors] += Math.abs(error);
    }
    this.sums.add(sample.index, values);
    this.worst.add(sample, values[errors] / values[elements], () => ({ float: {}, quantized: {} }));
  }

  merge(other: RegressorMeasure): void {
    this.sums.merge(other.sums);
    this.worst.merge(other.worst.state());
  }

  state(): RegressorState {
    const { name, shape } = this;
    return { task: 'regressor', name, shape, sums: this.sums.state(), worst: this.worst.state() };
  }

  static from({ name, shape, sums, worst }: RegressorState): RegressorMeasure {
    const measure = new RegressorMeasure(name, shape, BootstrapSums.from(sums));
    measure.worst.merge(worst);
    return measure;
  }

  result(): RegressorComparison {
    const { name, shape, sums } = this;
    return {
      task: 'regressor',
      name,
      shape,
      sqnr: sums.estimate((of) => (of(elements) === 0 ? Number.NaN : decibels(of(signal), of(noise)))),
      error: sums.estimate(ratio(errors, elements)),
      magnitude: Math.sqrt(sums.total(signal) / sums.total(elements)),
      worst: this.worst.result(),
    };
  }
}
