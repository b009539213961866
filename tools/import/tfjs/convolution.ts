// Owns convolutions, dense layers and pools of NHWC images in TensorFlow's layout of weights, for layers and graph operators alike.
import { ModelError } from 'zeropoint';
import { elementCount, type Padding, type Value } from 'zeropoint/graph';
import type { TfjsBuilder } from './builder';

type Pair = readonly [height: number, width: number];

/** Rows before and after, columns before and after. */
export type Amounts = readonly [top: number, bottom: number, left: number, right: number];

export interface Window {
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Amounts: zeros around the image, then VALID. */
  readonly padding: Padding | Amounts;
}

/** The image with zeros around it. */
export function padded(builder: TfjsBuilder, x: Value, [top, bottom, left, right]: Amounts, name: string): Value {
  const amounts = builder.ints(`${name}/paddings`, [0, 0, top, bottom, left, right, 0, 0], [4, 2]);
  return builder.node('PAD', {}, [x, amounts], name);
}

function withPadding(builder: TfjsBuilder, x: Value, { padding }: Window, name: string): { image: Value; padding: Padding } {
  if (typeof padding === 'string') return { image: x, padding };
  if (padding.every((amount) => amount === 0)) return { image: x, padding: 'VALID' };
  return { image: padded(builder, x, padding, `${name}/pad`), padding: 'VALID' };
}

function strided({ strides: [strideH, strideW] }: Window): { strideH: number; strideW: number } {
  return { strideH, strideW };
}

function dilated({ dilations: [dilationH, dilationW] }: Window): { dilationH: number; dilationW: number } {
  return { dilationH, dilationW };
}

/** The bias, or zeros: TensorFlow Lite's kernels require one. */
function biasOf(builder: TfjsBuilder, bias: Value | undefined, channels: number, name: string): Value {
  return bias ?? builder.floats(`${name}/bias`, [channels], (count) => new Float32Array(count));
}

/** @throws ModelError `bad-shape` */
export function requireRank(value: Value, rank: number, role: string): void {
  if (value.shape.length === rank) return;
  throw new ModelError('bad-shape', `its ${role} has shape [${value.shape}]; ${rank} dimensions are needed`);
}

/** `weights`: [rows, columns, inputs per group, outputs]; `bias`: [outputs]. */
export function conv2d(builder: TfjsBuilder, x: Value, weights: Value, bias: Value | undefined, window: Window, name: string): Value {
  requireRank(x, 4, 'input');
  requireRank(weights, 4, 'kernel');
  const [h, w, i, o] = weights.shape;
  const filter = builder.swapped(weights, [h * w * i, o, 1], [o, h, w, i], 'kernel');
  const { image, padding } = withPadding(builder, x, window, name);
  const attributes = { padding, ...strided(window), ...dilated(window), activation: 'NONE' } as const;
  return builder.node('CONV_2D', attributes, [image, filter, biasOf(builder, bias, o, name)], name);
}

/** `weights`: [rows, columns, inputs, multiplier]; `bias`: [inputs * multiplier]. */
export function depthwise(builder: TfjsBuilder, x: Value, weights: Value, bias: Value | undefined, window: Window, name: string): Value {
  requireRank(x, 4, 'input');
  requireRank(weights, 4, 'kernel');
  const [h, w, i, depthMultiplier] = weights.shape;
  if (x.shape[3] !== i) throw new ModelError('bad-shape', `its kernel [${weights.shape}] does not fit its input [${x.shape}]`);
  const outputs = i * depthMultiplier;
  const filter = builder.reshaped(weights, [1, h, w, outputs], 'kernel');
  const { image, padding } = withPadding(builder, x, window, name);
  const attributes = { padding, ...strided(window), ...dilated(window), activation: 'NONE', depthMultiplier } as const;
  return builder.node('DEPTHWISE_CONV_2D', attributes, [image, filter, biasOf(builder, bias, outputs, name)], name);
}

/** `weights`: [rows, columns, outputs, inputs]; `size`: [n, h, w, c] of the result. */
export function transposedConv2d(
  builder: TfjsBuilder,
  x: Value,
  weights: Value,
  bias: Value | undefined,
  { strides, padding, size }: { strides: Pair; padding: Padding; size: readonly number[] },
  name: string,
): Value {
  requireRank(x, 4, 'input');
  requireRank(weights, 4, 'kernel');
  const [h, w, o, i] = weights.shape;
  const filter = builder.swapped(weights, [h * w, o, i], [o, h, w, i], 'kernel');
  const [strideH, strideW] = strides;
  const inputs = [builder.ints(`${name}/shape`, size), filter, x, biasOf(builder, bias, o, name)];
  return builder.node('TRANSPOSE_CONV', { padding, strideH, strideW, activation: 'NONE' }, inputs, name);
}

/** x [.., k] times `weights` [k, n], plus a bias [n]; `isTransposed`: weights are [n, k]. */
export function dense(builder: TfjsBuilder, x: Value, weights: Value, bias: Value | undefined, name: string, isTransposed = false): Value {
  requireRank(weights, 2, 'kernel');
  const [rows, columns] = isTransposed ? [weights.shape[1], weights.shape[0]] : weights.shape;
  if (x.shape.length < 1 || x.shape.at(-1) !== rows || elementCount(weights.shape) === 0) {
    throw new ModelError('bad-shape', `its kernel [${weights.shape}] does not fit its input [${x.shape}]`);
  }
  const filter = isTransposed ? weights : builder.swapped(weights, [rows, columns, 1], [columns, rows], 'kernel');
  const inputs = [x, filter, biasOf(builder, bias, columns, name)];
  return builder.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: x.shape.length !== 2 }, inputs, name);
}

/** Pools do not count elements of padding. */
export function pool(
  builder: TfjsBuilder,
  type: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D',
  x: Value,
  { size: [filterH, filterW], strides, padding }: { size: Pair; strides: Pair; padding: Padding },
  name: string,
): Value {
  requireRank(x, 4, 'input');
  const [strideH, strideW] = strides;
  return builder.node(type, { padding, strideH, strideW, filterH, filterW, activation: 'NONE' }, [x], name);
}

/** Parameters of one batch normalization, each with an element per channel; gamma is 1 and beta 0 where they are left out. */
export interface BatchNormalization {
  readonly gamma?: ArrayLike<number>;
  readonly beta?: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly epsilon: number;
  readonly axis: number;
}

/** gamma (x - mean) / sqrt(variance + epsilon) + beta as one product and one sum per channel, which folding moves into a layer. */
export function batchNormalization(builder: TfjsBuilder, x: Value, parameters: BatchNormalization, name: string): Value {
  const { gamma, beta, mean, variance, epsilon, axis } = parameters;
  const channels = x.shape[axis];
  for (const [role, list] of Object.entries({ gamma, beta, mean, variance })) {
    if (list && list.length !== channels)
      throw new ModelError('bad-shape', `its ${role} has ${list.length} elements for ${channels} channels`);
  }
  const factor = (c: number) => (gamma?.[c] ?? 1) / Math.sqrt(variance[c] + epsilon);
  const shape = [channels, ...x.shape.slice(axis + 1).map(() => 1)];
  const factors = builder.floats(`${name}/factor`, shape, (count) => Float32Array.from({ length: count }, (_, c) => factor(c)));
  const offsets = builder.floats(`${name}/offset`, shape, (count) =>
    Float32Array.from({ length: count }, (_, c) => (beta?.[c] ?? 0) - mean[c] * factor(c)),
  );
  return builder.binary('ADD', builder.binary('MUL', x, factors, `${name}/scaled`), offsets, name);
}
