// Owns statistics of the float network's activations over the samples: per channel ranges and moments, per element means.
import { elementCount, type Graph, type TensorData, type Value } from 'zeropoint/graph';
import { loadFloat } from '../model/float-model';
import type { Step } from '../steps';

/** Of one activation; per channel, over all samples and positions, except `mean`. Channels are indices of the last dimension. */
export interface ValueStatistics {
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** Mean square, and variance. */
  readonly power: Float64Array;
  readonly variance: Float64Array;
  /** Share of the elements other than 0 and 6, the values that ReLU and ReLU6 clip to. */
  readonly active: Float64Array;
  /** Mean over the samples, one entry per element of the value. */
  readonly mean: Float32Array;
}

/** By value id. Values that the float runtime fuses into other operators have none. */
export type Statistics = ReadonlyMap<number, ValueStatistics>;

/** The last dimension of a value's shape. */
export function channelCount({ shape }: Pick<Value, 'shape'>): number {
  return shape.length === 0 ? 1 : shape[shape.length - 1];
}

/** Runs a prepared float graph on every sample, with one step each. `samples`: elements of the graph's inputs, in order. */
export async function collectStatistics(graph: Graph, samples: readonly (readonly TensorData[])[], step?: Step): Promise<Statistics> {
  const model = loadFloat(graph);
  const statistics = new Map<number, ValueStatistics>();
  const observe = (value: Value, data: TensorData): void => {
    if (value.dtype !== 'float32') return;
    let found = statistics.get(value.id);
    if (!found) {
      const channels = channelCount(value);
      found = {
        min: new Float32Array(channels).fill(Number.POSITIVE_INFINITY),
        max: new Float32Array(channels).fill(Number.NEGATIVE_INFINITY),
        power: new Float64Array(channels),
        variance: new Float64Array(channels),
        active: new Float64Array(channels),
        mean: new Float32Array(elementCount(value.shape)),
      };
      statistics.set(value.id, found);
    }
    accumulate(found, data as Float32Array, samples.length);
  };
  try {
    for (const sample of samples) {
      model.run(sample, observe);
      await step?.();
    }
  } finally {
    model.dispose();
  }
  for (const found of statistics.values()) finish(found);
  return statistics;
}

/** Adds one of `samples` samples to the means. */
function accumulate({ min, max, power, active, mean }: ValueStatistics, data: Float32Array, samples: number): void {
  const channels = min.length;
  const share = 1 / samples;
  const elementShare = channels / data.length / samples;
  for (let from = 0; from < data.length; from += channels) {
    for (let c = 0; c < channels; c++) {
      const element = data[from + c];
      if (element < min[c]) min[c] = element;
      if (element > max[c]) max[c] = element;
      power[c] += element * element * elementShare;
      if (element !== 0 && element !== 6) active[c] += elementShare;
      mean[from + c] += element * share;
    }
  }
}

/** variance = mean square - squared mean, at least 0. */
function finish({ power, variance, mean }: ValueStatistics): void {
  const channels = power.length;
  const means = new Float64Array(channels);
  for (let i = 0; i < mean.length; i++) means[i % channels] += mean[i];
  for (let c = 0; c < channels; c++) variance[c] = Math.max(0, power[c] - ((means[c] * channels) / mean.length) ** 2);
}
