// Owns one case per operator of codes that the import turns into one of the graph, with its definition in NCHW arithmetic.
import { at, conv, map, pair, pool, reshape, type Sliding, type Tensor, tensor, transpose } from '../nchw';
import { biasOf, type ConstantCodes, codeBounds, type OperatorCase, randomCodes, weightsOf } from './file';

const u8 = { scale: 0.04, zeroPoint: 117 };
const s8 = { scale: 0.05, zeroPoint: -9 };
const image = [1, 4, 6, 5];

/** Codes of the whole range of their type; per channel where several scales are given. */
function codes(shape: readonly number[], dtype: 'int8' | 'uint8', scale: readonly number[], zeroPoint = 0, axis = 0): ConstantCodes {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, codes: randomCodes(dtype, count, 7, codeBounds(dtype)), scale, zeroPoint: scale.map(() => zeroPoint), axis };
}

const biases = (count: number) => Int32Array.from({ length: count }, (_, c) => (c % 2 === 0 ? 1 : -1) * (300 + 1700 * c));
const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };
const halving = { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] };
const withPad = { types: 'QUANTIZE PAD CONV_2D DEQUANTIZE' };
const channelScales = (count: number) => Array.from({ length: count }, (_, c) => 0.002 * (1 + c));
const clamped = (x: Tensor, low: number, high: number) => map(x, (value) => Math.min(Math.max(value, low), high));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const meanOfImage = (x: Tensor) => pool(x, x.shape.slice(2), window, mean);

type Layer = Pick<OperatorCase, 'dtype' | 'weights' | 'bias'> & { how?: Sliding; groups?: number };

/** Conv with and without what QDQ files have between it and QuantizeLinear. */
function convCase(title: string, layer: Layer, more: Partial<OperatorCase> = {}): OperatorCase {
  const { how = window, groups = 1, ...parts } = layer;
  const activation = layer.dtype === 'uint8' ? u8 : s8;
  const test: OperatorCase = {
    title: `Conv, ${title}`,
    type: 'Conv',
    attributes: { strides: how.strides, pads: how.pads, dilations: how.dilations, group: groups },
    inputs: [{ shape: image, ...activation }],
    output: layer.dtype === 'uint8' ? { scale: 0.1, zeroPoint: 128 } : { scale: 0.1, zeroPoint: 3 },
    linear: { type: 'QLinearConv' },
    types: 'QUANTIZE CONV_2D DEQUANTIZE',
    ...parts,
    ...more,
    expected: (x) => conv(x, weightsOf(parts.weights!), biasOf(test), groups, how),
  };
  return test;
}

const perChannel = (shape: readonly number[]) => codes(shape, 'int8', channelScales(shape[0]));

const convolutions: OperatorCase[] = [
  convCase('int8 per channel', { dtype: 'int8', weights: perChannel([6, 4, 3, 3]), bias: biases(6) }),
  convCase(
    'uint8 activations and int8 weights',
    {
      dtype: 'uint8',
      weights: codes([6, 4, 3, 3], 'int8', [0.004]),
      bias: biases(6),
      how: halving,
    },
    withPad,
  ),
  convCase('uint8 weights around 128 per channel', {
    dtype: 'uint8',
    weights: codes([6, 4, 1, 1], 'uint8', channelScales(6), 128),
    bias: biases(6),
  }),
  convCase(
    'asymmetric uint8 weights',
    {
      dtype: 'uint8',
      weights: codes([6, 4, 3, 3], 'uint8', [0.003], 90),
      bias: biases(6),
      how: halving,
    },
    withPad,
  ),
  convCase('asymmetric int8 weights', { dtype: 'int8', weights: codes([6, 4, 1, 1], 'int8', [0.003], 20), bias: biases(6) }),
  convCase(
    'depthwise',
    { dtype: 'int8', weights: perChannel([4, 1, 3, 3]), bias: biases(4), groups: 4, how: { ...window, pads: [1, 1, 1, 1] } },
    { types: 'QUANTIZE DEPTHWISE_CONV_2D DEQUANTIZE' },
  ),
  convCase(
    'without bias, padded on one side',
    { dtype: 'int8', weights: perChannel([6, 4, 3, 3]), how: { ...halving, pads: [1, 0, 2, 1] } },
    {
      types: 'QUANTIZE PAD CONV_2D DEQUANTIZE',
    },
  ),
];

/** Conv with float operators before QuantizeLinear; they have no form of codes. */
function activated(
  title: string,
  after: NonNullable<OperatorCase['after']>,
  output: OperatorCase['output'],
  f: (x: Tensor) => Tensor,
  types = 'QUANTIZE CONV_2D DEQUANTIZE',
  constants: OperatorCase['constants'] = {},
): OperatorCase {
  const base = convCase(title, { dtype: 'int8', weights: perChannel([6, 4, 3, 3]), bias: biases(6) });
  return { ...base, after, output, constants, linear: undefined, types, expected: (x) => f(base.expected(x)) };
}

const bound = (value: number) => ({ shape: [], data: Float32Array.of(value) });
const activations: OperatorCase[] = [
  activated('Relu', [{ type: 'Relu' }], { scale: 0.05, zeroPoint: -128 }, (x) => clamped(x, 0, Number.POSITIVE_INFINITY)),
  activated('Relu within the range of the codes', [{ type: 'Relu' }], { scale: 0.05, zeroPoint: -20 }, (x) =>
    clamped(x, 0, Number.POSITIVE_INFINITY),
  ),
  activated(
    'Clip to other bounds',
    [{ type: 'Clip', inputs: ['low', 'high'] }],
    { scale: 0.05, zeroPoint: 0 },
    (x) => clamped(x, -1.5, 2.5),
    'QUANTIZE CONV_2D MAXIMUM MINIMUM DEQUANTIZE',
    { low: bound(-1.5), high: bound(2.5) },
  ),
  activated(
    'Transpose',
    [{ type: 'Relu' }, { type: 'Transpose', attributes: { perm: [0, 3, 1, 2] } }],
    { scale: 0.05, zeroPoint: -128 },
    (x) => transpose(clamped(x, 0, Number.POSITIVE_INFINITY), [0, 3, 1, 2]),
    'QUANTIZE CONV_2D TRANSPOSE DEQUANTIZE',
  ),
];

function productOf(a: Tensor, b: Tensor, bias?: Tensor): Tensor {
  return tensor([a.shape[0], b.shape[1]], ([i, j]) => {
    let sum = bias ? bias.data[j] : 0;
    for (let k = 0; k < b.shape[0]; k++) sum += at(a, [i, k]) * at(b, [k, j]);
    return sum;
  });
}

function dense(title: string, type: 'MatMul' | 'Gemm', layer: Layer, attributes = {}, flip = false): OperatorCase {
  const test: OperatorCase = {
    title: `${type}, ${title}`,
    type,
    attributes,
    inputs: [{ shape: [2, 12], ...(layer.dtype === 'uint8' ? u8 : s8) }],
    output: { scale: 0.06, zeroPoint: layer.dtype === 'uint8' ? 120 : 5 },
    linear: type === 'Gemm' ? { type: 'QGemm', domain: 'com.microsoft', order: 'gemm' } : { type: 'QLinearMatMul' },
    types: 'QUANTIZE FULLY_CONNECTED DEQUANTIZE',
    ...layer,
    expected: (x) => productOf(x, flip ? transpose(weightsOf(layer.weights!), [1, 0]) : weightsOf(layer.weights!), biasOf(test)),
  };
  return test;
}

const products: OperatorCase[] = [
  dense('int8 per tensor', 'MatMul', { dtype: 'int8', weights: codes([12, 7], 'int8', [0.004]) }),
  dense('uint8 times uint8', 'MatMul', { dtype: 'uint8', weights: codes([12, 7], 'uint8', [0.004], 101) }),
  dense('int8 per column', 'MatMul', { dtype: 'int8', weights: codes([12, 7], 'int8', channelScales(7), 0, 1) }),
  dense('with a bias', 'Gemm', { dtype: 'uint8', weights: codes([7, 12], 'int8', [0.004]), bias: biases(7) }, { transB: 1 }, true),
  dense('per column with a bias', 'Gemm', { dtype: 'int8', weights: codes([12, 7], 'int8', channelScales(7), 0, 1), bias: biases(7) }),
];

interface Unary {
  title?: string;
  attributes?: OperatorCase['attributes'];
  dtype?: 'int8' | 'uint8';
  shape?: readonly number[];
  input?: OperatorCase['output'];
  output?: OperatorCase['output'];
  linear?: string;
  types: string;
  constants?: OperatorCase['constants'];
  opset?: number;
}

/** An operator of one activation. */
function unary(type: string, f: (x: Tensor) => Tensor, options: Unary): OperatorCase {
  const { title = '', dtype = 'int8', shape = image, linear, types, attributes, constants, opset } = options;
  const { input = dtype === 'uint8' ? u8 : s8, output = input } = options;
  return {
    title: `${type}${title && `, ${title}`}`,
    type,
    attributes,
    inputs: [{ shape, ...input }],
    output,
    dtype,
    constants,
    opset,
    linear: linear ? { type: linear, domain: 'com.microsoft' } : undefined,
    types: `QUANTIZE ${types} DEQUANTIZE`,
    expected: f,
  };
}

const sigmoid = (x: Tensor) => map(x, (value) => 1 / (1 + Math.exp(-value)));
const other = { scale: 0.031, zeroPoint: -20 };
const nearest = (x: Tensor) => tensor([1, 4, 12, 10], ([n, c, y, z]) => at(x, [n, c, y >> 1, z >> 1]));
const elementwise: OperatorCase[] = [
  unary('Sigmoid', sigmoid, { linear: 'QLinearSigmoid', output: { scale: 1 / 256, zeroPoint: -128 }, types: 'LOGISTIC' }),
  unary('Sigmoid', sigmoid, {
    title: 'another scale',
    dtype: 'uint8',
    linear: 'QLinearSigmoid',
    output: { scale: 1 / 255, zeroPoint: 0 },
    types: 'LOGISTIC QUANTIZE',
  }),
  unary('Sigmoid', sigmoid, {
    title: 'a finer scale than the kernel has',
    linear: 'QLinearSigmoid',
    output: { scale: 1 / 900, zeroPoint: -128 },
    types: 'DEQUANTIZE LOGISTIC QUANTIZE',
  }),
  unary('LeakyRelu', (x) => map(x, (value) => (value < 0 ? 0.125 * value : value)), {
    attributes: { alpha: { float: 0.125 } },
    linear: 'QLinearLeakyRelu',
    output: other,
    types: 'LEAKY_RELU',
  }),
  unary('Tanh', (x) => map(x, Math.tanh), { output: { scale: 1 / 127, zeroPoint: 0 }, types: 'TANH QUANTIZE' }),
  unary('Relu', (x) => map(x, (value) => Math.max(value, 0)), { output: { scale: 0.02, zeroPoint: -128 }, types: 'RELU' }),
  unary('HardSwish', (x) => map(x, (value) => (value * Math.min(Math.max(value + 3, 0), 6)) / 6), {
    opset: 14,
    output: other,
    types: 'HARD_SWISH',
  }),
  unary(
    'Softmax',
    (x) => {
      const exponentials = map(x, Math.exp);
      return tensor(
        x.shape,
        ([i, j]) =>
          at(exponentials, [i, j]) / x.data.reduce((sum, _, k) => (Math.floor(k / 9) === i ? sum + exponentials.data[k] : sum), 0),
      );
    },
    { shape: [2, 9], attributes: { axis: 1 }, output: { scale: 1 / 255, zeroPoint: -128 }, types: 'SOFTMAX QUANTIZE' },
  ),
  unary('GlobalAveragePool', meanOfImage, { linear: 'QLinearGlobalAveragePool', output: other, types: 'MEAN' }),
  unary('AveragePool', (x) => pool(x, [2, 2], { ...window, strides: [2, 2] }, mean), {
    title: 'finer codes than its input',
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    linear: 'QLinearAveragePool',
    output: other,
    types: 'DEPTHWISE_CONV_2D',
  }),
  unary('AveragePool', (x) => pool(x, [3, 3], { ...window, pads: [1, 1, 1, 1] }, mean), {
    title: 'the codes of its input',
    dtype: 'uint8',
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    linear: 'QLinearAveragePool',
    types: 'AVERAGE_POOL_2D',
  }),
  unary('ReduceMean', (x) => meanOfImage(x), {
    attributes: { axes: [2, 3], keepdims: 1 },
    linear: 'QLinearReduceMean',
    output: other,
    types: 'MEAN',
  }),
  unary('Resize', (x) => nearest(x), {
    title: 'nearest',
    constants: { c0: { shape: [0], data: new Float32Array(0) }, c1: { shape: [4], data: Float32Array.of(1, 1, 2, 2) } },
    attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    types: 'RESIZE_NEAREST_NEIGHBOR',
  }),
  unary('MaxPool', (x) => pool(x, [2, 2], { ...window, strides: [2, 2] }, (inside) => Math.max(...inside)), {
    title: 'other codes than its input',
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    output: other,
    types: 'MAX_POOL_2D QUANTIZE',
  }),
  unary('Reshape', (x) => reshape(x, [4, 30]), { constants: { c0: { shape: [2], data: [4, 30] } }, types: 'TRANSPOSE RESHAPE' }),
];

const pairs: OperatorCase[] = (
  [
    ['Add', (a, b) => a + b, 'ADD', 'QLinearAdd', { scale: 0.07, zeroPoint: 4 }],
    ['Mul', (a, b) => a * b, 'MUL', 'QLinearMul', { scale: 0.09, zeroPoint: -3 }],
    ['Sub', (a, b) => a - b, 'SUB', undefined, { scale: 0.07, zeroPoint: 4 }],
  ] as const satisfies readonly (readonly [string, (a: number, b: number) => number, string, string | undefined, OperatorCase['output']])[]
).map(([type, f, graphType, linear, output]) => ({
  title: type,
  type,
  inputs: [
    { shape: image, ...s8 },
    { shape: image, scale: 0.03, zeroPoint: 17 },
  ],
  output,
  dtype: 'int8',
  linear: linear && { type: linear, domain: 'com.microsoft' },
  types: `QUANTIZE QUANTIZE ${graphType} DEQUANTIZE`,
  expected: (a: Tensor, b: Tensor) => pair(a, b, f),
}));

const joins: OperatorCase[] = [
  {
    title: 'Concat of codes with different scales',
    type: 'Concat',
    attributes: { axis: 1 },
    inputs: [
      { shape: image, ...u8 },
      { shape: [1, 2, 6, 5], scale: 0.03, zeroPoint: 90 },
    ],
    output: { scale: 0.04, zeroPoint: 117 },
    dtype: 'uint8',
    linear: { type: 'QLinearConcat', domain: 'com.microsoft', order: 'concat' },
    types: 'QUANTIZE QUANTIZE QUANTIZE CONCATENATION DEQUANTIZE',
    expected: (a, b) => tensor([1, 6, 6, 5], ([n, c, y, z]) => (c < 4 ? at(a, [n, c, y, z]) : at(b, [n, c - 4, y, z]))),
  },
];

export const operatorCases: readonly OperatorCase[] = [...convolutions, ...activations, ...products, ...elementwise, ...pairs, ...joins];
