// Owns graphs of one float operator for benchmarks: shapes of the networks that people run, seeded weights.
import type { Activation, Graph, Node, OperatorAttributes, OperatorType, Value } from '../src/graph/graph';
import { Random } from '../tools/random';

/** One operator with the shape that it is measured at. */
export interface FloatCase {
  readonly name: string;
  readonly graph: Graph;
}

/** Collects the graph of one operator; every value is float32 but for shapes and axes. */
class OneOperator {
  private readonly random = Random.stream(7);
  private readonly graph: Graph = {
    ...{ name: 'operator', description: '', values: [], inputs: [], outputs: [], nodes: [] },
    ...{ signatures: [], metadata: [], trailer: new Uint8Array(0) },
  };

  private value(rest: Omit<Value, 'id' | 'name'>): Value {
    const id = this.graph.values.length;
    const value: Value = { id, name: `t${id}`, ...rest };
    this.graph.values.push(value);
    return value;
  }

  input(...shape: number[]): Value {
    const value = this.value({ dtype: 'float32', shape });
    this.graph.inputs.push(value);
    return value;
  }

  floats(...shape: number[]): Value {
    const count = shape.reduce((product, size) => product * size, 1);
    return this.value({ dtype: 'float32', shape, data: Float32Array.from({ length: count }, () => this.random.normal(0.3)) });
  }

  ints(...data: number[]): Value {
    return this.value({ dtype: 'int32', shape: [data.length], data: Int32Array.from(data) });
  }

  /** The graph whose only node has one output of the given shape. */
  finish<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    inputs: (Value | undefined)[],
    shape: readonly number[],
    dtype: 'float32' | 'int32' = 'float32',
  ): Graph {
    const output = this.value({ dtype, shape });
    this.graph.nodes.push({ type, id: 0, attributes, inputs, outputs: [output], version: 1 } as Node);
    this.graph.outputs.push(output);
    return this.graph;
  }
}

const plain = { padding: 'SAME', dilationH: 1, dilationW: 1, activation: 'RELU6' } as const;

function convolution(size: number, channels: number, outputs: number, filter = 1, stride = 1, activation: Activation = 'RELU6'): FloatCase {
  const b = new OneOperator();
  const to = Math.ceil(size / stride);
  const inputs = [b.input(1, size, size, channels), b.floats(outputs, filter, filter, channels), b.floats(outputs)];
  const attributes = { ...plain, activation, strideH: stride, strideW: stride };
  const name = `CONV_2D ${filter}x${filter}/${stride} ${size}x${size}x${channels} to ${outputs}`;
  return { name, graph: b.finish('CONV_2D', attributes, inputs, [1, to, to, outputs]) };
}

function depthwise(size: number, channels: number, filter: number, stride: number): FloatCase {
  const b = new OneOperator();
  const to = Math.ceil(size / stride);
  const inputs = [b.input(1, size, size, channels), b.floats(1, filter, filter, channels), b.floats(channels)];
  const attributes = { ...plain, strideH: stride, strideW: stride, depthMultiplier: 1 };
  const name = `DEPTHWISE_CONV_2D ${filter}x${filter}/${stride} ${size}x${size}x${channels}`;
  return { name, graph: b.finish('DEPTHWISE_CONV_2D', attributes, inputs, [1, to, to, channels]) };
}

function transposed(size: number, channels: number, outputs: number, filter: number, stride: number): FloatCase {
  const b = new OneOperator();
  const to = size * stride;
  const inputs = [b.ints(1, to, to, outputs), b.floats(outputs, filter, filter, channels), b.input(1, size, size, channels)];
  const attributes = { padding: 'SAME', strideH: stride, strideW: stride, activation: 'NONE' } as const;
  const name = `TRANSPOSE_CONV ${filter}x${filter}/${stride} ${size}x${size}x${channels} to ${outputs}`;
  return { name, graph: b.finish('TRANSPOSE_CONV', attributes, inputs, [1, to, to, outputs]) };
}

function fullyConnected(rows: number, depth: number, outputs: number): FloatCase {
  const b = new OneOperator();
  const inputs = [b.input(rows, depth), b.floats(outputs, depth), b.floats(outputs)];
  const graph = b.finish('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, inputs, [rows, outputs]);
  return { name: `FULLY_CONNECTED ${rows}x${depth} to ${outputs}`, graph };
}

function unary<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], ...shape: number[]): FloatCase {
  const b = new OneOperator();
  return { name: `${type} [${shape}]`, graph: b.finish(type, attributes, [b.input(...shape)], shape) };
}

function prelu(...shape: number[]): FloatCase {
  const b = new OneOperator();
  const inputs = [b.input(...shape), b.floats(1, 1, shape[3])];
  return { name: `PRELU [${shape}]`, graph: b.finish('PRELU', {}, inputs, shape) };
}

type Binary = 'ADD' | 'SUB' | 'MUL' | 'DIV';
type PlainBinary = 'MAXIMUM' | 'MINIMUM' | 'SQUARED_DIFFERENCE' | 'POW';

function binary(type: Binary | PlainBinary, left: number[], right: number[], isConstant = false): FloatCase {
  const b = new OneOperator();
  const shape = left.map((size, i) => Math.max(size, right[i - left.length + right.length] ?? 1));
  const inputs = [b.input(...left), isConstant ? b.floats(...right) : b.input(...right)];
  const hasActivation = type === 'ADD' || type === 'SUB' || type === 'MUL' || type === 'DIV';
  const graph = hasActivation ? b.finish(type, { activation: 'NONE' }, inputs, shape) : b.finish(type, {}, inputs, shape);
  return { name: `${type} [${left}] [${right}]${isConstant ? ' constant' : ''}`, graph };
}

function pool(type: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D', size: number, channels: number, filter: number, stride: number): FloatCase {
  const b = new OneOperator();
  const to = Math.ceil(size / stride);
  const window = { padding: 'SAME', strideH: stride, strideW: stride, filterH: filter, filterW: filter, activation: 'NONE' } as const;
  const graph = b.finish(type, window, [b.input(1, size, size, channels)], [1, to, to, channels]);
  return { name: `${type} ${filter}x${filter}/${stride} ${size}x${size}x${channels}`, graph };
}

function reduction(type: 'MEAN' | 'SUM' | 'REDUCE_MAX' | 'REDUCE_MIN' | 'REDUCE_PROD', shape: number[], axes: number[]): FloatCase {
  const b = new OneOperator();
  const output = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const graph = b.finish(type, { keepDims: true }, [b.input(...shape), b.ints(...axes)], output);
  return { name: `${type} [${shape}] over ${axes}`, graph };
}

function resize(type: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR', size: number, channels: number, to: number): FloatCase {
  const b = new OneOperator();
  const inputs = [b.input(1, size, size, channels), b.ints(to, to)];
  const graph = b.finish(type, { alignCorners: false, halfPixelCenters: true }, inputs, [1, to, to, channels]);
  return { name: `${type} ${size}x${size}x${channels} to ${to}`, graph };
}

function argMax(shape: number[], axis = shape.length - 1): FloatCase {
  const b = new OneOperator();
  const inputs = [b.input(...shape), b.ints(axis)];
  const output = shape.filter((_, i) => i !== axis);
  return { name: `ARG_MAX [${shape}] along ${axis}`, graph: b.finish('ARG_MAX', { outputType: 'int32' }, inputs, output, 'int32') };
}

function matrixProduct(left: number[], right: number[], adjY = false): FloatCase {
  const b = new OneOperator();
  const shape = [...left.slice(0, -1), right.at(adjY ? -2 : -1)!];
  const graph = b.finish('BATCH_MATMUL', { adjX: false, adjY }, [b.input(...left), b.input(...right)], shape);
  return { name: `BATCH_MATMUL [${left}] [${right}]${adjY ? ' transposed' : ''}`, graph };
}

function computedWeights(rows: number, depth: number, outputs: number): FloatCase {
  const b = new OneOperator();
  const inputs = [b.input(rows, depth), b.input(outputs, depth), b.input(outputs)];
  const graph = b.finish('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, inputs, [rows, outputs]);
  return { name: `FULLY_CONNECTED ${rows}x${depth} to ${outputs}, computed weights`, graph };
}

/** Every float operator of a profile, at shapes of classifiers, detectors and segmenters. */
export function floatCases(): FloatCase[] {
  const image = [1, 32, 32, 64];
  const large = [
    [1, 56, 56, 64],
    [1, 112, 112, 32],
  ];
  return [
    ...[convolution(112, 32, 64), convolution(56, 128, 128), convolution(14, 512, 512), convolution(7, 1024, 1024)],
    ...[convolution(56, 24, 144), convolution(28, 192, 32), convolution(16, 96, 24), convolution(64, 16, 2, 1, 1, 'NONE')],
    ...[convolution(224, 3, 32, 3, 2), convolution(128, 3, 24, 5, 2), convolution(32, 64, 64, 3), convolution(16, 128, 1, 3, 1, 'NONE')],
    ...[depthwise(112, 32, 3, 1), depthwise(14, 512, 3, 1), depthwise(112, 64, 3, 2), depthwise(7, 960, 3, 1)],
    ...[depthwise(64, 24, 5, 1), depthwise(14, 480, 5, 1), depthwise(64, 72, 5, 2)],
    ...[transposed(32, 32, 16, 2, 2), transposed(16, 64, 32, 3, 2), transposed(64, 16, 2, 2, 2)],
    ...[fullyConnected(1, 1024, 1024), fullyConnected(1, 1280, 1000), fullyConnected(1, 96, 42), fullyConnected(64, 128, 128)],
    ...[unary('RELU', {}, ...image), unary('RELU6', {}, ...image), unary('LEAKY_RELU', { alpha: 0.1 }, ...image), prelu(...image)],
    ...[unary('LOGISTIC', {}, ...image), unary('TANH', {}, ...image), unary('HARD_SWISH', {}, ...image)],
    ...[unary('EXP', {}, ...image), unary('SQRT', {}, ...image), unary('RSQRT', {}, ...image)],
    ...[unary('SOFTMAX', { beta: 1 }, 1, 1001), unary('SOFTMAX', { beta: 1 }, 4096, 2), unary('SOFTMAX', { beta: 1 }, 1, 64, 64, 21)],
    ...[unary('SOFTMAX', { beta: 1 }, 1, 4, 196, 196), unary('SOFTMAX', { beta: 1 }, 1, 1917, 91)],
    ...large.flatMap((shape) => [
      ...[unary('LOGISTIC', {}, ...shape), unary('HARD_SWISH', {}, ...shape), unary('LEAKY_RELU', { alpha: 0.1 }, ...shape)],
      ...[binary('ADD', shape, shape), binary('ADD', shape, [shape[3]], true), binary('MUL', shape, [1, 1, 1, shape[3]])],
      binary('MUL', shape, [1], true),
    ]),
    ...[
      binary('ADD', image, image),
      binary('MUL', image, [1, 1, 1, 64]),
      binary('ADD', image, [64], true),
      binary('MUL', image, [1], true),
    ],
    ...[binary('MUL', image, [1, 32, 32, 1]), binary('SUB', [1, 32, 1, 64], image), binary('DIV', image, image)],
    ...[binary('ADD', [1, 100, 1], [1, 1, 200]), binary('SUB', [1, 96, 96, 3], [3], true)],
    ...[pool('MAX_POOL_2D', 56, 64, 3, 2), pool('MAX_POOL_2D', 64, 32, 2, 2), pool('AVERAGE_POOL_2D', 32, 64, 3, 1)],
    ...[pool('AVERAGE_POOL_2D', 7, 1024, 7, 7), reduction('MEAN', [1, 7, 7, 1280], [1, 2]), reduction('MEAN', image, [3])],
    ...[reduction('SUM', image, [3]), unary('L2_NORMALIZATION', { activation: 'NONE' }, 1, 64, 128)],
    ...[
      resize('RESIZE_BILINEAR', 32, 32, 64),
      resize('RESIZE_BILINEAR', 64, 2, 256),
      resize('RESIZE_BILINEAR', 33, 21, 257),
      resize('RESIZE_NEAREST_NEIGHBOR', 32, 32, 64),
    ],
    ...[argMax([1, 64, 64, 21]), argMax([1, 1001]), argMax([1, 32, 32, 64], 1), argMax([1, 1, 8400], 2)],
    ...(['NEG', 'ABS', 'SQUARE', 'FLOOR', 'CEIL', 'ROUND', 'ELU', 'LOG', 'SIN', 'COS', 'LOG_SOFTMAX'] as const).map((type) =>
      unary(type, {}, ...image),
    ),
    ...[unary('GELU', { approximate: false }, ...image), unary('GELU', { approximate: true }, ...image)],
    ...[unary('RELU_0_TO_1', {}, ...image), unary('RELU_N1_TO_1', {}, ...image)],
    ...[binary('MAXIMUM', image, image), binary('MINIMUM', image, [64], true), binary('SQUARED_DIFFERENCE', image, [1, 32, 32, 1])],
    ...[binary('POW', image, [1], true), binary('POW', image, image)],
    ...[reduction('REDUCE_MAX', image, [1, 2]), reduction('REDUCE_MIN', image, [3]), reduction('REDUCE_PROD', image, [1])],
    ...[reduction('MEAN', [64, 384], [1]), reduction('SUM', [1, 64, 384], [0, 1]), reduction('REDUCE_MAX', [1, 20000], [1])],
    ...[
      matrixProduct([12, 64, 64], [12, 64, 64]),
      matrixProduct([12, 64, 64], [12, 64, 64], true),
      matrixProduct([1, 196, 128], [128, 256]),
    ],
    ...[matrixProduct([1, 1, 512], [1, 512, 64]), computedWeights(1, 128, 128), computedWeights(32, 128, 128)],
  ];
}
