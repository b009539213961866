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

/** Positions per sample and value whose squares and activity count; more of one image hardly change a channel's moments. */
const maxPositions = 1024;

interface Sums {
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** Sums of squares and counts of active elements, over `positions` positions. */
  readonly squares: Float64Array;
  readonly active: Float64Array;
  positions: number;
  /** Sum over the samples, one entry per element. */
  readonly elements: Float32Array;
}

/** Statistics in progress; those of parts of the samples add up. */
export class StatisticsSums {
  samples = 0;
  private readonly sums = new Map<number, Sums>();

  /** Adds a value's elements of one sample. */
  observe(value: Value, data: TensorData): void {
    if (value.dtype === 'float32') accumulate(this.of(value.id, channelCount(value), elementCount(value.shape)), data as Float32Array);
  }

  add(other: StatisticsSums): void {
    this.samples += other.samples;
    for (const [id, from] of other.sums) {
      const to = this.of(id, from.min.length, from.elements.length);
      to.positions += from.positions;
      for (let c = 0; c < to.min.length; c++) {
        to.min[c] = Math.min(to.min[c], from.min[c]);
        to.max[c] = Math.max(to.max[c], from.max[c]);
        to.squares[c] += from.squares[c];
        to.active[c] += from.active[c];
      }
      for (let i = 0; i < to.elements.length; i++) to.elements[i] += from.elements[i];
    }
  }

  statistics(): Statistics {
    return new Map(Array.from(this.sums, ([id, sums]) => [id, finish(sums, this.samples)]));
  }

  private of(id: number, channels: number, elements: number): Sums {
    let found = this.sums.get(id);
    if (!found) {
      found = {
        min: new Float32Array(channels).fill(Number.POSITIVE_INFINITY),
        max: new Float32Array(channels).fill(Number.NEGATIVE_INFINITY),
        squares: new Float64Array(channels),
        active: new Float64Array(channels),
        positions: 0,
        elements: new Float32Array(elements),
      };
      this.sums.set(id, found);
    }
    return found;
  }
}

/** Runs a prepared float graph on every sample, with one step each. `samples`: elements of the graph's inputs, in order. */
export async function collectStatistics(graph: Graph, samples: readonly (readonly TensorData[])[], step?: Step): Promise<Statistics> {
  const model = loadFloat(graph);
  const sums = new StatisticsSums();
  try {
    for (const sample of samples) {
      model.run(sample, (value, data) => sums.observe(value, data));
      sums.samples++;
      await step?.();
    }
  } finally {
    model.dispose();
  }
  return sums.statistics();
}

/** Adds one sample: extremes and means of all elements, squares and activity of evenly spaced positions. */
function accumulate(sums: Sums, data: Float32Array): void {
  addElements(sums.elements, data);
  widen(sums.min, sums.max, data);
  sums.positions += addMoments(sums.squares, sums.active, data);
}

function addElements(sums: Float32Array, data: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += data[i];
}

function widen(min: Float32Array, max: Float32Array, data: Float32Array): void {
  const channels = min.length;
  for (let from = 0; from < data.length; from += channels) {
    for (let c = 0; c < channels; c++) {
      const element = data[from + c];
      if (element < min[c]) min[c] = element;
      if (element > max[c]) max[c] = element;
    }
  }
}

/** Returns the number of positions that count. */
function addMoments(squares: Float64Array, active: Float64Array, data: Float32Array): number {
  const channels = squares.length;
  // An odd step visits all columns of an image, whose width is mostly even.
  const step = channels * (Math.ceil(data.length / channels / maxPositions) | 1);
  for (let from = 0; from < data.length; from += step) {
    for (let c = 0; c < channels; c++) {
      const element = data[from + c];
      squares[c] += element * element;
      active[c] += element !== 0 && element !== 6 ? 1 : 0;
    }
  }
  return Math.ceil(data.length / step);
}

/** variance = mean square - squared mean, at least 0. */
function finish({ min, max, squares, active, positions, elements }: Sums, samples: number): ValueStatistics {
  const channels = min.length;
  const mean = elements.map((sum) => sum / samples);
  const means = new Float64Array(channels);
  for (let i = 0; i < mean.length; i++) means[i % channels] += mean[i];
  const power = squares.map((sum) => sum / positions);
  const variance = power.map((square, c) => Math.max(0, square - ((means[c] * channels) / mean.length) ** 2));
  return { min, max, power, variance, active: active.map((count) => count / positions), mean };
}
