// Owns normalizations that are computed from the data: InstanceNormalization, LayerNormalization, GroupNormalization, LpNormalization, LRN.
import type { Call, Converter } from '../call';
import { type Atoms, dtypeOf, type Operand, reshaped, shapeOf, sizeOf } from '../operand';
import { withNumber } from './elementwise';
import { reduced } from './reduction';
import { joined } from './unary';

/** (x - mean) / sqrt(variance + epsilon), mean and variance over `axes`. */
function standardized(call: Call, x: Operand, axes: readonly number[], epsilon: number): Operand {
  const { output } = call;
  if (dtypeOf(x) !== 'float32') call.fail('bad-dtype', 'it takes floats');
  const centred = joined(call, 'SUB', x, reduced(call, 'MEAN', x, axes, true, `${output}/mean`), `${output}/centred`);
  const squares = call.apply('SQUARE', {}, centred, `${output}/squares`);
  const variance = reduced(call, 'MEAN', squares, axes, true, `${output}/variance`);
  const factor = call.apply('RSQRT', {}, withNumber(call, 'ADD', variance, epsilon, `${output}/shifted`), `${output}/factor`);
  return joined(call, 'MUL', centred, factor, `${output}/standardized`);
}

/** Input `index` [c] as an operand that repeats over the dimensions of an image or line of `rank` dimensions. */
function perChannel(call: Call, index: number, rank: number, channels: number): Operand {
  const operand = call.operand(index);
  const shape = shapeOf(operand);
  if (shape.length !== 1 || shape[0] !== channels) call.fail('bad-shape', `input ${index} has shape [${shape}] for ${channels} channels`);
  return { ...operand, axes: [operand.axes[0], ...new Array<Atoms>(rank - 2).fill([])] };
}

/** Times scale, plus bias. */
function affine(call: Call, x: Operand, scale: Operand, bias: Operand | undefined): Operand {
  const { output } = call;
  const scaled = joined(call, 'MUL', x, scale, bias ? `${output}/scaled` : output);
  return bias ? joined(call, 'ADD', scaled, bias, output) : scaled;
}

const from = (first: number, rank: number): number[] => Array.from({ length: Math.max(rank - first, 0) }, (_, i) => first + i);

/** Inputs: x [n, c, ..], scale [c], bias [c]; every image and channel has a mean and variance of its own. */
export const instanceNormalization: Converter = (call) => {
  const x = call.operand(0);
  const rank = x.axes.length;
  if (rank < 3) call.fail('bad-shape', 'its input needs 3 dimensions or more');
  const channels = sizeOf(x.axes[1]);
  const result = standardized(call, x, from(2, rank), call.float('epsilon', 1e-5));
  return affine(call, result, perChannel(call, 1, rank, channels), perChannel(call, 2, rank, channels));
};

/** Inputs: x, scale, bias; over all axes from `axis` on. */
export const layerNormalization: Converter = (call) => {
  const x = call.operand(0);
  const axis = call.axis(call.int('axis', -1), x.axes.length);
  const result = standardized(call, x, from(axis, x.axes.length), call.float('epsilon', 1e-5));
  return affine(call, result, call.operand(1), call.optional(2));
};

/** Inputs: x [n, c, ..], scale and bias of [groups] in operator set 18, of [c] since 21; every group of channels has its mean and variance. */
export const groupNormalization: Converter = (call) => {
  const x = call.operand(0);
  const shape = shapeOf(x);
  const [batch, channels, ...rest] = shape;
  const groups = call.int('num_groups', 0);
  if (shape.length < 3 || !(groups >= 1) || channels % groups !== 0) {
    call.fail('bad-option', `num_groups is ${groups}, which does not fit [${shape}]`);
  }
  const parts = [batch, groups, channels / groups, ...rest];
  const grouped = reshaped(x, parts) ?? reshaped(call.builder.plain(x, call.inputName(0)), parts)!;
  const result = standardized(call, grouped, from(2, parts.length), call.float('epsilon', 1e-5));
  const isPerGroup = call.opset < 21;
  const factors = (index: number): Operand => {
    const own = perChannel(call, index, isPerGroup ? parts.length : shape.length, isPerGroup ? groups : channels);
    if (isPerGroup) return own;
    return reshaped(own, [groups, channels / groups, ...rest.map(() => 1)])!;
  };
  const normal = affine(call, result, factors(1), factors(2));
  return reshaped(normal, shape)!;
};

/** Norms below this count as this, so that vectors of zeros stay zeros. */
const leastNorm = 1e-30;

/** Divides by the sum of magnitudes (p = 1) or the Euclidean norm along one axis. */
export const lpNormalization: Converter = (call) => {
  const x = call.operand(0);
  const { output } = call;
  const p = call.int('p', 2);
  if (p !== 1 && p !== 2) call.fail('bad-option', `p is ${p}; 1 and 2 are defined`);
  const axis = call.axis(call.int('axis', -1), x.axes.length);
  const measures = call.apply(p === 1 ? 'ABS' : 'SQUARE', {}, x, `${output}/measures`);
  const sum = reduced(call, 'SUM', measures, [axis], true, `${output}/sum`);
  const norm = p === 1 ? sum : call.apply('SQRT', {}, sum, `${output}/norm`);
  return joined(call, 'DIV', x, withNumber(call, 'MAXIMUM', norm, leastNorm, `${output}/least`), output);
};

/** x / (bias + alpha / size * sum of squares of `size` neighbouring channels)^beta; the sums are a pointwise convolution with a band of ones. */
export const localResponseNormalization: Converter = (call) => {
  const { builder, output } = call;
  const image = call.imageValue();
  const channels = image.shape[3];
  const size = call.int('size', 0);
  if (!(size >= 1)) call.fail('bad-option', `size is ${size}; an integer >= 1 is needed`);
  const squares = builder.node('SQUARE', {}, [image], `${output}/squares`);
  const before = Math.floor((size - 1) / 2);
  const factor = call.float('alpha', 1e-4) / size;
  const band = builder.floats(`${output}/band`, [channels, 1, 1, channels], (count) => {
    const data = new Float32Array(count);
    for (let o = 0; o < channels; o++) {
      for (let i = Math.max(o - before, 0); i < Math.min(o - before + size, channels); i++) data[o * channels + i] = factor;
    }
    return data;
  });
  const bias = builder.floats(`${output}/bias`, [channels], (count) => new Float32Array(count).fill(call.float('bias', 1)));
  const attributes = { padding: 'VALID', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
  const sums = call.imageOf(builder.node('CONV_2D', attributes, [squares, band, bias], `${output}/sums`));
  const divisor = withNumber(call, 'POW', sums, call.float('beta', 0.75), `${output}/divisor`);
  const x = call.imageOf(image);
  const quotient = builder.node('DIV', { activation: 'NONE' }, [image, divisor.value!], output);
  return { ...x, value: quotient };
};

/** (x - mean) / sqrt(variance) over the axes, those of batch and image unless given (the ONNX operator documentation). */
export const meanVarianceNormalization: Converter = (call) => {
  const x = call.operand(0);
  const axes = (call.ints('axes') ?? [0, 2, 3]).map((axis) => call.axis(axis, x.axes.length));
  return standardized(call, x, axes, 1e-9);
};
