// Owns the families of reductions over any axes: sums and extremes, and positions of extremes.
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
import { family } from './family';
import { codeTypes, inputCodes, patterns, zeroPointOf, zeroPoints } from './operands';

/** Sizes that fill vectors, and that do not. */
const sizes = [1, 2, 3, 5, 7, 8, 9, 16, 21, 40];

/** `rank` sizes whose product is small enough for many cases. */
function shapeOf(rank: number, random: Random): number[] {
  let rest = 6000;
  return Array.from({ length: rank }, () => {
    const size = random.pick(sizes.filter((each) => each <= rest));
    rest = Math.floor(rest / size);
    return size;
  });
}

export const anyAxes = family({
  name: 'MEAN, SUM, REDUCE_MAX and REDUCE_MIN over any axes',
  grid: {
    operator: ['MEAN', 'SUM', 'REDUCE_MAX', 'REDUCE_MIN'],
    rank: [1, 2, 3, 4, 5, 6],
    axes: ['one', 'last', 'two', 'three', 'none'],
    keepDims: [false, true],
    scaleRatio: [1, 0.3, 17, 1e-9, 1e6],
    /** Values as images before the node: RELU. */
    before: ['nothing', 'RELU'],
    dtype: codeTypes,
    inputZero: zeroPoints,
    outputZero: zeroPoints,
    data: patterns,
    draw: upTo(12),
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const shape = shapeOf(c.rank, random);
    const quantization = quantized(0.02, zeroPointOf(c.dtype, c.inputZero));
    const input = builder.input(c.dtype, shape, quantization);
    const [read] = c.before === 'RELU' ? builder.node('RELU', {}, [input], { dtype: c.dtype, quantization, shape }) : [input];
    const count = { one: 1, last: 1, two: 2, three: 3, none: 0 }[c.axes];
    const axes = Array.from({ length: count }, () => (c.axes === 'last' ? -1 : random.integer(-c.rank, c.rank - 1)));
    const isSum = c.operator === 'MEAN' || c.operator === 'SUM';
    const output = isSum ? quantized(0.02 / c.scaleRatio, zeroPointOf(c.dtype, c.outputZero)) : quantization;
    const inputs = [read, builder.ints(...axes)];
    const graph = builder.outputs(...builder.node(c.operator, { keepDims: c.keepDims }, inputs, { dtype: c.dtype, quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const positions = family({
  name: 'ARG_MAX and ARG_MIN',
  grid: {
    operator: ['ARG_MAX', 'ARG_MIN'],
    rank: [1, 2, 3, 4, 5, 6],
    isLast: [true, false],
    outputType: ['int32', 'int64'],
    before: ['nothing', 'RELU'],
    dtype: codeTypes,
    zero: zeroPoints,
    data: patterns,
    draw: upTo(12),
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const shape = shapeOf(c.rank, random);
    const quantization = quantized(0.02, zeroPointOf(c.dtype, c.zero));
    const input = builder.input(c.dtype, shape, quantization);
    const [read] = c.before === 'RELU' ? builder.node('RELU', {}, [input], { dtype: c.dtype, quantization, shape }) : [input];
    const axis = c.isLast ? c.rank - 1 : random.integer(0, c.rank - 1);
    const inputs = [read, builder.constant('int32', [], [random.pick([axis, axis - c.rank])])];
    const graph = builder.outputs(...builder.node(c.operator, { outputType: c.outputType }, inputs, { dtype: c.outputType }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
