// Tests operators one by one beside stock TensorFlow Lite (tfjs-tflite): codes within one of its rounding, floats to about 1e-6.
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type PeerModel, peerPath } from '../../bench/peers/peer';
import { createTfjsTflite } from '../../bench/peers/tfjs-tflite';
import { loadSync } from '../../src/float';
import type { DType, Graph, OperatorAttributes, OperatorType, TensorData, Value } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate } from '../../src/reference/run';
import { writeModel } from '../../src/tflite';
import { GraphBuilder, perChannel, quantized } from '../support/build';
import { Random } from '../support/random';
import { formats, sparseElements, sparseModel } from '../support/sparse';

const isInstalled = existsSync(peerPath('@tensorflow/tfjs-tflite'));
if (!isInstalled) console.log('skipped, bench/peers is not installed (npm ci --prefix bench/peers): operators beside stock TFLite');

interface Comparison {
  /** Reals of float and int32 inputs; default -4 to 4. */
  readonly low?: number;
  readonly high?: number;
  /** Of floats, relative to their magnitude or to 1; of codes and integers, their difference. Default 1e-6 and 0. */
  readonly tolerance?: number;
}

function randomInput({ dtype, shape }: Pick<Value, 'dtype' | 'shape'>, random: Random, { low = -4, high = 4 }: Comparison): TensorData {
  const data = allocate(dtype, elementCount(shape));
  const element = (): number => {
    if (dtype === 'float32') return low + (high - low) * random.real();
    if (dtype === 'int32') return random.integer(low, high);
    if (dtype === 'int16') return random.pick([random.integer(-32768, 32767), random.integer(-999, 999), -32768, 32767]);
    return dtype === 'bool' ? random.integer(0, 1) : random.integer(0, 255);
  };
  for (let i = 0; i < data.length; i++) data[i] = element();
  return data;
}

function distance(a: number, b: number, isFloat: boolean): number {
  if (Object.is(a, b) || a === b) return 0;
  return isFloat ? Math.abs(a - b) / Math.max(1, Math.abs(b)) : Math.abs(a - b);
}

/** Runs a graph of one operator in both engines on the same random inputs. */
function beside(name: string, make: (b: GraphBuilder) => Value[], comparison: Comparison = {}): void {
  const write = () => {
    const builder = new GraphBuilder();
    const graph: Graph = builder.outputs(...make(builder));
    validate(graph, { evaluate });
    return writeModel(graph);
  };
  fileBeside(name, write, comparison);
}

function fileBeside(name: string, make: () => Uint8Array, comparison: Comparison = {}): void {
  const run = async () => {
    const file = make();
    const stock: PeerModel = await createTfjsTflite().load(file);
    const model = loadSync(file);
    const random = new Random(11);
    for (let round = 0; round < 3; round++) {
      model.inputs.forEach((tensor, i) => {
        const data = randomInput(tensor, random, comparison) as Int32Array;
        (tensor.data as Int32Array).set(data);
        (stock.inputs[i].data() as Int32Array).set(data);
      });
      model.run();
      await stock.run();
      model.outputs.forEach((tensor, i) => {
        const theirs = stock.outputs[i].data();
        const isFloat = tensor.dtype === 'float32';
        assert.is(tensor.data.length, theirs.length);
        tensor.data.forEach((element: number | bigint, k: number) => {
          const far = distance(Number(element), Number(theirs[k]), isFloat);
          assert.ok(
            !(far > (comparison.tolerance ?? (isFloat ? 1e-6 : 0))),
            `output ${i}, element ${k} is ${element}, stock has ${theirs[k]}`,
          );
        });
      });
    }
  };
  if (isInstalled) test(name, run);
  else test.skip(name, () => {});
}

const codes = ['int8', 'uint8'] as const;
const zeroOf = (dtype: DType, zeroPoint: number) => (dtype === 'uint8' ? zeroPoint + 128 : zeroPoint);
const of = (dtype: DType, scale = 0.05, zeroPoint = 3) =>
  dtype === 'int8' || dtype === 'uint8' ? quantized(scale, zeroOf(dtype, zeroPoint)) : undefined;
const image = [2, 3, 4, 5];

/** An operator on one data input and constant operands, whose output has the input's quantization unless another is given. */
function onOne<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  dtype: DType,
  shape: readonly number[],
  operands: (b: GraphBuilder) => Value[] = () => [],
  output = of(dtype),
) {
  return (b: GraphBuilder) => b.node(type, attributes, [b.input(dtype, shape, of(dtype)), ...operands(b)], { dtype, quantization: output });
}

function onTwo(type: OperatorType, dtype: DType, a: readonly number[], b: readonly number[], result: DType = dtype) {
  return (builder: GraphBuilder) => {
    const inputs = [builder.input(dtype, a, of(dtype)), builder.input(dtype, b, of(dtype, 0.03, -5))];
    return builder.node(type, {} as never, inputs, { dtype: result, quantization: of(result, 0.1, -20) });
  };
}

for (const type of ['SIN', 'COS', 'SQUARE', 'NEG', 'ABS', 'FLOOR', 'CEIL', 'ROUND', 'RELU_0_TO_1', 'ELU', 'EXP', 'SIGN'] as const) {
  beside(`${type} float32`, onOne(type, {}, 'float32', image));
}
beside('LOG float32', onOne('LOG', {}, 'float32', image), { low: 1e-3, high: 20 });
beside('NEG int32', onOne('NEG', {}, 'int32', image));
beside('LOGICAL_NOT', onOne('LOGICAL_NOT', {}, 'bool', image));
beside('ABS int8', onOne('ABS', {}, 'int8', image, undefined, quantized(0.05, -128)));
beside('ABS int8 to another scale', onOne('ABS', {}, 'int8', image, undefined, quantized(0.03, -128)));
beside('ELU int8', onOne('ELU', {}, 'int8', image, undefined, quantized(0.03, -90)));
for (const dtype of ['float32', ...codes] as const) {
  for (const approximate of [false, true]) {
    beside(`GELU ${dtype} ${approximate}`, onOne('GELU', { approximate }, dtype, image, undefined, of(dtype, 0.03, -100)));
  }
  beside(`RELU_0_TO_1 ${dtype}`, onOne('RELU_0_TO_1', {}, dtype, image, undefined, of(dtype, 0.01, -50)));
  beside(`LOG_SOFTMAX ${dtype}`, onOne('LOG_SOFTMAX', {}, dtype, [6, 17], undefined, of(dtype, 1 / 16, 127)));
}

const broadcasts = [
  [image, image],
  [image, [5]],
  [
    [1, 3, 1, 5],
    [2, 1, 4, 1],
  ],
];
for (const [a, b] of broadcasts) {
  for (const dtype of ['float32', 'int32', 'int8'] as const) {
    beside(`SQUARED_DIFFERENCE ${dtype} [${a}] [${b}]`, onTwo('SQUARED_DIFFERENCE', dtype, a, b));
  }
  beside(`POW float32 [${a}] [${b}]`, onTwo('POW', 'float32', a, b), { low: 0.1 });
  beside(`POW int32 [${a}] [${b}]`, onTwo('POW', 'int32', a, b), { low: 0, high: 6 });
  beside(`FLOOR_MOD float32 [${a}] [${b}]`, onTwo('FLOOR_MOD', 'float32', a, b));
  beside(`FLOOR_MOD int32 [${a}] [${b}]`, onTwo('FLOOR_MOD', 'int32', a, b), { low: 1, high: 20 });
  for (const type of ['LOGICAL_AND', 'LOGICAL_OR'] as const) beside(`${type} [${a}] [${b}]`, onTwo(type, 'bool', a, b));
  for (const type of ['EQUAL', 'NOT_EQUAL', 'LESS', 'LESS_EQUAL', 'GREATER', 'GREATER_EQUAL'] as const) {
    for (const dtype of ['float32', 'int32', ...codes] as const) {
      beside(`${type} ${dtype} [${a}] [${b}]`, onTwo(type, dtype, a, b, 'bool'));
    }
  }
}

for (const dtype of ['float32', 'int32', ...codes] as const) {
  for (const [axes, keepDims] of [
    [[1, 2], true],
    [[-1], false],
    [[0, 1, 2, 3], false],
  ] as const) {
    const operand = (b: GraphBuilder) => [b.ints(...axes)];
    for (const type of ['REDUCE_MAX', 'REDUCE_MIN'] as const) {
      beside(`${type} ${dtype} over [${axes}]`, onOne(type, { keepDims }, dtype, image, operand));
    }
    if (dtype === 'float32' || dtype === 'int32') {
      const comparison = { low: -2, high: 2, tolerance: dtype === 'float32' ? 1e-5 : 0 };
      beside(`REDUCE_PROD ${dtype} over [${axes}]`, onOne('REDUCE_PROD', { keepDims }, dtype, image, operand), comparison);
    }
  }
  const result = { dtype, quantization: of(dtype) };
  const choose = (type: 'SELECT' | 'SELECT_V2', condition: number[], x: number[], y: number[]) => (b: GraphBuilder) =>
    b.node(type, {}, [b.input('bool', condition), b.input(dtype, x, of(dtype)), b.input(dtype, y, of(dtype))], result);
  beside(`SELECT ${dtype} by element`, choose('SELECT', [2, 3, 4], [2, 3, 4], [2, 3, 4]));
  beside(`SELECT ${dtype} by row`, choose('SELECT', [2], [2, 3, 4], [2, 3, 4]));
  beside(`SELECT_V2 ${dtype}`, choose('SELECT_V2', [3, 1], [2, 1, 4], [1]));
  if (dtype !== 'uint8') beside(`FILL ${dtype}`, (b) => b.node('FILL', {}, [b.ints(2, 3), b.input(dtype, [], of(dtype))], result));
  for (const axis of [-1, 0, 1]) {
    const oneHot = (b: GraphBuilder) => {
      const [on, off] = [7, 4].map((element) => b.constant(dtype, [], [element], of(dtype)));
      return b.node('ONE_HOT', { axis }, [b.input('int32', [2, 3]), b.constant('int32', [], [4]), on, off], result);
    };
    beside(`ONE_HOT ${dtype} along ${axis}`, oneHot, { low: 0, high: 5 });
  }
  beside(`TOPK_V2 ${dtype}`, (b) =>
    b.node('TOPK_V2', {}, [b.input(dtype, [3, 40], of(dtype)), b.constant('int32', [], [7])], result, { dtype: 'int32' }),
  );
  beside(
    `REVERSE_V2 ${dtype}`,
    onOne('REVERSE_V2', {}, dtype, image, (b) => [b.ints(-2)]),
  );
  beside(
    `BROADCAST_TO ${dtype}`,
    onOne('BROADCAST_TO', {}, dtype, [3, 1], (b) => [b.ints(2, 3, 4)]),
  );
  const pairs = (b: GraphBuilder, ...data: number[]) => b.constant('int32', [data.length / 2, 2], data);
  const both = (b: GraphBuilder) => [b.ints(2, 3), pairs(b, 1, 0, 0, 2)];
  const rows = (b: GraphBuilder) => [b.ints(2), pairs(b, 1, 0)];
  beside(`SPACE_TO_BATCH_ND ${dtype}`, onOne('SPACE_TO_BATCH_ND', {}, dtype, [2, 5, 4, 3], both));
  beside(`SPACE_TO_BATCH_ND ${dtype} of 3 dimensions`, onOne('SPACE_TO_BATCH_ND', {}, dtype, [2, 5, 3], rows));
  beside(`BATCH_TO_SPACE_ND ${dtype}`, onOne('BATCH_TO_SPACE_ND', {}, dtype, [12, 3, 4, 3], both));
  beside(`BATCH_TO_SPACE_ND ${dtype} of 3 dimensions`, onOne('BATCH_TO_SPACE_ND', {}, dtype, [4, 5, 3], rows));
}
for (const type of ['REDUCE_ANY', 'REDUCE_ALL'] as const) {
  beside(
    type,
    onOne(type, { keepDims: false }, 'bool', image, (b) => [b.ints(1)]),
  );
}
for (const dtype of ['float32', 'int32'] as const) {
  for (const [exclusive, reverse] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    const cumulate = onOne('CUMSUM', { exclusive, reverse }, dtype, image, (b) => [b.constant('int32', [], [2])]);
    beside(`CUMSUM ${dtype}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`, cumulate);
  }
  const numbers = (b: GraphBuilder, ...data: number[]) => data.map((element) => b.constant(dtype, [], [element]));
  beside(`RANGE ${dtype}`, (b) => {
    const [range] = b.node('RANGE', {}, numbers(b, 10, -3, -3), { dtype });
    return b.node('ADD', { activation: 'NONE' }, [range, b.input(dtype, [5])], { dtype });
  });
}
for (const dtype of ['float32', 'int8'] as const) {
  for (const [adjX, adjY] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    const a = adjX ? [2, 1, 8, 5] : [2, 1, 5, 8];
    const other = adjY ? [3, 6, 8] : [3, 8, 6];
    beside(
      `BATCH_MATMUL ${dtype} [${a}] [${other}]${adjX ? ', first swapped' : ''}${adjY ? ', second swapped' : ''}`,
      (b) => {
        const inputs = [b.input(dtype, a, of(dtype)), b.input(dtype, other, of(dtype, 0.03, -5))];
        return b.node('BATCH_MATMUL', { adjX, adjY }, inputs, { dtype, quantization: of(dtype, 0.4, -20) });
      },
      { tolerance: dtype === 'int8' ? 1 : 1e-5 },
    );
  }
  beside(
    `FULLY_CONNECTED ${dtype} with computed weights`,
    (b) => {
      const weights = b.input(dtype, [6, 8], of(dtype, 0.03, 0));
      const inputs = [b.input(dtype, [5, 8], of(dtype)), weights, undefined];
      const attributes = { activation: 'NONE', keepNumDims: false } as const;
      return b.node('FULLY_CONNECTED', attributes, inputs, { dtype, quantization: of(dtype, 0.4, -20) });
    },
    { tolerance: dtype === 'int8' ? 1 : 1e-5 },
  );
}
for (const format of formats) {
  fileBeside(`DENSIFY ${JSON.stringify(format)}`, () => sparseModel(sparseElements(format, new Random(3)), format, 2));
}
beside('WHERE', (b) => {
  const [found] = b.node('WHERE', {}, [b.constant('bool', [2, 3], [1, 0, 0, 1, 1, 0])], { dtype: 'int64' });
  const [cast] = b.node('CAST', {}, [found], { dtype: 'int32' });
  return b.node('ADD', { activation: 'NONE' }, [cast, b.input('int32', [3, 2])], { dtype: 'int32' });
});

/** int16 codes; that version's LOGISTIC and TANH have another arithmetic for scales that are powers of two, and its MEAN rounds otherwise. */
const wide = (scale: number) => ({ dtype: 'int16', quantization: quantized(scale) }) as const;
function wideOnOne<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], scale: number, output: number): void {
  beside(`${type} int16 ${JSON.stringify(attributes)}, ${scale} to ${output}`, (b) =>
    b.node(type, attributes, [b.input('int16', [4, 500], quantized(scale))], wide(output)),
  );
}
for (const scale of [1 / 3000, 1e-4, 0.01, 3e-6]) {
  wideOnOne('LOGISTIC', {}, scale, 2 ** -15);
  wideOnOne('TANH', {}, scale, 2 ** -15);
  wideOnOne('SOFTMAX', { beta: 0.3 }, scale, 2 ** -15);
}
for (const scale of [1e-3, 0.05, 0.3, 2]) {
  const output = { dtype: 'int16', quantization: quantized(2 ** -16, -(2 ** 15)) } as const;
  // Stock exponentials are a table of floats.
  beside(
    `SOFTMAX int8 to int16, ${scale}`,
    (b) => b.node('SOFTMAX', { beta: 1 }, [b.input('int8', [4, 300], quantized(scale, -5))], output),
    { tolerance: 1 },
  );
}
for (const output of [1e-4, 2e-4, 3.3e-5]) {
  wideOnOne('RELU', {}, 1e-4, output);
  wideOnOne('RELU6', {}, 1e-4, output);
  wideOnOne('LEAKY_RELU', { alpha: 0.2 }, 1e-4, output);
  wideOnOne('QUANTIZE', {}, 1e-4, output);
}
wideOnOne('ABS', {}, 1e-4, 1e-4);
for (const [scaleOfB, output] of [
  [1e-4, 2e-4],
  [3e-5, 1e-4],
]) {
  const operands = (b: GraphBuilder) => [b.input('int16', [3, 500], quantized(1e-4)), b.input('int16', [500], quantized(scaleOfB))];
  for (const type of ['ADD', 'SUB', 'MUL'] as const) {
    const attributes = { activation: 'RELU6', ...(type === 'MUL' ? {} : { potScaleInt16: false }) } as const;
    beside(`${type} int16, ${scaleOfB} to ${output}`, (b) => b.node(type, attributes, operands(b), wide(output)));
  }
}
beside('SUB int16 with scales of powers of two', (b) =>
  b.node(
    'SUB',
    { activation: 'NONE' },
    [b.input('int16', [900], quantized(2 ** -12)), b.input('int16', [900], quantized(2 ** -15))],
    wide(2 ** -12),
  ),
);
for (const output of [1e-3, 0.03]) {
  const random = new Random(5);
  const integers = (count: number, limit: number) => Array.from({ length: count }, () => random.integer(-limit, limit));
  const scales = [1, 2, 3, 4, 5, 6, 7].map((i) => i / 1000);
  const data = (b: GraphBuilder, shape: readonly number[]) => b.input('int16', shape, quantized(1e-3));
  const bias = (b: GraphBuilder) => {
    const value = b.constant('int64', [7], new Array(7).fill(0), quantized(1e-6));
    integers(7, 3e7).forEach((term, i) => {
      value.data![i] = BigInt(term);
    });
    return value;
  };
  const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
  beside(`CONV_2D int16 to ${output}`, (b) => {
    const weights = b.constant('int8', [7, 3, 3, 5], integers(315, 127), perChannel(scales, 0));
    return b.node('CONV_2D', attributes, [data(b, [2, 9, 8, 5]), weights, bias(b)], wide(output));
  });
  beside(`DEPTHWISE_CONV_2D int16 to ${output}`, (b) => {
    const weights = b.constant('int8', [1, 3, 3, 7], integers(63, 127), perChannel(scales, 3));
    return b.node('DEPTHWISE_CONV_2D', { ...attributes, depthMultiplier: 1 }, [data(b, [2, 9, 8, 7]), weights, bias(b)], wide(output));
  });
  beside(`FULLY_CONNECTED int16 to ${output}`, (b) => {
    const weights = b.constant('int8', [7, 300], integers(2100, 127), quantized(1e-3));
    return b.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [data(b, [6, 300]), weights, bias(b)], wide(output));
  });
  beside(`TRANSPOSE_CONV int16 to ${output}`, (b) => {
    const weights = b.constant('int8', [7, 3, 3, 5], integers(315, 127), perChannel(scales, 0));
    const window = { padding: 'VALID', strideH: 2, strideW: 2, activation: 'NONE' } as const;
    return b.node('TRANSPOSE_CONV', window, [b.ints(1, 9, 9, 7), weights, data(b, [1, 4, 4, 5]), bias(b)], wide(output));
  });
  beside(`BATCH_MATMUL int16 to ${output}`, (b) =>
    b.node('BATCH_MATMUL', { adjX: false, adjY: false }, [data(b, [2, 5, 30]), data(b, [2, 30, 7])], wide(output)),
  );
}
for (const type of ['AVERAGE_POOL_2D', 'MAX_POOL_2D'] as const) {
  const attributes = { padding: 'SAME', strideH: 2, strideW: 1, filterH: 3, filterW: 2, activation: 'RELU6' } as const;
  beside(`${type} int16`, (b) => b.node(type, attributes, [b.input('int16', [2, 9, 8, 5], quantized(1e-3))], wide(1e-3)));
}
beside('RESIZE_BILINEAR int16', (b) => {
  const attributes = { alignCorners: false, halfPixelCenters: true };
  return b.node('RESIZE_BILINEAR', attributes, [b.input('int16', [2, 9, 8, 5], quantized(1e-3)), b.ints(13, 5)], wide(1e-3));
});

test.run();
