// Owns hostile families of small files that describe large tensors: folding of every operator, and steps of a run that copy or enlarge.
import type { DType, OperatorAttributes, OperatorType } from '../../../src/graph/graph';
import { flexMap } from '../../support/flex';
import type { Ref } from '../flat';
import { type ModelFile, share } from '../model-file';
import type { Kind } from './family';

const mostNodes = 4000;
/** Bytes of the tensor that nodes read: as much as the default limits fold, and as much as maxBytes 1 MB could hold. */
const volumes = [2 ** 24, 2 ** 20];
const elementBytes: Partial<Record<DType, number>> = { int8: 1, uint8: 1, float32: 4, int32: 4, int64: 8, int16: 2, bool: 1 };

/** What one node reads beside the large tensor `x` of shape [1, 64, side, 16], and writes. */
interface Case<T extends OperatorType> {
  readonly type: T;
  readonly dtypes?: readonly DType[];
  readonly inputs?: (file: ModelFile, x: number, shape: readonly number[], dtype: DType) => number[];
  readonly attributes?: Partial<OperatorAttributes[T]> | ((shape: readonly number[]) => Partial<OperatorAttributes[T]>);
  readonly output?: (file: ModelFile, dtype: DType) => Ref;
  /** Outputs, if several; `second`: all but the first, where they differ from it. */
  readonly outputs?: number;
  readonly second?: (file: ModelFile, dtype: DType) => Ref;
}

const one = <T extends OperatorType>(part: Case<T>) => part as unknown as Case<OperatorType>;
const twice = (_: ModelFile, x: number) => [x, x];
const real: readonly DType[] = ['int8', 'float32'];
const every: readonly DType[] = ['int8', 'float32', 'int64'];
const operand =
  (...values: number[]) =>
  (file: ModelFile, x: number) => [x, file.int32s(...values)];
const window = { padding: 'SAME', strideW: 1, strideH: 1 } as const;
const scaled = (scale: number, zeroPoint: number) => (file: ModelFile, dtype: DType) =>
  file.tensorTable({ dtype, quantization: file.quantized(scale, zeroPoint) });
const as = (dtype: DType) => (file: ModelFile) => file.stepOutput(dtype);
const paddings = (file: ModelFile, x: number) => [x, file.constant('int32', Int32Array.of(0, 0, 1, 1, 1, 1, 0, 0), [4, 2])];
const blockAmounts = (file: ModelFile) => file.constant('int32', new Int32Array(4), [2, 2]);
/** A scalar constant. */
function single(file: ModelFile, dtype: DType, value = 0): number {
  if (dtype === 'int64') return file.constant(dtype, BigInt64Array.of(BigInt(value)), []);
  if (dtype === 'float32') return file.constant(dtype, Float32Array.of(value), []);
  return dtype === 'int8'
    ? file.constant(dtype, Int8Array.of(value), [], file.quantized())
    : file.constant(dtype, Int32Array.of(value), []);
}
const filter = (shape: readonly number[]) => (file: ModelFile, dtype: DType) => {
  const count = shape.reduce((product, n) => product * n, 1);
  return dtype === 'float32'
    ? file.constant('float32', new Float32Array(count), shape)
    : file.constant('int8', new Int8Array(count), shape, file.quantized(0.01, 0));
};
const convolution = { ...window, dilationW: 1, dilationH: 1 };

const cases: readonly Case<OperatorType>[] = [
  ...(['ADD', 'SUB', 'MUL', 'DIV', 'MAXIMUM', 'MINIMUM'] as const).map((type) => one({ type, dtypes: real, inputs: twice })),
  one({ type: 'ADD', dtypes: ['int64', 'int32'], inputs: twice }),
  ...(['FLOOR_DIV', 'FLOOR_MOD'] as const).map((type) =>
    one({
      type,
      dtypes: ['float32', 'int32'],
      inputs: (file, x, _, dtype) => [x, file.constant(dtype, dtype === 'int32' ? Int32Array.of(2) : Float32Array.of(2))],
    }),
  ),
  one({ type: 'PRELU', dtypes: real, inputs: twice }),
  ...(['HARD_SWISH', 'RELU', 'RELU6', 'RELU_N1_TO_1', 'RELU_0_TO_1', 'EXP', 'LOG', 'ELU', 'ABS', 'RSQRT'] as const).map((type) =>
    one({ type, dtypes: type === 'RSQRT' ? ['float32'] : real }),
  ),
  ...[false, true].map((approximate) => one({ type: 'GELU', dtypes: real, attributes: { approximate } })),
  ...(['SIN', 'COS', 'SQUARE', 'SIGN', 'FLOOR', 'CEIL', 'ROUND'] as const).map((type) => one({ type, dtypes: ['float32'] })),
  one({ type: 'NEG', dtypes: ['float32', 'int64'] }),
  one({ type: 'LOG_SOFTMAX', dtypes: real, output: scaled(1 / 16, 127) }),
  ...(['REDUCE_MAX', 'REDUCE_MIN'] as const).map((type) =>
    one({ type, dtypes: every, inputs: operand(1, 2), attributes: { keepDims: true } }),
  ),
  one({ type: 'REDUCE_PROD', dtypes: ['float32', 'int64'], inputs: operand(3), attributes: { keepDims: true } }),
  ...(['REDUCE_ANY', 'REDUCE_ALL'] as const).map((type) =>
    one({ type, dtypes: ['bool'], inputs: operand(1, 2), attributes: { keepDims: true } }),
  ),
  ...(['POW', 'SQUARED_DIFFERENCE'] as const).map((type) => one({ type, dtypes: ['float32', 'int32'], inputs: twice })),
  one({ type: 'SQUARED_DIFFERENCE', inputs: twice }),
  one({ type: 'EQUAL', dtypes: every, inputs: twice, output: as('bool') }),
  one({ type: 'LESS', dtypes: every, inputs: twice, output: as('bool') }),
  one({ type: 'LOGICAL_OR', dtypes: ['bool'], inputs: twice }),
  one({ type: 'LOGICAL_NOT', dtypes: ['bool'] }),
  ...(['SELECT', 'SELECT_V2'] as const).map((type) =>
    one({ type, dtypes: every, inputs: (file, x) => [file.constant('bool', Uint8Array.of(1), []), x, x] }),
  ),
  one({ type: 'FILL', dtypes: every, inputs: (file, _, shape, dtype) => [file.int32s(...shape), single(file, dtype)] }),
  one({ type: 'RANGE', dtypes: ['int32'], inputs: (file, _, shape) => [0, shape[2] * 1024, 1].map((n) => single(file, 'int32', n)) }),
  one({
    type: 'ONE_HOT',
    dtypes: ['int32', 'int64'],
    attributes: { axis: -1 },
    inputs: (file, x) => [x, single(file, 'int32', 1), single(file, 'int8'), single(file, 'int8')],
    output: as('int8'),
  }),
  one({ type: 'TOPK_V2', dtypes: ['int8', 'float32', 'int64'], inputs: operand(1), outputs: 2, second: as('int32') }),
  one({ type: 'CUMSUM', dtypes: ['float32', 'int64'], inputs: operand(2), attributes: { reverse: true } }),
  one({ type: 'REVERSE_V2', dtypes: every, inputs: operand(3) }),
  one({ type: 'BROADCAST_TO', dtypes: every, inputs: (file, x, shape) => [x, file.int32s(...shape)] }),
  one({ type: 'SPACE_TO_BATCH_ND', dtypes: every, inputs: (file, x) => [x, file.int32s(2, 1), blockAmounts(file)] }),
  one({ type: 'BATCH_TO_SPACE_ND', dtypes: every, inputs: (file, x) => [x, file.int32s(1, 1), blockAmounts(file)] }),
  one({ type: 'SQRT', dtypes: ['float32'] }),
  one({ type: 'LOGISTIC', dtypes: real, output: scaled(1 / 256, -128) }),
  one({ type: 'TANH', dtypes: real, output: scaled(1 / 128, 0) }),
  one({ type: 'LEAKY_RELU', dtypes: real, attributes: { alpha: 0.5 } }),
  one({ type: 'SOFTMAX', dtypes: real, attributes: { beta: 1 }, output: scaled(1 / 256, -128) }),
  one({ type: 'L2_NORMALIZATION', dtypes: real, output: scaled(1 / 128, 0) }),
  one({ type: 'QUANTIZE', dtypes: real, output: as('uint8') }),
  one({ type: 'DEQUANTIZE', output: as('float32') }),
  one({ type: 'CAST', dtypes: every, output: as('float32') }),
  one({ type: 'CAST', dtypes: ['int8', 'int64'], output: as('int64') }),
  one({ type: 'SHAPE', attributes: { outType: 'int32' }, output: as('int32') }),
  one({ type: 'AVERAGE_POOL_2D', dtypes: real, attributes: { ...window, filterW: 3, filterH: 3 } }),
  one({ type: 'MAX_POOL_2D', dtypes: real, attributes: { ...window, filterW: 3, filterH: 3 } }),
  one({ type: 'MEAN', dtypes: every, inputs: operand(1, 2), attributes: { keepDims: true } }),
  one({ type: 'SUM', dtypes: every, inputs: operand(3), attributes: { keepDims: true } }),
  one({ type: 'CONCATENATION', dtypes: every, inputs: twice, attributes: { axis: 3 } }),
  one({ type: 'PACK', dtypes: every, inputs: twice, attributes: { axis: 4, valuesCount: 2 } }),
  one({ type: 'SPLIT', dtypes: every, inputs: (file, x) => [file.int32s(3), x], attributes: { numSplits: 16 }, outputs: 16 }),
  one({
    type: 'SPLIT_V',
    dtypes: real,
    inputs: (file, x) => [x, file.int32s(8, 8), file.int32s(3)],
    attributes: { numSplits: 2 },
    outputs: 2,
  }),
  one({ type: 'UNPACK', dtypes: every, attributes: { num: 16, axis: 3 }, outputs: 16 }),
  one({ type: 'SLICE', dtypes: every, inputs: (file, x) => [x, file.int32s(0, 0, 0, 1), file.int32s(-1, -1, -1, -1)] }),
  one({
    type: 'STRIDED_SLICE',
    dtypes: every,
    inputs: (file, x, shape) => [x, file.int32s(0, 0, 0, 0), file.int32s(...shape), file.int32s(1, 1, 1, 2)],
    attributes: {},
  }),
  one({ type: 'PAD', dtypes: every, inputs: paddings }),
  one({
    type: 'PADV2',
    dtypes: real,
    inputs: (file, x, _, dtype) => [
      ...paddings(file, x),
      dtype === 'int8' ? file.constant('int8', new Int8Array(1), [1], file.quantized()) : file.constant('float32', new Float32Array(1)),
    ],
  }),
  one({ type: 'MIRROR_PAD', dtypes: every, inputs: paddings, attributes: { mode: 'REFLECT' } }),
  one({ type: 'RESHAPE', dtypes: every, inputs: operand(-1) }),
  one({ type: 'SQUEEZE', dtypes: real, attributes: { squeezeDims: [] } }),
  one({ type: 'EXPAND_DIMS', dtypes: real, inputs: operand(0) }),
  one({ type: 'TRANSPOSE', dtypes: every, inputs: operand(3, 2, 1, 0) }),
  one({ type: 'TILE', dtypes: every, inputs: operand(1, 1, 1, 1) }),
  one({ type: 'GATHER', dtypes: every, inputs: operand(...new Array(16).fill(0)), attributes: { axis: 3 } }),
  one({ type: 'GATHER_ND', dtypes: real, inputs: (file, x) => [x, file.constant('int32', Int32Array.of(0), [1, 1])] }),
  one({
    type: 'RESIZE_BILINEAR',
    dtypes: real,
    inputs: (file, x, shape) => [x, file.int32s(shape[1], shape[2])],
    attributes: { halfPixelCenters: true },
  }),
  one({ type: 'RESIZE_NEAREST_NEIGHBOR', dtypes: real, inputs: (file, x, shape) => [x, file.int32s(shape[1], shape[2])] }),
  one({ type: 'SPACE_TO_DEPTH', dtypes: every, attributes: { blockSize: 2 } }),
  one({ type: 'DEPTH_TO_SPACE', dtypes: every, attributes: { blockSize: 4 } }),
  one({ type: 'ARG_MAX', dtypes: every, inputs: operand(3), attributes: { outputType: 'int32' }, output: as('int32') }),
  one({ type: 'ARG_MIN', dtypes: real, inputs: operand(1), attributes: { outputType: 'int64' }, output: as('int64') }),
  one({ type: 'CONV_2D', dtypes: real, inputs: (file, x, _, dtype) => [x, filter([4, 1, 1, 16])(file, dtype)], attributes: convolution }),
  one({
    type: 'DEPTHWISE_CONV_2D',
    dtypes: real,
    inputs: (file, x, _, dtype) => [x, filter([1, 3, 3, 16])(file, dtype)],
    attributes: { ...convolution, depthMultiplier: 1 },
  }),
  one({
    type: 'FULLY_CONNECTED',
    dtypes: real,
    inputs: (file, x, _, dtype) => [x, filter([4, 16])(file, dtype)],
    attributes: { keepNumDims: true },
  }),
  one({
    type: 'BATCH_MATMUL',
    dtypes: real,
    inputs: (file, x, _, dtype) => [x, filter([4, 16])(file, dtype)],
    attributes: { adjY: true },
  }),
  one({
    type: 'TRANSPOSE_CONV',
    dtypes: real,
    inputs: (file, x, shape, dtype) => [file.int32s(1, shape[1], shape[2], 1), filter([1, 1, 1, 16])(file, dtype), x],
    attributes: window,
  }),
];

/** A tensor of `bytes` bytes from one element, as constant or from the graph's input. */
function large(file: ModelFile, dtype: DType, bytes: number, isConstant: boolean): { x: number; shape: number[] } {
  const size = elementBytes[dtype]!;
  const shape = [1, 64, bytes / size / 1024, 16];
  const elements = new Uint8Array(size);
  elements[size - 1] = dtype === 'float32' ? 0x3f : 0;
  const quantization = file.quantized();
  const seed = isConstant
    ? file.tensor({ dtype, shape: [1, 1, 1, 1], buffer: file.buffer(elements), quantization })
    : file.input([1, 1, 1, 1], dtype);
  return { x: file.step('TILE', [seed, file.int32s(...shape)], {}, file.stepOutput(dtype)), shape };
}

/** `count` nodes that read one large tensor: constants are folded, others run. */
function growth(
  { type, inputs, attributes = {}, output, outputs = 1, second }: Case<OperatorType>,
  dtype: DType,
  bytes: number,
  isConstant: boolean,
): Kind {
  return {
    name: `${isConstant ? 'fold' : 'run'} ${type} ${dtype} ${bytes / 2 ** 20} MB`,
    sharings: ['all'],
    mostCount: mostNodes,
    mostLength: 1,
    build(file, count) {
      if (isConstant) file.plain();
      const { x, shape } = large(file, dtype, bytes, isConstant);
      const members = inputs?.(file, x, shape, dtype) ?? [x];
      const table = output?.(file, dtype) ?? file.stepOutput(dtype);
      const others = second?.(file, dtype) ?? table;
      const options = file.options(type, typeof attributes === 'function' ? attributes(shape) : attributes);
      for (let i = 0; i < count; i++) {
        const results = Array.from({ length: outputs }, (_, k) => file.add(k === 0 ? table : others));
        file.node(type, members, results, options);
        if (!isConstant) file.outputs.push(results[0]);
      }
    },
  };
}

/** One after the other, each node reading what the last one wrote. */
function foldedChain(type: 'ADD' | 'DIV' | 'TRANSPOSE' | 'MUL', dtype: DType, bytes: number): Kind {
  return {
    name: `fold chain ${type} ${dtype} ${bytes / 2 ** 20} MB`,
    sharings: ['none'],
    mostCount: mostNodes,
    mostLength: 1,
    build(file, count) {
      file.plain();
      let { x } = large(file, dtype, bytes, true);
      const order = file.int32s(0, 2, 1, 3);
      for (let i = 0; i < count; i++) x = file.step(type, type === 'TRANSPOSE' ? [x, order] : [x, x], {}, file.stepOutput(dtype));
    },
  };
}

/** TRANSPOSE of six short axes, the dearest per element. */
const transposeOfSix: Kind = {
  name: 'fold TRANSPOSE of 6 axes',
  sharings: ['none'],
  mostCount: mostNodes,
  mostLength: 1,
  build(file, count) {
    file.plain();
    const seed = file.constant('int8', new Int8Array(1), [1, 1, 1, 1, 1, 1], file.quantized());
    const x = file.step('TILE', [seed, file.int32s(16, 16, 16, 16, 16, 16)]);
    const order = file.int32s(5, 4, 3, 2, 1, 0);
    for (let i = 0; i < count; i++) file.step('TRANSPOSE', [x, order]);
  },
};

/** Two constants that broadcast to `side` squared elements; one of them lies in the file. */
function broadcast(type: 'ADD' | 'DIV' | 'MAXIMUM', side: number, isConstant: boolean): Kind {
  return {
    name: `${isConstant ? 'fold' : 'run'} broadcast ${type} ${side}`,
    sharings: ['none'],
    mostCount: mostNodes,
    mostLength: 1,
    build(file, count) {
      if (isConstant) file.plain();
      const seed = isConstant ? file.constant('int8', new Int8Array(1), [1, 1], file.quantized()) : file.input([1, 1]);
      const row = file.step('TILE', [seed, file.int32s(1, side)]);
      const column = file.step('TILE', [seed, file.int32s(side, 1)]);
      for (let i = 0; i < count; i++) {
        const result = file.step(type, [row, column]);
        if (!isConstant) file.outputs.push(result);
      }
    },
  };
}

/** DEQUANTIZE of constants that lie in the file. */
function dequantize(isLive: boolean): Kind {
  return {
    name: `${isLive ? 'live ' : ''}dequantize`,
    mostCount: mostNodes,
    build(file, count, length, sharing) {
      file.plain();
      const constant = share(sharing, length, (n) => file.constant('int8', new Int8Array(n), [n], file.quantized()));
      for (let i = 0; i < count; i++) {
        const result = file.step('DEQUANTIZE', [constant(i)], {}, file.stepOutput('float32'));
        if (isLive) file.outputs.push(result);
      }
    },
  };
}

/** A node on constants that lie in the file, folded for each of its references. */
function foldOfFile(type: 'DIV' | 'TRANSPOSE' | 'CONCATENATION'): Kind {
  return {
    name: `fold ${type} of the file`,
    mostCount: mostNodes,
    build(file, count, length, sharing) {
      file.plain();
      const constant = share(sharing, length, (n) => file.constant('int8', new Int8Array(n), [1, n], file.quantized()));
      const order = file.int32s(1, 0);
      for (let i = 0; i < count; i++) {
        const x = constant(i);
        file.step(type, type === 'TRANSPOSE' ? [x, order] : [x, x], type === 'CONCATENATION' ? { axis: 1 } : {});
      }
    },
  };
}

/** Detections among `boxes` boxes; options that make suppression expensive. */
function detections(boxes: number): Kind {
  return {
    name: `detections ${boxes}`,
    sharings: ['none'],
    mostCount: mostNodes,
    mostLength: 1,
    build(file, count) {
      const anchor = file.input([1, 1, 4], 'float32');
      const encodings = file.step('TILE', [anchor, file.int32s(1, boxes, 1)], {}, file.stepOutput('float32'));
      const score = file.step('TILE', [file.input([1, 1, 1], 'float32'), file.int32s(1, boxes, 1)], {}, file.stepOutput('float32'));
      const anchors = file.constant('float32', new Float32Array(4 * boxes).fill(1), [boxes, 4]);
      const options = file.flat.vector(detectionOptions(boxes));
      for (let i = 0; i < count; i++) {
        const outputs = [0, 1, 2, 3].map(() => file.add(file.stepOutput('float32')));
        file.node('TFLite_Detection_PostProcess', [encodings, score, anchors], outputs, undefined, options);
        file.outputs.push(outputs[0]);
      }
    },
  };
}

function detectionOptions(boxes: number): Uint8Array {
  const ones = ['h_scale', 'max_classes_per_detection', 'num_classes', 'w_scale', 'x_scale', 'y_scale', 'nms_iou_threshold'];
  const numbers = [...ones.map((key) => [key, 1] as const), ['max_detections', boxes] as const, ['nms_score_threshold', -1] as const];
  return flexMap(numbers.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const copies: readonly OperatorType[] = [
  'ADD',
  'TILE',
  'RESIZE_BILINEAR',
  'GATHER',
  'PAD',
  'TRANSPOSE',
  'CONCATENATION',
  'SOFTMAX',
  'DIV',
  'EXP',
  'CAST',
];

export const growthKinds: readonly Kind[] = [
  ...volumes.flatMap((bytes) => cases.flatMap((part) => (part.dtypes ?? ['int8']).map((dtype) => growth(part, dtype, bytes, true)))),
  ...cases
    .filter(({ type }) => copies.includes(type))
    .flatMap((part) => (part.dtypes ?? ['int8']).filter((dtype) => dtype !== 'int64').map((dtype) => growth(part, dtype, 2 ** 20, false))),
  foldedChain('ADD', 'int8', 2 ** 24),
  foldedChain('DIV', 'int8', 2 ** 20),
  foldedChain('MUL', 'float32', 2 ** 24),
  foldedChain('TRANSPOSE', 'int8', 2 ** 24),
  transposeOfSix,
  ...([4096, 1024] as const).flatMap((side) => [
    broadcast('ADD', side, true),
    broadcast('DIV', side, true),
    broadcast('MAXIMUM', side, false),
  ]),
  dequantize(false),
  dequantize(true),
  foldOfFile('DIV'),
  foldOfFile('TRANSPOSE'),
  foldOfFile('CONCATENATION'),
  detections(64),
  detections(4096),
];
