// Owns small valid models for tests of the file format and for mutation: between them they hold most kinds of objects and operators.
import type { DType, Graph, OperatorAttributes, OperatorType, Quantization } from '../../src/graph/graph';
import { convolution, GraphBuilder, perChannel, quantized, window } from './build';
import { flexMap } from './flex';

const ramp = (count: number, low: number) => Array.from({ length: count }, (_, i) => low + ((i * 37) % 97));

/** CONV_2D, dilated DEPTHWISE_CONV_2D, TRANSPOSE_CONV, pools, FULLY_CONNECTED and SOFTMAX over [1, 6, 6, 3]. */
export function convolutionModel(dtype: 'uint8' | 'int8'): Graph {
  const g = new GraphBuilder();
  const uint8 = dtype === 'uint8';
  const zero = uint8 ? 128 : 0;
  const weights = (shape: number[], axis: number) => {
    const channels = shape[axis];
    const scales = Array.from({ length: channels }, (_, i) => 0.01 + 0.001 * i);
    const quantization: Quantization = uint8 ? quantized(0.01, 120) : perChannel(scales, axis);
    return g.constant(dtype, shape, ramp(97, uint8 ? 60 : -48), quantization);
  };
  const bias = (count: number, inputScale: number) => {
    const scales = Array.from({ length: count }, (_, i) => Math.fround(inputScale) * Math.fround(0.01 + 0.001 * i));
    const quantization = uint8 ? quantized(Math.fround(inputScale) * Math.fround(0.01)) : perChannel(scales, 0);
    return g.constant('int32', [count], ramp(count, -40), quantization);
  };
  const activation = (shape: number[], scale: number) => ({ dtype, shape, quantization: quantized(scale, zero) });
  const input = g.input(dtype, [1, 6, 6, 3], { ...quantized(0.5, zero), min: [-64], max: [63.5] });
  const [a] = g.node(
    'CONV_2D',
    { ...convolution, padding: 'SAME', strideH: 2, activation: 'RELU6' },
    [input, weights([4, 3, 3, 3], 0), bias(4, 0.5)],
    activation([1, 3, 6, 4], 0.25),
  );
  const [b] = g.node(
    'DEPTHWISE_CONV_2D',
    { ...convolution, padding: 'SAME', dilationH: 2, dilationW: 2, depthMultiplier: 1 },
    [a, weights([1, 3, 3, 4], 3), bias(4, 0.25)],
    activation([1, 3, 6, 4], 0.5),
  );
  const pool = { ...window, filterH: 3, filterW: 2 };
  const [c] = g.node('AVERAGE_POOL_2D', pool, [b], activation([1, 1, 5, 4], 0.5));
  const [d] = g.node('MAX_POOL_2D', { ...pool, filterH: 1, strideW: 2 }, [c], activation([1, 1, 2, 4], 0.5));
  const [e] = g.node(
    'TRANSPOSE_CONV',
    { padding: 'SAME', strideH: 2, strideW: 2, activation: 'NONE' },
    [g.ints(1, 2, 4, 2), weights([2, 2, 2, 4], 0), d, bias(2, 0.5)],
    activation([1, 2, 4, 2], 0.5),
  );
  const [f] = g.node('RESHAPE', { newShape: [1, 16] }, [e, g.ints(1, 16)], activation([1, 16], 0.5));
  const [h] = g.node(
    'FULLY_CONNECTED',
    { activation: 'NONE', keepNumDims: false },
    [f, g.constant(dtype, [5, 16], ramp(97, uint8 ? 60 : -48), quantized(0.01, uint8 ? 120 : 0)), g.constant('int32', [5], ramp(5, -9))],
    activation([1, 5], 0.5),
  );
  const quantization = quantized(1 / 256, uint8 ? 0 : -128);
  const [output] = g.node('SOFTMAX', { beta: 1 }, [h], { dtype, shape: [1, 5], quantization });
  return g.outputs(output);
}

/** Binary and unary arithmetic over two inputs [1, 2, 3, 4], QUANTIZE and DEQUANTIZE around it. */
export function arithmeticModel(dtype: 'uint8' | 'int8'): Graph {
  const g = new GraphBuilder();
  const zero = dtype === 'uint8' ? 120 : -8;
  const shape = [1, 2, 3, 4];
  const result = { dtype, shape, quantization: quantized(0.05, zero) };
  const x = g.input('float32', shape);
  const y = g.input(dtype, shape, quantized(0.04, zero + 1));
  const none = { activation: 'NONE' } as const;
  let [z] = g.node('QUANTIZE', {}, [x], { ...result });
  [z] = g.node('ADD', { activation: 'RELU6' }, [z, y], { ...result });
  [z] = g.node('SUB', none, [y, z], { ...result });
  [z] = g.node('MUL', none, [z, g.constant(dtype, [4], [zero, zero + 20, zero - 10, zero + 5], quantized(0.1, zero))], { ...result });
  [z] = g.node('MAXIMUM', {}, [z, g.constant(dtype, [1], [zero], quantized(0.05, zero))], { ...result });
  [z] = g.node('LEAKY_RELU', { alpha: 0.25 }, [z], { ...result });
  [z] = g.node('PRELU', {}, [z, g.constant(dtype, [1, 1, 4], [zero, zero + 1], quantized(0.02, zero))], { ...result });
  [z] = g.node('HARD_SWISH', {}, [z], { ...result });
  [z] = g.node('RELU', {}, [z], { ...result });
  const unit = quantized(1 / 256, dtype === 'uint8' ? 0 : -128);
  const [p] = g.node('LOGISTIC', {}, [z], { dtype, shape, quantization: unit });
  const [m] = g.node('MEAN', { keepDims: true }, [p, g.ints(1, 2)], { dtype, shape: [1, 1, 1, 4], quantization: unit });
  const [d] = g.node('DEQUANTIZE', {}, [m], { dtype: 'float32', shape: [1, 1, 1, 4] });
  const [e] = g.node('DIV', none, [d, g.constant('float32', [], [3])], { dtype: 'float32', shape: [1, 1, 1, 4] });
  return g.outputs(e, z);
}

/** Operators that move codes, over [1, 4, 4, 2]; several outputs, omitted shapes, scalar operands, an int64 result. */
export function movementModel(dtype: 'uint8' | 'int8'): Graph {
  const g = new GraphBuilder();
  const value = (...shape: number[]) => ({ dtype, shape, quantization: quantized(0.5, 3) });
  const x = g.input(dtype, [1, 4, 4, 2], quantized(0.5, 3));
  const none = { activation: 'NONE' } as const;
  const [left, right] = g.node('SPLIT', { numSplits: 2 }, [g.constant('int32', [], [2]), x], value(1, 4, 2, 2), value(1, 4, 2, 2));
  const [joined] = g.node('CONCATENATION', { axis: 3, ...none }, [left, right], value(1, 4, 2, 4));
  const [padded] = g.node('PAD', {}, [joined, g.constant('int32', [4, 2], [0, 0, 1, 1, 0, 2, 0, 0])], value(1, 6, 4, 4));
  const mask = { beginMask: 1, endMask: 1, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };
  const [strided] = g.node('STRIDED_SLICE', mask, [padded, g.ints(0, 0, 0, 0), g.ints(0, 6, 4, 4), g.ints(1, 2, 1, 1)], value(1, 3, 4, 4));
  const [sliced] = g.node('SLICE', {}, [strided, g.ints(0, 1, 0, 0), g.ints(-1, 2, 4, -1)], value(1, 2, 4, 4));
  const [turned] = g.node('TRANSPOSE', {}, [sliced, g.ints(0, 2, 1, 3)], value(1, 4, 2, 4));
  const resize = { alignCorners: false, halfPixelCenters: true };
  const [bilinear] = g.node('RESIZE_BILINEAR', resize, [turned, g.ints(4, 4)], value(1, 4, 4, 4));
  const [spread] = g.node('DEPTH_TO_SPACE', { blockSize: 2 }, [bilinear], value(1, 8, 8, 1));
  const [rows, rest] = g.node('UNPACK', { num: 2, axis: 1 }, [sliced], value(1, 4, 4), value(1, 4, 4));
  const [packed] = g.node('PACK', { axis: 0, valuesCount: 2 }, [rows, rest], value(2, 1, 4, 4));
  const [squeezed] = g.node('SQUEEZE', { squeezeDims: [1] }, [packed], value(2, 4, 4));
  const [gathered] = g.node('GATHER', { axis: 1, batchDims: 0 }, [squeezed, g.ints(3, 0)], value(2, 2, 4));
  const [best] = g.node('ARG_MAX', { outputType: 'int64' }, [gathered, g.constant('int32', [], [-1])], { dtype: 'int64', shape: [2, 2] });
  return g.outputs(spread, gathered, best);
}

/**
 * Keeps the last three of its inputs [1, 1, 4] in `window`, and in `previous` the input before; outputs are the sums of the window over a
 * FULLY_CONNECTED, and the oldest input, which is the window as it was.
 */
export function streamingModel(): Graph {
  const g = new GraphBuilder();
  const scale = quantized(0.5, -3);
  const value = (...shape: number[]) => ({ dtype: 'int8' as const, shape, quantization: scale });
  const x = g.input('int8', [1, 1, 4], scale);
  const window = g.input('int8', [1, 3, 4], scale);
  const previous = g.input('int8', [1, 1, 4], scale);
  const [newest] = g.node('SLICE', {}, [window, g.ints(0, 1, 0), g.ints(1, 2, 4)], value(1, 2, 4));
  const [shifted] = g.node('CONCATENATION', { axis: 1, activation: 'NONE' }, [newest, x], value(1, 3, 4));
  const [flat] = g.node('RESHAPE', { newShape: [1, 12] }, [shifted, g.ints(1, 12)], value(1, 12));
  const weights = g.constant('int8', [2, 12], ramp(97, -48), quantized(0.01));
  const [sums] = g.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [flat, weights], value(1, 2));
  const [oldest] = g.node('RESHAPE', { newShape: [12] }, [window, g.ints(12)], value(12));
  const graph = g.outputs(sums, oldest, previous, shifted, x);
  graph.states = [
    { name: 'stream/window', input: window, output: shifted, initial: Int8Array.from({ length: 12 }, (_, i) => 5 * i - 20) },
    { name: 'stream/previous', input: previous, output: x },
  ];
  return graph;
}

/** One CONV_2D without bias with everything around it that a file can carry: signature, metadata, dynamic shape, shared data, labels. */
export function decoratedModel(): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 4, 4, 1]);
  input.shapeSignature = [-1, 4, 4, 1];
  input.name = 'Bild ä/漢字 🙂';
  const weights = g.constant('float32', [2, 3, 3, 1], [0.5, -1, 2]);
  const twin = g.value({ dtype: 'float32', shape: [2, 9] });
  twin.data = weights.data;
  g.value({ dtype: 'int8', shape: [3], isVariable: true });
  g.constant('int32', [0], []);
  g.constant('bool', [2], [1, 0]);
  g.constant('float16', [3], [15360, 0, 64512]);
  g.constant('int16', [2], [-32768, 32767], quantized(0.1));
  const [y] = g.node('CONV_2D', { ...convolution, activation: 'RELU' }, [input, weights, undefined], { dtype: 'float32' });
  const graph = g.outputs(y);
  graph.description = 'decorated';
  graph.signatures.push({ key: 'serving_default', inputs: [{ name: 'x', value: input }], outputs: [{ name: 'y', value: y }] });
  graph.metadata.push({ name: 'min_runtime_version', data: new TextEncoder().encode('1.5.0\0\0\0\0\0\0\0\0\0\0\0') });
  graph.metadata.push({ name: 'empty', data: new Uint8Array() });
  graph.trailer = storedZip('labels.txt', 'cat\ndog\n');
  return graph;
}

/** A zip archive of one uncompressed file, its offsets counted from its own start; the CRC is left 0, since no test extracts by it. */
export function storedZip(name: string, content: string): Uint8Array {
  const bytes = new Uint8Array(30 + name.length + content.length + 46 + name.length + 22);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => {
    bytes.set(new TextEncoder().encode(value), at);
  };
  const directory = 30 + name.length + content.length;
  const end = directory + 46 + name.length;
  for (const [header, sizes] of [
    [0, 18],
    [directory, directory + 20],
  ]) {
    view.setUint32(header, header === 0 ? 0x04034b50 : 0x02014b50, true);
    view.setUint32(sizes, content.length, true);
    view.setUint32(sizes + 4, content.length, true);
    view.setUint16(sizes + 8, name.length, true);
  }
  text(30, name);
  text(30 + name.length, content);
  text(directory + 46, name);
  view.setUint32(end, 0x06054b50, true);
  view.setUint16(end + 8, 1, true);
  view.setUint16(end + 10, 1, true);
  view.setUint32(end + 12, 46 + name.length, true);
  view.setUint32(end + 16, directory, true);
  return bytes;
}

/** FlexBuffer map { max_detections: 3 (int8), use_regular_nms: true (bool), y_scale: 10 (indirect float32) } in 60 bytes. */
export const detectionOptions = Uint8Array.from([
  ...Array.from('max_detections\0use_regular_nms\0y_scale\0', (c) => c.charCodeAt(0)),
  // Padding and the float at byte 40; then the keys: a count, and from byte 45 how far back each key starts.
  ...[0, 0, 0, 32, 65],
  ...[3, 45, 31, 16],
  // The map: keys 3 bytes back, 1 byte wide; a count; from byte 51 the values, then their types (type << 2 | width).
  ...[3, 1, 3],
  ...[3, 1, 13],
  ...[1 << 2, 26 << 2, (8 << 2) | 2],
  // The root: 6 bytes back, a map, 1 byte wide.
  ...[6, 9 << 2, 1],
]);

/** TFLite_Detection_PostProcess of 6 anchors and 2 classes with background. */
export function detectionModel(): Graph {
  const g = new GraphBuilder();
  const inputs = [g.input('float32', [1, 6, 4]), g.input('float32', [1, 6, 3]), g.constant('float32', [6, 4], [0.5, 0.25, 1, 2])];
  const numbers = {
    detectionsPerClass: 2,
    hScale: 5,
    maxClassesPerDetection: 1,
    maxDetections: 3,
    nmsIouThreshold: 0.5,
    nmsScoreThreshold: 0.25,
    numClasses: 2,
    wScale: 5,
    xScale: 10,
    yScale: 10,
  };
  const options = Object.entries(numbers).map(([name, value]) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value] as const);
  const attributes = { ...numbers, useRegularNms: false, customOptions: flexMap(options) };
  const float = { dtype: 'float32' } as const;
  return g.outputs(...g.node('TFLite_Detection_PostProcess', attributes, inputs, float, float, float, float));
}

/** Attributes other than the defaults for every operator; used on operands that fit no kernel. */
const everyAttribute: { [T in Exclude<OperatorType, 'TFLite_Detection_PostProcess' | 'CUSTOM'>]: OperatorAttributes[T] } = {
  CONV_2D: { padding: 'VALID', strideH: 2, strideW: 3, dilationH: 4, dilationW: 5, activation: 'RELU', quantizedBiasType: 'int64' },
  DEPTHWISE_CONV_2D: {
    padding: 'SAME',
    strideH: 2,
    strideW: 3,
    dilationH: 4,
    dilationW: 5,
    activation: 'RELU_N1_TO_1',
    depthMultiplier: 6,
  },
  TRANSPOSE_CONV: { padding: 'VALID', strideH: 2, strideW: 3, activation: 'RELU6', quantizedBiasType: 'int32' },
  FULLY_CONNECTED: { activation: 'SIGN_BIT', keepNumDims: true, quantizedBiasType: 'int64' },
  BATCH_MATMUL: { adjX: true, adjY: true },
  ADD: { activation: 'TANH', potScaleInt16: false },
  SUB: { activation: 'RELU', potScaleInt16: false },
  MUL: { activation: 'RELU' },
  DIV: { activation: 'RELU' },
  AVERAGE_POOL_2D: { padding: 'VALID', strideH: 1, strideW: 2, filterH: 3, filterW: 4, activation: 'RELU' },
  MAX_POOL_2D: { padding: 'SAME', strideH: 4, strideW: 3, filterH: 2, filterW: 1, activation: 'RELU6' },
  MEAN: { keepDims: true },
  SUM: { keepDims: true },
  REDUCE_MAX: { keepDims: true },
  REDUCE_MIN: { keepDims: true },
  REDUCE_PROD: { keepDims: true },
  REDUCE_ANY: { keepDims: true },
  REDUCE_ALL: { keepDims: true },
  SOFTMAX: { beta: 0.5 },
  LOG_SOFTMAX: {},
  LOGISTIC: {},
  TANH: {},
  HARD_SWISH: {},
  RELU: {},
  RELU6: {},
  RELU_N1_TO_1: {},
  RELU_0_TO_1: {},
  ELU: {},
  GELU: { approximate: true },
  LEAKY_RELU: { alpha: -0.25 },
  PRELU: {},
  CONCATENATION: { axis: -2, activation: 'RELU' },
  SPLIT: { numSplits: 2 },
  SPLIT_V: { numSplits: 3 },
  SLICE: {},
  STRIDED_SLICE: { beginMask: 1, endMask: 2, ellipsisMask: 4, newAxisMask: 8, shrinkAxisMask: 16, offset: true },
  PACK: { axis: -1, valuesCount: 2 },
  UNPACK: { axis: 3, num: 4 },
  PAD: {},
  PADV2: {},
  MIRROR_PAD: { mode: 'SYMMETRIC' },
  RESHAPE: { newShape: [-1, 7] },
  SQUEEZE: { squeezeDims: [1, -1] },
  EXPAND_DIMS: {},
  TRANSPOSE: {},
  TILE: {},
  BROADCAST_TO: {},
  REVERSE_V2: {},
  SPACE_TO_BATCH_ND: {},
  BATCH_TO_SPACE_ND: {},
  GATHER: { axis: -1, batchDims: 2 },
  GATHER_ND: {},
  SHAPE: { outType: 'int64' },
  CAST: {},
  RESIZE_BILINEAR: { alignCorners: true, halfPixelCenters: false },
  RESIZE_NEAREST_NEIGHBOR: { alignCorners: false, halfPixelCenters: true },
  SPACE_TO_DEPTH: { blockSize: 2 },
  DEPTH_TO_SPACE: { blockSize: 3 },
  ARG_MAX: { outputType: 'int32' },
  ARG_MIN: { outputType: 'int64' },
  MAXIMUM: {},
  MINIMUM: {},
  EQUAL: {},
  NOT_EQUAL: {},
  LESS: {},
  LESS_EQUAL: {},
  GREATER: {},
  GREATER_EQUAL: {},
  LOGICAL_AND: {},
  LOGICAL_OR: {},
  LOGICAL_NOT: {},
  SELECT: {},
  SELECT_V2: {},
  WHERE: {},
  FILL: {},
  RANGE: {},
  ONE_HOT: { axis: 2 },
  TOPK_V2: {},
  CUMSUM: { exclusive: true, reverse: true },
  L2_NORMALIZATION: { activation: 'RELU' },
  QUANTIZE: {},
  DEQUANTIZE: {},
  FLOOR_DIV: {},
  FLOOR_MOD: {},
  POW: {},
  SQUARED_DIFFERENCE: {},
  SQRT: {},
  RSQRT: {},
  EXP: {},
  LOG: {},
  SIN: {},
  COS: {},
  SQUARE: {},
  ABS: {},
  NEG: {},
  SIGN: {},
  FLOOR: {},
  CEIL: {},
  ROUND: {},
};

/** Every builtin operator once, on `dtype` operands of `rank` dimensions; well-formed as a file, not as a computation. */
export function everyOperator(dtype: DType, rank = 4): Graph {
  const g = new GraphBuilder();
  const shape = new Array(rank).fill(2);
  const input = g.input(dtype, shape);
  const outputs = Object.entries(everyAttribute).map(([type, attributes]) => {
    const inputs = [input, input, undefined, input];
    return g.node(type as OperatorType, attributes as never, inputs, { dtype, shape })[0];
  });
  return g.outputs(...outputs);
}
