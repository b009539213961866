// Owns the families of GATHER and GATHER_ND by indices that are computed, of several axes or in batches, and of CAST.
import { allocate, type DType, elementCount, type TensorData } from '../../../src/graph/graph';
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
import { family } from './family';

function elements(dtype: DType, count: number, random: Random): TensorData {
  const data = allocate(dtype, count);
  for (let i = 0; i < count; i++) {
    const code = random.integer(dtype === 'int8' ? -128 : 0, dtype === 'bool' ? 1 : 127);
    data[i] = data instanceof BigInt64Array ? BigInt(code) : (code as never);
  }
  return data;
}

export const gathers = family({
  name: 'GATHER and GATHER_ND',
  grid: {
    operator: ['GATHER', 'GATHER_ND'],
    rank: [1, 2, 3, 4, 5],
    /** Axes of the indices; of GATHER_ND beside the one of coordinates. */
    indexRank: [0, 1, 2],
    batchDims: [0, 1],
    indexType: ['int32', 'int64'],
    isConstant: [false, true],
    dtype: ['int8', 'uint8', 'float32', 'int32', 'int64', 'bool'],
    /** 8-bit values as images before and behind the node. */
    around: ['nothing', 'RELU'],
    draw: upTo(20),
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const shape = Array.from({ length: c.rank }, () => random.integer(1, 9));
    const quantization = c.dtype === 'int8' || c.dtype === 'uint8' ? quantized(0.02, 3) : undefined;
    const options = { dtype: c.dtype, quantization };
    const relu = (value: ReturnType<GraphBuilder['input']>) =>
      quantization && c.around === 'RELU' ? builder.node('RELU', {}, [value], { ...options, shape: value.shape })[0] : value;
    const input = builder.input(c.dtype, shape, quantization);
    const data = relu(input);
    const extra = Array.from({ length: c.indexRank }, () => random.integer(1, 4));
    const batchDims = c.operator === 'GATHER' && c.indexRank > 0 && c.rank > 1 ? c.batchDims : 0;
    const axis = random.integer(batchDims, c.rank - 1);
    const depth = random.integer(1, c.rank);
    const indexShape = c.operator === 'GATHER' ? [...shape.slice(0, batchDims), ...extra.slice(batchDims)] : [...extra, depth];
    const limit = (i: number) => shape[c.operator === 'GATHER' ? axis : i % depth] - 1;
    const picked = Array.from({ length: elementCount(indexShape) }, (_, i) => random.integer(0, limit(i)));
    const indices = c.isConstant ? builder.constant(c.indexType, indexShape, picked) : builder.input(c.indexType, indexShape);
    const inputs = [data, indices];
    const [output] =
      c.operator === 'GATHER'
        ? builder.node('GATHER', { axis: random.pick([axis, axis - c.rank]), batchDims }, inputs, options)
        : builder.node('GATHER_ND', {}, inputs, options);
    const fed = allocate(c.indexType, picked.length);
    for (let i = 0; i < picked.length; i++) fed[i] = fed instanceof BigInt64Array ? BigInt(picked[i]) : (picked[i] as never);
    const graph = builder.outputs(relu(output));
    return { graph, inputs: [elements(c.dtype, elementCount(shape), random), ...(c.isConstant ? [] : [fed])] };
  },
});

const castTypes = ['int8', 'uint8', 'int32', 'int64', 'float32', 'bool'] as const;

/** Reals at and beyond the limits of every integer type, halves, and what is no number. */
const reals = [
  ...[0, -0, 0.5, -0.5, 0.999, -0.999, 1.5, -1.5, 127, 127.9, 128, -128, -128.9, -129, 255, 255.9, 256, -1],
  ...[2147483520, 2147483648, -2147483648, -2147483904, 2 ** 63 - 2 ** 39, 2 ** 63, -(2 ** 63), 1e30, -1e30],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-40],
];

/** Integers at and beyond the limits of smaller types, and where float32 rounds. */
const integers = [
  ...[0n, 1n, -1n, 127n, 128n, -128n, -129n, 255n, 256n, 65535n, 2147483647n, 2147483648n, -2147483648n, -2147483649n],
  ...[16777217n, 33554431n, 9007199254740993n, 9007199791611905n, 9223372036854775807n, -9223372036854775808n, 36028797018963969n],
];

export const casts = family({
  name: 'CAST',
  grid: { from: castTypes, to: castTypes, count: [1, 7, 64], before: ['nothing', 'RELU'] },
  build(c, random) {
    const builder = new GraphBuilder();
    const typeOptions = (dtype: DType) => ({ dtype, quantization: dtype === 'int8' || dtype === 'uint8' ? quantized(0.02, 3) : undefined });
    const from = typeOptions(c.from);
    const input = builder.input(c.from, [c.count], from.quantization);
    const isImage = from.quantization !== undefined && c.before === 'RELU';
    const [read] = isImage ? builder.node('RELU', {}, [input], { ...from, shape: [c.count] }) : [input];
    const graph = builder.outputs(...builder.node('CAST', {}, [read], typeOptions(c.to)));
    const data = allocate(c.from, c.count);
    for (let i = 0; i < c.count; i++) {
      if (data instanceof BigInt64Array) data[i] = random.pick(integers);
      else if (data instanceof Float32Array) data[i] = random.pick(reals);
      else if (c.from === 'bool') data[i] = random.integer(0, 1);
      else data[i] = Number(BigInt.asIntN(32, random.pick(integers)));
    }
    return { graph, inputs: [data] };
  },
});
