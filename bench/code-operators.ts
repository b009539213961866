// Owns graphs of one 8-bit operator for benchmarks: shapes of the networks that people run, seeded weights.
import type { DType, Graph, Node, OperatorAttributes, OperatorType, Quantization, Value } from '../src/graph/graph';
import { allocate, elementCount } from '../src/graph/graph';
import { fillRandom, Random } from '../tools/random';

/** One operator with the shape that it is measured at. */
export interface CodeCase {
  readonly name: string;
  readonly graph: Graph;
}

type CodeType = 'int8' | 'uint8';

function quantization(...scales: number[]): Quantization {
  return { scale: scales.map(Math.fround), zeroPoint: scales.map(() => 0), axis: 3 };
}

/** Collects the graph of one operator. */
class OneOperator {
  private readonly graph: Graph = {
    ...{ name: 'operator', description: '', values: [], inputs: [], outputs: [], nodes: [] },
    ...{ signatures: [], metadata: [], trailer: new Uint8Array(0) },
  };

  constructor(readonly dtype: CodeType) {}

  private value(rest: Omit<Value, 'id' | 'name'>): Value {
    const id = this.graph.values.length;
    const value: Value = { id, name: `t${id}`, ...rest };
    this.graph.values.push(value);
    return value;
  }

  /** Zero points are those of int8, 128 more for uint8. */
  private params(scale: number, zeroPoint: number): Quantization {
    return { ...quantization(scale), zeroPoint: [zeroPoint + (this.dtype === 'int8' ? 0 : 128)], axis: 0 };
  }

  input(shape: readonly number[], scale = 0.05, zeroPoint = -5): Value {
    const value = this.value({ dtype: this.dtype, shape, quantization: this.params(scale, zeroPoint) });
    this.graph.inputs.push(value);
    return value;
  }

  ints(...data: number[]): Value {
    return this.value({ dtype: 'int32', shape: [data.length], data: Int32Array.from(data) });
  }

  /** int8 weights with a scale per channel, or uint8 weights with one, and a bias. */
  filter(shape: readonly number[], channels: number): Value[] {
    const random = Random.stream(7);
    const data = allocate(this.dtype as DType, elementCount(shape)) as Int8Array;
    fillRandom([data]);
    const isSigned = this.dtype === 'int8';
    const scales = Array.from({ length: isSigned ? channels : 1 }, () => random.uniform(0.004, 0.008));
    const weights = isSigned ? quantization(...scales) : this.params(scales[0], 0);
    const bias = { ...quantization(...scales.map((scale) => Math.fround(scale) * Math.fround(0.05))), axis: 0 };
    return [
      this.value({ dtype: this.dtype, shape, quantization: weights, data }),
      this.value({ dtype: 'int32', shape: [channels], quantization: bias, data: new Int32Array(channels) }),
    ];
  }

  /** An input of indices. */
  indices(count: number): Value {
    const value = this.value({ dtype: 'int32', shape: [count] });
    this.graph.inputs.push(value);
    return value;
  }

  /** An output without quantization. */
  finishPlain<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    inputs: Value[],
    shape: readonly number[],
    dtype: DType,
  ): Graph {
    const output = this.value({ dtype, shape });
    this.graph.nodes.push({ type, id: 0, attributes, inputs, outputs: [output], version: 1 } as Node);
    this.graph.outputs.push(output);
    return this.graph;
  }

  finish<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    inputs: Value[],
    shape: readonly number[],
    scale = 0.05,
    zeroPoint = -5,
  ): Graph {
    const output = this.value({ dtype: this.dtype, shape, quantization: this.params(scale, zeroPoint) });
    this.graph.nodes.push({ type, id: 0, attributes, inputs, outputs: [output], version: 1 } as Node);
    this.graph.outputs.push(output);
    return this.graph;
  }
}

/** Graphs of one dtype. */
class Cases {
  constructor(private readonly dtype: CodeType) {}

  private unary<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], shape: readonly number[], scale = 0.05, zeroPoint = 9) {
    const b = new OneOperator(this.dtype);
    return { name: `${type} [${shape}]`, graph: b.finish(type, attributes, [b.input(shape)], shape, scale, zeroPoint) };
  }

  private binary(type: 'ADD' | 'SUB' | 'MUL' | 'MAXIMUM' | 'MINIMUM', left: readonly number[], right: readonly number[]): CodeCase {
    const b = new OneOperator(this.dtype);
    const keeps = type === 'MAXIMUM' || type === 'MINIMUM';
    const inputs = [b.input(left), keeps ? b.input(right) : b.input(right, 0.03, 7)];
    const attributes = (keeps ? {} : { activation: 'NONE' }) as OperatorAttributes['ADD'];
    const graph = b.finish(type as 'ADD', attributes, inputs, left, keeps ? 0.05 : type === 'MUL' ? 0.06 : 0.07, -5);
    return { name: `${type} [${left}] [${right}]`, graph };
  }

  private pool(type: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D', size: number, channels: number, filter: number, stride: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const to = Math.ceil(size / stride);
    const window = { padding: 'SAME', strideH: stride, strideW: stride, filterH: filter, filterW: filter, activation: 'NONE' } as const;
    const graph = b.finish(type, window, [b.input([1, size, size, channels])], [1, to, to, channels]);
    return { name: `${type} ${filter}x${filter}/${stride} ${size}x${size}x${channels}`, graph };
  }

  private mean(size: number, channels: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const inputs = [b.input([1, size, size, channels]), b.ints(1, 2)];
    return { name: `MEAN ${size}x${size}x${channels}`, graph: b.finish('MEAN', { keepDims: true }, inputs, [1, 1, 1, channels], 0.03, 2) };
  }

  private resize(type: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR', size: number, channels: number, to: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const inputs = [b.input([1, size, size, channels]), b.ints(to, to)];
    const graph = b.finish(type, { alignCorners: false, halfPixelCenters: true }, inputs, [1, to, to, channels]);
    return { name: `${type} ${size}x${size}x${channels} to ${to}`, graph };
  }

  /** Over axes of an image, whose results are codes. */
  private extreme(type: 'REDUCE_MAX' | 'REDUCE_MIN' | 'MEAN', size: number, channels: number, axis: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const shape = [1, size, size, channels];
    const inputs = [b.input(shape), b.ints(axis)];
    const kept = shape.map((count, i) => (i === axis ? 1 : count));
    return { name: `${type} of axis ${axis} ${size}x${size}x${channels}`, graph: b.finish(type, { keepDims: true }, inputs, kept) };
  }

  private argMax(size: number, channels: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const inputs = [b.input([1, size, size, channels]), b.ints(3)];
    return {
      name: `ARG_MAX ${size}x${size}x${channels}`,
      graph: b.finishPlain('ARG_MAX', { outputType: 'int32' }, inputs, [1, size, size], 'int32'),
    };
  }

  private prelu(size: number, channels: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const shape = [1, size, size, channels];
    const [slopes] = b.filter([1, 1, 1, channels], 1);
    return { name: `PRELU ${size}x${size}x${channels}`, graph: b.finish('PRELU', {}, [b.input(shape), slopes], shape) };
  }

  /** As in attention: queries times keys, and weights times values. */
  private batchMatMul(batches: number, rows: number, depth: number, columns: number, adjY: boolean): CodeCase[] {
    // TensorFlow Lite has it for int8.
    if (this.dtype === 'uint8') return [];
    const b = new OneOperator(this.dtype);
    const inputs = [b.input([1, batches, rows, depth]), b.input([1, batches, ...(adjY ? [columns, depth] : [depth, columns])], 0.03, 7)];
    const graph = b.finish('BATCH_MATMUL', { adjX: false, adjY }, inputs, [1, batches, rows, columns], 0.4);
    return [{ name: `BATCH_MATMUL ${batches}x${rows}x${depth}x${columns}${adjY ? ' transposed' : ''}`, graph }];
  }

  /** Rows of an input by indices of a run, which are 0 here. */
  private gather(rows: number, channels: number, picks: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const inputs = [b.input([rows, channels]), b.indices(picks)];
    return { name: `GATHER ${rows}x${channels} ${picks}`, graph: b.finish('GATHER', { axis: 0, batchDims: 0 }, inputs, [picks, channels]) };
  }

  private depthwise(size: number, channels: number, filter: number, stride: number): CodeCase {
    const b = new OneOperator(this.dtype);
    const to = Math.ceil(size / stride);
    const inputs = [b.input([1, size, size, channels]), ...b.filter([1, filter, filter, channels], channels)];
    const plain = { padding: 'SAME', dilationH: 1, dilationW: 1, activation: 'RELU6' } as const;
    const attributes = { ...plain, strideH: stride, strideW: stride, depthMultiplier: 1 };
    const name = `DEPTHWISE_CONV_2D ${filter}x${filter}/${stride} ${size}x${size}x${channels}`;
    return { name, graph: b.finish('DEPTHWISE_CONV_2D', attributes, inputs, [1, to, to, channels], 6 / 255, -128) };
  }

  all(): CodeCase[] {
    const image = [1, 28, 28, 96];
    const large = [
      [1, 56, 56, 64],
      [1, 112, 112, 32],
    ];
    return [
      ...large.flatMap((shape) => [
        ...[this.binary('ADD', shape, shape), this.binary('MUL', shape, shape)],
        ...[this.unary('LEAKY_RELU', { alpha: Math.fround(0.1) }, shape), this.unary('LOGISTIC', {}, shape, 1 / 256, -128)],
        this.pool('MAX_POOL_2D', shape[1], shape[3], 2, 2),
      ]),
      ...[this.binary('ADD', image, image), this.binary('SUB', image, image), this.binary('MUL', image, image)],
      ...[this.binary('MUL', [1, 14, 14, 240], [1, 1, 1, 240]), this.binary('MAXIMUM', image, image)],
      ...[this.unary('LEAKY_RELU', { alpha: Math.fround(0.1) }, image), this.unary('HARD_SWISH', {}, image)],
      ...[this.unary('LOGISTIC', {}, image, 1 / 256, -128), this.unary('TANH', {}, image, 1 / 128, 0)],
      ...[this.unary('RELU', {}, image, 0.05, -5), this.unary('RELU6', {}, image, 6 / 255, -128)],
      ...[this.pool('MAX_POOL_2D', 56, 64, 3, 2), this.pool('MAX_POOL_2D', 64, 32, 2, 2), this.pool('MAX_POOL_2D', 20, 128, 5, 1)],
      ...[this.pool('AVERAGE_POOL_2D', 28, 96, 3, 1), this.pool('AVERAGE_POOL_2D', 7, 1024, 7, 7)],
      ...[this.mean(14, 480), this.mean(7, 1280), this.mean(56, 72)],
      ...[
        this.resize('RESIZE_BILINEAR', 32, 32, 64),
        this.resize('RESIZE_BILINEAR', 65, 24, 257),
        this.resize('RESIZE_BILINEAR', 33, 21, 257),
      ],
      this.resize('RESIZE_NEAREST_NEIGHBOR', 32, 32, 64),
      ...[this.depthwise(28, 120, 5, 1), this.depthwise(14, 480, 5, 1), this.depthwise(56, 72, 5, 2), this.depthwise(14, 672, 5, 2)],
      ...[this.depthwise(28, 192, 3, 1), this.depthwise(56, 144, 3, 2)],
      ...[this.argMax(257, 21), this.extreme('REDUCE_MAX', 28, 96, 3), this.extreme('REDUCE_MAX', 28, 96, 1)],
      ...[this.extreme('MEAN', 28, 96, 3), this.prelu(28, 96), this.gather(1000, 128, 256)],
      ...[...this.batchMatMul(2, 400, 32, 400, true), ...this.batchMatMul(2, 400, 400, 64, false)],
      ...[this.unary('SOFTMAX', { beta: 1 }, [1, 1001], 1 / 256, -128), this.unary('SOFTMAX', { beta: 1 }, [4096, 21], 1 / 256, -128)],
      this.unary('SOFTMAX', { beta: 1 }, [1917, 91], 1 / 256, -128),
    ];
  }
}

/** Every 8-bit operator beside the GEMMs, at shapes of classifiers, detectors and segmenters. */
export function codeCases(dtype: CodeType): CodeCase[] {
  return new Cases(dtype).all();
}
