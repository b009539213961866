// Owns statistics of the float network's activations over the samples: per channel ranges and moments, per element means.
import { elementCount, type Graph, type TensorData, type Value, type WeightedNode, weightedInputs, weightedValues } from 'zeropoint/graph';
import { addChannels, type ChannelSums } from '../kernels/kernels';
import { loadFloat } from '../model/float-model';
import type { Step } from '../steps';

/** Of one activation; per channel, over all samples and positions, except `elements`. Channels are indices of the last dimension. */
export interface ValueStatistics {
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** Mean square, and variance. */
  readonly power: Float64Array;
  readonly variance: Float64Array;
  /** Share of the elements other than 0 and 6, the values that ReLU and ReLU6 clip to. */
  readonly active: Float64Array;
  readonly mean: Float64Array;
  /** Mean over the samples, one entry per element; of the values of `elementMeans` alone. */
  readonly elements?: Float32Array;
}

/** By value id. Values that the float runtime fuses into other operators have none. */
export type Statistics = ReadonlyMap<number, ValueStatistics>;

/**
 * Statistics of the values x' = factors[c] x - shifts[c] of channels c; both are by value id, and factors are > 0. The share of active
 * elements stays.
 */
export function affineStatistics(
  statistics: Statistics,
  factors: ReadonlyMap<number, ArrayLike<number>>,
  shifts: ReadonlyMap<number, ArrayLike<number>>,
): Statistics {
  const changed = new Map(statistics);
  for (const id of new Set([...factors.keys(), ...shifts.keys()])) {
    const found = statistics.get(id);
    if (!found) continue;
    const factor = (c: number) => factors.get(id)?.[c] ?? 1;
    const shift = (c: number) => shifts.get(id)?.[c] ?? 0;
    const affine = (x: number, c: number) => factor(c) * x - shift(c);
    const { mean, min, max, power, variance, active } = found;
    changed.set(id, {
      min: min.map(affine),
      max: max.map(affine),
      power: power.map((square, c) => factor(c) ** 2 * square - 2 * shift(c) * factor(c) * mean[c] + shift(c) ** 2),
      variance: variance.map((square, c) => factor(c) ** 2 * square),
      active,
      mean: mean.map(affine),
      // Computed where they are read: those of all scaled networks that are tried take more memory than their weights.
      get elements() {
        return found.elements?.map((x, i) => affine(x, i % mean.length));
      },
    });
  }
  return changed;
}

/** The last dimension of a value's shape. */
export function channelCount({ shape }: Pick<Value, 'shape'>): number {
  return shape.length === 0 ? 1 : shape[shape.length - 1];
}

/** Positions per sample and value whose squares and activity count; more of one image hardly change a channel's moments. */
const maxPositions = 1024;

interface Sums extends ChannelSums {
  /** Over all samples: positions, and those whose squares and activity count. */
  positions: number;
  counted: number;
  /** Sum over the samples, one entry per element. */
  readonly elements?: Float32Array;
}

/** Ids of the values of which a layer of `graph` reads windows of several elements, and of those that are padded for one. */
export function elementMeans(graph: Graph): Set<number> {
  const ids = new Set<number>();
  for (const node of graph.nodes.slice().reverse()) {
    const isPad = (node.type === 'PAD' || node.type === 'PADV2') && ids.has(node.outputs[0].id);
    if (isPad) ids.add(node.inputs[0]!.id);
    else if (weightedInputs(node.type) && !isPointwise(node as WeightedNode)) ids.add(weightedValues(node as WeightedNode).input.id);
  }
  return ids;
}

/** Whether a layer's outputs are sums over the channels of one position of its input, and every position is read as often as all others. */
export function isPointwise(node: WeightedNode): boolean {
  const { input, weights } = weightedValues(node);
  const channels = channelCount(input);
  if (weights.shape[weights.shape.length - 1] !== channels || node.type === 'TRANSPOSE_CONV') return false;
  if (node.type === 'FULLY_CONNECTED') return true;
  const { strideH, strideW } = node.attributes;
  return node.type === 'CONV_2D' && [weights.shape[1], weights.shape[2], strideH, strideW].every((size) => size === 1);
}

/** Statistics in progress; those of parts of the samples add up. */
export class StatisticsSums {
  samples = 0;
  private readonly sums = new Map<number, Sums>();

  /** `perElement`: ids of the values whose means are taken element by element, as of `elementMeans`. */
  constructor(private readonly perElement: ReadonlySet<number>) {}

  /** Adds a value's elements of one sample. */
  observe(value: Value, data: TensorData): void {
    if (!(data instanceof Float32Array)) return;
    const sums = this.of(value.id, channelCount(value), elementCount(value.shape));
    const channels = sums.min.length;
    // An odd step visits all columns of an image, whose width is mostly even.
    const positions = data.length / channels;
    const step = Math.ceil(positions / maxPositions) | 1;
    addChannels(sums, data, step);
    sums.positions += positions;
    sums.counted += Math.ceil(positions / step);
    if (sums.elements) addElements(sums.elements, data);
  }

  add(other: StatisticsSums): void {
    this.samples += other.samples;
    for (const [id, from] of other.sums) {
      const to = this.of(id, from.min.length, from.elements?.length ?? 0);
      to.positions += from.positions;
      to.counted += from.counted;
      for (let c = 0; c < to.min.length; c++) {
        to.min[c] = Math.min(to.min[c], from.min[c]);
        to.max[c] = Math.max(to.max[c], from.max[c]);
        to.sums[c] += from.sums[c];
        to.squares[c] += from.squares[c];
        to.active[c] += from.active[c];
      }
      if (to.elements && from.elements) addElements(to.elements, from.elements);
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
        sums: new Float64Array(channels),
        squares: new Float64Array(channels),
        active: new Float64Array(channels),
        positions: 0,
        counted: 0,
        elements: this.perElement.has(id) ? new Float32Array(elements) : undefined,
      };
      this.sums.set(id, found);
    }
    return found;
  }
}

/** Runs a prepared float graph on every sample, with one step each. `samples`: elements of the graph's inputs, in order. */
export async function collectStatistics(graph: Graph, samples: readonly (readonly TensorData[])[], step?: Step): Promise<Statistics> {
  const model = loadFloat(graph);
  const sums = new StatisticsSums(elementMeans(graph));
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

function addElements(sums: Float32Array, data: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += data[i];
}

/** variance = mean square - squared mean, at least 0. */
function finish({ min, max, sums, squares, active, positions, counted, elements }: Sums, samples: number): ValueStatistics {
  const mean = sums.map((sum) => sum / positions);
  const power = squares.map((sum) => sum / counted);
  const variance = power.map((square, c) => Math.max(0, square - mean[c] ** 2));
  const share = active.map((count) => count / counted);
  return { min, max, power, variance, active: share, mean, elements: elements?.map((sum) => sum / samples) };
}
