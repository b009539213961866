// Tests that every operator validates in exactly the dtypes that the reference computes, on one small example each.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { DType, Graph, OperatorAttributes, OperatorType, Quantization, TensorData, Value } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate, runReference } from '../../src/reference/run';
import { convolution, detectionOptions, GraphBuilder, quantized, window } from '../support/build';

const dtypes: readonly DType[] = ['float32', 'int32', 'int64', 'uint8', 'int8', 'int16', 'bool'];
const real: readonly DType[] = ['float32', 'uint8', 'int8'];
const number: readonly DType[] = ['float32', 'int32', 'int64', 'uint8', 'int8'];

const codes = (dtype: DType): boolean => dtype === 'uint8' || dtype === 'int8' || dtype === 'int16';
const scaled = (dtype: DType, scale = 0.5, zeroPoint = 0): Quantization | undefined =>
  codes(dtype) ? quantized(scale, zeroPoint) : undefined;

/** Builds the graph of one operator whose data has this dtype. */
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

/** Like unary, with a fixed output scale and zero point per dtype. */
function fixed<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], scale: number, uint8: number, int8: number): Build {
  return (builder, dtype) => {
    const data = builder.input(dtype, [2, 3], scaled(dtype));
    return builder.node(type, attributes, [data], { dtype, quantization: scaled(dtype, scale, dtype === 'uint8' ? uint8 : int8) });
  };
}

function binary<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], scaleOfOutput = 1): Build {
  return (builder, dtype) => {
    const a = builder.input(dtype, [2, 3], scaled(dtype));
    const b = builder.input(dtype, [3], scaled(dtype));
    return builder.node(type, attributes, [a, b], { dtype, quantization: scaled(dtype, scaleOfOutput) });
  };
}

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
    const weights = builder.constant(dtype, filter, [1, 2, 3], scaled(dtype));
    const bias = builder.constant(codes(dtype) ? 'int32' : dtype, [channels], [7, -3], scaled(dtype, 0.25));
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

const examples: Record<OperatorType, [supported: readonly DType[], build: Build]> = {
  CONV_2D: [real, weighted('CONV_2D', convolution, image, [2, 3, 3, 2], 2)],
  DEPTHWISE_CONV_2D: [real, weighted('DEPTHWISE_CONV_2D', { ...convolution, depthMultiplier: 2 }, image, [1, 3, 3, 4], 4)],
  TRANSPOSE_CONV: [real, weighted('TRANSPOSE_CONV', window, image, [2, 3, 3, 2], 2, [1, 6, 6, 2])],
  FULLY_CONNECTED: [real, weighted('FULLY_CONNECTED', { ...none, keepNumDims: false }, image, [2, 32], 2)],
  ADD: [number, binary('ADD', none)],
  SUB: [number, binary('SUB', none)],
  MUL: [number, binary('MUL', none)],
  DIV: [['float32', 'int32', 'uint8', 'int8'], binary('DIV', none)],
  AVERAGE_POOL_2D: [real, unary('AVERAGE_POOL_2D', pool, image)],
  MAX_POOL_2D: [real, unary('MAX_POOL_2D', pool, image)],
  MEAN: [number, unary('MEAN', { keepDims: false }, image, (b) => [b.ints(1, 2)])],
  SUM: [number, unary('SUM', { keepDims: true }, image, (b) => [b.ints(-1)])],
  SOFTMAX: [real, fixed('SOFTMAX', { beta: 1 }, 1 / 256, 0, -128)],
  LOGISTIC: [real, fixed('LOGISTIC', {}, 1 / 256, 0, -128)],
  TANH: [real, fixed('TANH', {}, 1 / 128, 128, 0)],
  HARD_SWISH: [real, fixed('HARD_SWISH', {}, 0.5, 0, 0)],
  RELU: [real, fixed('RELU', {}, 0.25, 3, 3)],
  RELU6: [real, fixed('RELU6', {}, 0.25, 3, 3)],
  RELU_N1_TO_1: [real, fixed('RELU_N1_TO_1', {}, 0.25, 3, 3)],
  LEAKY_RELU: [real, fixed('LEAKY_RELU', { alpha: 0.25 }, 0.25, 3, 3)],
  PRELU: [real, binary('PRELU', {})],
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
  GATHER: [dtypes, unary('GATHER', { axis: 1, batchDims: 0 }, [2, 3], (b) => [b.ints(2, 0)])],
  GATHER_ND: [dtypes, unary('GATHER_ND', {}, [2, 3], (b) => [b.constant('int32', [2, 2], [1, 2, 0, 0])])],
  SHAPE: [dtypes, (builder, dtype) => builder.node('SHAPE', { outType: 'int64' }, [builder.input(dtype, [2, 3])], { dtype: 'int64' })],
  CAST: [dtypes, (builder, dtype) => builder.node('CAST', {}, [builder.input(dtype, [2, 3])], { dtype: 'float32' })],
  RESIZE_BILINEAR: [real, unary('RESIZE_BILINEAR', resize, image, (b) => [b.ints(7, 3)])],
  RESIZE_NEAREST_NEIGHBOR: [real, unary('RESIZE_NEAREST_NEIGHBOR', resize, image, (b) => [b.ints(7, 3)])],
  SPACE_TO_DEPTH: [number, unary('SPACE_TO_DEPTH', { blockSize: 2 }, image)],
  DEPTH_TO_SPACE: [number, unary('DEPTH_TO_SPACE', { blockSize: 2 }, [1, 2, 2, 8])],
  ARG_MAX: [[...number, 'bool'], toIndex('ARG_MAX')],
  ARG_MIN: [[...number, 'bool'], toIndex('ARG_MIN')],
  MAXIMUM: [number, binary('MAXIMUM', {}, 0.5)],
  MINIMUM: [number, binary('MINIMUM', {}, 0.5)],
  L2_NORMALIZATION: [real, fixed('L2_NORMALIZATION', none, 1 / 128, 128, 0)],
  QUANTIZE: [
    [...real, 'int16'],
    (builder, dtype) =>
      builder.node('QUANTIZE', {}, [builder.input(dtype, [2, 3], scaled(dtype))], { dtype: 'int8', quantization: quantized(1) }),
  ],
  DEQUANTIZE: [
    ['uint8', 'int8', 'int16'],
    (builder, dtype) => builder.node('DEQUANTIZE', {}, [builder.input(dtype, [2, 3], scaled(dtype))], { dtype: 'float32' }),
  ],
  FLOOR_DIV: [['float32', 'int32'], binary('FLOOR_DIV', {})],
  SQRT: [['float32'], unary('SQRT', {}, [2, 3])],
  RSQRT: [['float32', 'int8'], unary('RSQRT', {}, [2, 3])],
  EXP: [['float32', 'int8'], unary('EXP', {}, [2, 3])],
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
};

/** Small positive elements, so that every operator is defined on them. */
function sample(value: Value): TensorData {
  const data = allocate(value.dtype, elementCount(value.shape));
  for (let i = 0; i < data.length; i++) {
    const element = value.dtype === 'bool' ? i & 1 : 1 + (i % 7);
    data[i] = value.dtype === 'int64' ? BigInt(element) : element;
  }
  return data;
}

function graphOf(build: Build, dtype: DType): Graph {
  const builder = new GraphBuilder();
  return builder.outputs(...build(builder, dtype));
}

for (const [type, [supported, build]] of Object.entries(examples)) {
  test(`${type}: ${supported} validate and run in the reference, other dtypes are refused`, () => {
    for (const dtype of dtypes) {
      const graph = graphOf(build, dtype);
      if (!supported.includes(dtype)) {
        assert.throws(
          () => validate(graph, { evaluate }),
          (error: unknown) => error instanceof ModelError && error.code === 'bad-dtype',
          dtype,
        );
        continue;
      }
      validate(graph, { evaluate });
      try {
        runReference(graph, graph.inputs.map(sample));
      } catch (error) {
        assert.unreachable(`${dtype}: ${error}`);
      }
    }
  });
}

test.run();
