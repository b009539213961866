// Owns what the accuracy modules know of the float network: the range of every channel and the mean of every element over the samples.
import { loadFloat } from '../../src/float';
import { elementCount, type Graph, type TensorData, type Value } from '../../src/graph/graph';
import type { Step } from '../steps';
import { copyGraph } from './copy';

/** Of one activation over all samples and positions. */
export interface ValueStatistics {
  /** One entry per index of the last dimension. */
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** Mean over the samples, one entry per element. */
  readonly mean: Float32Array;
}

/** By value id. A value that a pass fuses away has none. */
export type Statistics = ReadonlyMap<number, ValueStatistics>;

/** How many channels a value has: its last dimension. */
export function channelCount({ shape }: Pick<Value, 'shape'>): number {
  return shape.length === 0 ? 1 : shape[shape.length - 1];
}

/** Runs a prepared float graph on every sample, a step each. `samples`: elements of every graph input, in order. */
export async function collectStatistics(graph: Graph, samples: readonly (readonly TensorData[])[], step?: Step): Promise<Statistics> {
  const model = loadFloat(copyGraph(graph));
  const statistics = new Map<number, ValueStatistics>();
  const observe = (value: Value, data: TensorData): void => {
    if (value.dtype !== 'float32') return;
    let found = statistics.get(value.id);
    if (!found) {
      const channels = channelCount(value);
      found = {
        min: new Float32Array(channels).fill(Number.POSITIVE_INFINITY),
        max: new Float32Array(channels).fill(Number.NEGATIVE_INFINITY),
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
  return statistics;
}

function accumulate({ min, max, mean }: ValueStatistics, data: Float32Array, samples: number): void {
  const channels = min.length;
  for (let i = 0, c = 0; i < data.length; i++) {
    const element = data[i];
    if (element < min[c]) min[c] = element;
    if (element > max[c]) max[c] = element;
    mean[i] += element / samples;
    if (++c === channels) c = 0;
  }
}
