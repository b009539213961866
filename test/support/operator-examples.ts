// Owns one small example per operator: the dtypes that it takes, and a graph of it for each of them.
import type { DType, Graph, OperatorAttributes, OperatorType, Quantization, Value } from '../../src/graph/graph';
import { convolution, detectionOptions, GraphBuilder, quantized, window } from './build';
import { customAttributes } from './custom-operators';

export const dtypes: readonly DType[] = ['float32', 'int32', 'int64', 'uint8', 'int8', 'int16', 'bool'];
const plain: readonly DType[] = ['float32', 'int32', 'int64'];
const real: readonly DType[] = ['float32', 'uint8', 'int8'];
const number: readonly DType[] = ['float32', 'int32', 'int64', 'uint8', 'int8'];
const real16: readonly DType[] = [...real, 'int16'];
const number16: readonly DType[] = [...number, 'int16'];

const codes = (dtype: DType): boolean => dtype === 'uint8' || dtype === 'int8' || dtype === 'int16';
const scaled = (dtype: DType, scale = 0.5, zeroPoint = 0): Quantization | undefined =>
  codes(dtype) ? quantized(scale, zeroPoint) : undefined;

/** Adds one operator whose data has this dtype; returns its outputs. */
type Build = (builder: GraphBuilder, dtype: DType) => Value[];

/** One data input of `shape`, operands behind it, one output of the same dtype and scale. */
function unary<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  shape: readonly number[],
  operands: (builder: GraphBuilder) => Value[] = () => [],
  outputs = 1,
): Build {
  return (builder, dtype) => {
    const data = builder.input(dtype, shape, scaled(dtype));
    const results = Array.from({ length: outputs }, () => ({ dtype, quantization: scaled(dtype) }));
    return builder.node(type, attributes, [data, ...operands(builder)], ...results);
  };
}

/** Like unary, with a fixed output scale and zero point per dtype; int16 has zero point 0. */
function fixed<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  scale: number,
  uint8: number,
  int8: number,
  scale16 = scale,
): Build {
  return (builder, dtype) => {
    const data = builder.input(dtype, [2, 3], scaled(dtype));
    const zeroPoint = { uint8, int8 }[dtype as 'uint8' | 'int8'] ?? 0;
    return builder.node(type, attributes, [data], { dtype, quantization: scaled(dtype, dtype === 'int16' ? scale16 : scale, zeroPoint) });
  };
}

function binary<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  scaleOfOutput = 1,
  result?: DType,
  second = (dtype: DType) => dtype,
): Build {
  return (builder, dtype) => {
    const a = builder.input(dtype, [2, 3], scaled(dtype));
    const b = builder.input(second(dtype), [3], scaled(dtype));
    return builder.node(type, attributes, [a, b], { dtype: result ?? dtype, quantization: scaled(result ?? dtype, scaleOfOutput) });
  };
}

/** A choice between two inputs by a condition of `shape`. */
function choice(type: 'SELECT' | 'SELECT_V2', shape: readonly number[]): Build {
  return (builder, dtype) => {
    const choices = [0, 1].map(() => builder.input(dtype, [2, 3], scaled(dtype)));
    return builder.node(type, {}, [builder.input('bool', shape), ...choices], { dtype, quantization: scaled(dtype) });
  };
}

/** int16 codes have int8 weights. */
const weightsOf = (dtype: DType): DType => (dtype === 'int16' ? 'int8' : dtype);

/** Weights of `filter` and a bias for `channels`, between `before` and the data of `input`. */
function weighted<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  input: readonly number[],
  filter: readonly number[],
  channels: number,
  before?: number[],
): Build {
  return (builder, dtype) => {
    const data = builder.input(dtype, input, scaled(dtype));
    const weights = builder.constant(weightsOf(dtype), filter, [1, 2, 3], scaled(dtype));
    const bias = builder.constant(dtype === 'int16' ? 'int64' : codes(dtype) ? 'int32' : dtype, [channels], [7, -3], scaled(dtype, 0.25));
    const inputs = before ? [builder.ints(...before), weights, data, bias] : [data, weights, bias];
    return builder.node(type, attributes, inputs, { dtype, quantization: scaled(dtype, 2) });
  };
}

const none = { activation: 'NONE' } as const;
const pool = { ...window, filterH: 2, filterW: 2 };
const resize = { alignCorners: false, halfPixelCenters: false };
const slice = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };
const image = [1, 4, 4, 2];

const toIndex =
  (type: 'ARG_MAX' | 'ARG_MIN'): Build =>
  (builder, dtype) =>
    builder.node(type, { outputType: 'int64' }, [builder.input(dtype, [2, 3]), builder.ints(1)], { dtype: 'int64' });

export const examples: Record<OperatorType, [supported: readonly DType[], build: Build]> = {
  CONV_2D: [real16, weighted('CONV_2D', convolution, image, [2, 3, 3, 2], 2)],
  DEPTHWISE_CONV_2D: [real16, weighted('DEPTHWISE_CONV_2D', { ...convolution, depthMultiplier: 2 }, image, [1, 3, 3, 4], 4)],
  TRANSPOSE_CONV: [real16, weighted('TRANSPOSE_CONV', window, image, [2, 3, 3, 2], 2, [1, 6, 6, 2])],
  FULLY_CONNECTED: [real16, weighted('FULLY_CONNECTED', { ...none, keepNumDims: false }, image, [2, 32], 2)],
  BATCH_MATMUL: [
    ['float32', 'int8', 'int16'],
    (builder, dtype) => {
      const inputs = [
        [2, 1, 3, 4],
        [3, 5, 4],
      ].map((shape) => builder.input(dtype, shape, scaled(dtype)));
      return builder.node('BATCH_MATMUL', { adjX: false, adjY: true }, inputs, { dtype, quantization: scaled(dtype, 4) });
    },
  ],
  ADD: [number16, binary('ADD', { ...none, potScaleInt16: false })],
  SUB: [number16, binary('SUB', none, 0.5)],
  MUL: [number16, binary('MUL', none)],
  DIV: [['float32', 'int32', 'uint8', 'int8'], binary('DIV', none)],
  AVERAGE_POOL_2D: [real16, unary('AVERAGE_POOL_2D', pool, image)],
  MAX_POOL_2D: [real16, unary('MAX_POOL_2D', pool, image)],
  MEAN: [number16, unary('MEAN', { keepDims: false }, image, (b) => [b.ints(1, 2)])],
  SUM: [number16, unary('SUM', { keepDims: true }, image, (b) => [b.ints(-1)])],
  REDUCE_MAX: [dtypes, unary('REDUCE_MAX', { keepDims: true }, image, (b) => [b.ints(-1, 1)])],
  REDUCE_MIN: [dtypes, unary('REDUCE_MIN', { keepDims: false }, image, (b) => [b.ints(1, 2)])],
  REDUCE_PROD: [plain, unary('REDUCE_PROD', { keepDims: false }, [2, 3], (b) => [b.ints(1)])],
  REDUCE_ANY: [['bool'], unary('REDUCE_ANY', { keepDims: false }, [2, 3], (b) => [b.ints(0)])],
  REDUCE_ALL: [['bool'], unary('REDUCE_ALL', { keepDims: true }, [2, 3], (b) => [b.ints(1)])],
  SOFTMAX: [real16, fixed('SOFTMAX', { beta: 1 }, 1 / 256, 0, -128, 2 ** -15)],
  LOG_SOFTMAX: [real, fixed('LOG_SOFTMAX', {}, 1 / 16, 255, 127)],
  LOGISTIC: [real16, fixed('LOGISTIC', {}, 1 / 256, 0, -128, 2 ** -15)],
  TANH: [real16, fixed('TANH', {}, 1 / 128, 128, 0, 2 ** -15)],
  HARD_SWISH: [real, fixed('HARD_SWISH', {}, 0.5, 0, 0)],
  RELU: [real16, fixed('RELU', {}, 0.25, 3, 3)],
  RELU6: [real16, fixed('RELU6', {}, 0.25, 3, 3)],
  RELU_N1_TO_1: [real, fixed('RELU_N1_TO_1', {}, 0.25, 3, 3)],
  RELU_0_TO_1: [real, fixed('RELU_0_TO_1', {}, 0.25, 3, 3)],
  ELU: [['float32', 'int8'], fixed('ELU', {}, 0.25, 3, 3)],
  GELU: [real16, fixed('GELU', { approximate: true }, 0.25, 3, 3)],
  LEAKY_RELU: [real16, fixed('LEAKY_RELU', { alpha: 0.25 }, 0.25, 3, 3)],
  PRELU: [real16, binary('PRELU', {}, 1, undefined, weightsOf)],
  CONCATENATION: [
    dtypes,
    (builder, dtype) => {
      const inputs = [1, 2].map((rows) => builder.input(dtype, [rows, 2], scaled(dtype)));
      return builder.node('CONCATENATION', { axis: 0, ...none }, inputs, { dtype, quantization: scaled(dtype) });
    },
  ],
  SPLIT: [
    dtypes,
    (builder, dtype) => {
      const results = [0, 1].map(() => ({ dtype, quantization: scaled(dtype) }));
      const data = builder.input(dtype, [2, 4], scaled(dtype));
      return builder.node('SPLIT', { numSplits: 2 }, [builder.constant('int32', [], [1]), data], ...results);
    },
  ],
  SPLIT_V: [dtypes, unary('SPLIT_V', { numSplits: 2 }, [2, 4], (b) => [b.ints(1, -1), b.constant('int32', [], [1])], 2)],
  SLICE: [dtypes, unary('SLICE', {}, [3, 4], (b) => [b.ints(1, 0), b.ints(2, -1)])],
  STRIDED_SLICE: [dtypes, unary('STRIDED_SLICE', slice, [3, 4], (b) => [b.ints(0, 3), b.ints(3, 0), b.ints(2, -1)])],
  PACK: [dtypes, unary('PACK', { axis: 0, valuesCount: 1 }, [2, 3])],
  UNPACK: [dtypes, unary('UNPACK', { axis: 1, num: 2 }, [3, 2], undefined, 2)],
  PAD: [dtypes, unary('PAD', {}, [2, 2], (b) => [b.constant('int32', [2, 2], [1, 0, 0, 2])])],
  PADV2: [
    dtypes,
    (builder, dtype) => {
      const fill = builder.constant(dtype, [], [1], scaled(dtype));
      const data = builder.input(dtype, [2, 2], scaled(dtype));
      const paddings = builder.constant('int32', [2, 2], [1, 0, 0, 2]);
      return builder.node('PADV2', {}, [data, paddings, fill], { dtype, quantization: scaled(dtype) });
    },
  ],
  MIRROR_PAD: [dtypes, unary('MIRROR_PAD', { mode: 'REFLECT' }, [3, 3], (b) => [b.constant('int32', [2, 2], [2, 1, 0, 2])])],
  RESHAPE: [dtypes, unary('RESHAPE', { newShape: undefined }, [2, 6], (b) => [b.ints(3, -1)])],
  SQUEEZE: [dtypes, unary('SQUEEZE', { squeezeDims: [-1] }, [1, 3, 1])],
  EXPAND_DIMS: [dtypes, unary('EXPAND_DIMS', {}, [2, 3], (b) => [b.constant('int32', [], [-1])])],
  TRANSPOSE: [dtypes, unary('TRANSPOSE', {}, [2, 3, 4], (b) => [b.ints(2, 0, 1)])],
  TILE: [dtypes, unary('TILE', {}, [2, 3], (b) => [b.ints(2, 1)])],
  BROADCAST_TO: [dtypes, unary('BROADCAST_TO', {}, [2, 1], (b) => [b.ints(3, 2, 2)])],
  REVERSE_V2: [dtypes, unary('REVERSE_V2', {}, [2, 3, 2], (b) => [b.ints(-1, 1)])],
  SPACE_TO_BATCH_ND: [
    number16,
    unary('SPACE_TO_BATCH_ND', {}, [1, 3, 4, 2], (b) => [b.ints(2, 3), b.constant('int32', [2, 2], [1, 0, 0, 2])]),
  ],
  BATCH_TO_SPACE_ND: [
    number16,
    unary('BATCH_TO_SPACE_ND', {}, [6, 2, 2, 2], (b) => [b.ints(2, 3), b.constant('int32', [2, 2], [1, 0, 0, 2])]),
  ],
  GATHER: [dtypes, unary('GATHER', { axis: 1, batchDims: 0 }, [2, 3], (b) => [b.ints(2, 0)])],
  GATHER_ND: [dtypes, unary('GATHER_ND', {}, [2, 3], (b) => [b.constant('int32', [2, 2], [1, 2, 0, 0])])],
  SHAPE: [dtypes, (builder, dtype) => builder.node('SHAPE', { outType: 'int64' }, [builder.input(dtype, [2, 3])], { dtype: 'int64' })],
  CAST: [dtypes, (builder, dtype) => builder.node('CAST', {}, [builder.input(dtype, [2, 3])], { dtype: 'float32' })],
  RESIZE_BILINEAR: [real16, unary('RESIZE_BILINEAR', resize, image, (b) => [b.ints(7, 3)])],
  RESIZE_NEAREST_NEIGHBOR: [real16, unary('RESIZE_NEAREST_NEIGHBOR', resize, image, (b) => [b.ints(7, 3)])],
  SPACE_TO_DEPTH: [number, unary('SPACE_TO_DEPTH', { blockSize: 2 }, image)],
  DEPTH_TO_SPACE: [number, unary('DEPTH_TO_SPACE', { blockSize: 2 }, [1, 2, 2, 8])],
  ARG_MAX: [[...number, 'bool'], toIndex('ARG_MAX')],
  ARG_MIN: [[...number, 'bool'], toIndex('ARG_MIN')],
  MAXIMUM: [number16, binary('MAXIMUM', {}, 0.5)],
  MINIMUM: [number16, binary('MINIMUM', {}, 0.5)],
  EQUAL: [[...number16, 'bool'], binary('EQUAL', {}, 1, 'bool')],
  NOT_EQUAL: [[...number16, 'bool'], binary('NOT_EQUAL', {}, 1, 'bool')],
  LESS: [number16, binary('LESS', {}, 1, 'bool')],
  LESS_EQUAL: [number16, binary('LESS_EQUAL', {}, 1, 'bool')],
  GREATER: [number16, binary('GREATER', {}, 1, 'bool')],
  GREATER_EQUAL: [number16, binary('GREATER_EQUAL', {}, 1, 'bool')],
  LOGICAL_AND: [['bool'], binary('LOGICAL_AND', {})],
  LOGICAL_OR: [['bool'], binary('LOGICAL_OR', {})],
  LOGICAL_NOT: [['bool'], unary('LOGICAL_NOT', {}, [2, 3])],
  SELECT: [dtypes, choice('SELECT', [2])],
  SELECT_V2: [dtypes, choice('SELECT_V2', [3])],
  WHERE: [
    [...number, 'bool'],
    (builder, dtype) => builder.node('WHERE', {}, [builder.constant(dtype, [2, 3], [1, 0, 0, 2])], { dtype: 'int64' }),
  ],
  FILL: [
    dtypes,
    (builder, dtype) =>
      builder.node('FILL', {}, [builder.ints(2, 3), builder.input(dtype, [], scaled(dtype))], { dtype, quantization: scaled(dtype) }),
  ],
  RANGE: [
    plain,
    (builder, dtype) => {
      const numbers = [7, 1, -2].map((element) => builder.constant(dtype, [], [element]));
      return builder.node('RANGE', {}, numbers, { dtype });
    },
  ],
  ONE_HOT: [
    dtypes,
    (builder, dtype) => {
      const [on, off] = [0, 1].map(() => builder.input(dtype, [], scaled(dtype)));
      const inputs = [builder.input('int32', [2, 2]), builder.constant('int32', [], [3]), on, off];
      return builder.node('ONE_HOT', { axis: -1 }, inputs, { dtype, quantization: scaled(dtype) });
    },
  ],
  TOPK_V2: [
    [...number, 'int16'],
    (builder, dtype) => {
      const inputs = [builder.input(dtype, [2, 5], scaled(dtype)), builder.constant('int32', [], [2])];
      return builder.node('TOPK_V2', {}, inputs, { dtype, quantization: scaled(dtype) }, { dtype: 'int32' });
    },
  ],
  CUMSUM: [plain, unary('CUMSUM', { exclusive: false, reverse: true }, [2, 3], (b) => [b.constant('int32', [], [1])])],
  L2_NORMALIZATION: [real, fixed('L2_NORMALIZATION', none, 1 / 128, 128, 0)],
  QUANTIZE: [
    [...real16, 'int32'],
    (builder, dtype) => {
      const data = builder.input(dtype, [2, 3], dtype === 'int32' ? quantized(0.5) : scaled(dtype));
      return builder.node('QUANTIZE', {}, [data], { dtype: 'int8', quantization: quantized(1) });
    },
  ],
  DEQUANTIZE: [
    ['uint8', 'int8', 'int16'],
    (builder, dtype) => builder.node('DEQUANTIZE', {}, [builder.input(dtype, [2, 3], scaled(dtype))], { dtype: 'float32' }),
  ],
  FLOOR_DIV: [['float32', 'int32'], binary('FLOOR_DIV', {})],
  FLOOR_MOD: [plain, binary('FLOOR_MOD', {})],
  POW: [['float32', 'int32'], binary('POW', {})],
  SQUARED_DIFFERENCE: [['float32', 'int32', 'int8'], binary('SQUARED_DIFFERENCE', {})],
  SQRT: [['float32'], unary('SQRT', {}, [2, 3])],
  RSQRT: [['float32', 'int8', 'int16'], unary('RSQRT', {}, [2, 3])],
  EXP: [['float32', 'int8', 'int16'], unary('EXP', {}, [2, 3])],
  LOG: [['float32', 'int8', 'int16'], unary('LOG', {}, [2, 3])],
  SIN: [['float32'], unary('SIN', {}, [2, 3])],
  COS: [['float32'], unary('COS', {}, [2, 3])],
  SQUARE: [['float32'], unary('SQUARE', {}, [2, 3])],
  ABS: [['float32', 'int32', 'int8', 'int16'], unary('ABS', {}, [2, 3])],
  NEG: [plain, unary('NEG', {}, [2, 3])],
  SIGN: [['float32', 'int32'], unary('SIGN', {}, [2, 3])],
  FLOOR: [['float32'], unary('FLOOR', {}, [2, 3])],
  CEIL: [['float32'], unary('CEIL', {}, [2, 3])],
  ROUND: [['float32'], unary('ROUND', {}, [2, 3])],
  TFLite_Detection_PostProcess: [
    ['float32', 'uint8'],
    (builder, dtype) => {
      const [boxes, scores, anchors] = [
        [1, 5, 4],
        [1, 5, 3],
        [5, 4],
      ].map((shape) => builder.input(dtype, shape, scaled(dtype, 1 / 64)));
      const attributes = { ...detectionOptions, useRegularNms: true };
      const result = { dtype: 'float32' } as const;
      return builder.node('TFLite_Detection_PostProcess', attributes, [boxes, scores, anchors], result, result, result, result);
    },
  ],
  CUSTOM: [
    ['float32'],
    (builder, dtype) => {
      const inputs = [builder.input(dtype, [1, 3, 2], scaled(dtype)), builder.input(dtype, [1, 4, 4], scaled(dtype))];
      const options = customAttributes('TransformLandmarks', { version: 2, inputs: 2 });
      return builder.node('CUSTOM', options, inputs, { dtype, quantization: scaled(dtype) });
    },
  ],
};

/** The graph of one example. */
export function exampleGraph(type: OperatorType, dtype: DType): Graph {
  const builder = new GraphBuilder();
  return builder.outputs(...examples[type][1](builder, dtype));
}
