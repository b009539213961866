// Owns the families of AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM.
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import { paddings, windowOf } from './convolution';
import { family } from './family';
import { activations, codeTypes, inputCodes, patterns, zeroPointOf, zeroPoints } from './operands';

const image = { channels: upTo(40), height: upTo(9), width: upTo(9), batch: upTo(3) } as const;

export const pools = family({
  name: 'AVERAGE_POOL_2D and MAX_POOL_2D',
  grid: {
    ...image,
    operator: ['AVERAGE_POOL_2D', 'MAX_POOL_2D'],
    padding: paddings,
    filter: [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 1],
      [1, 5],
      [7, 7],
    ],
    strideH: upTo(3),
    strideW: upTo(3),
    dtype: codeTypes,
    zero: zeroPoints,
    activation: activations,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const [filterH, filterW] = c.filter;
    const window = windowOf(c, random);
    let { height, width, padding } = window;
    if (typeof padding === 'object') {
      // Every window has to hold a pixel: no more padding than the filter covers, and none that makes room for another window.
      const [top, left] = [Math.min(padding.top, filterH - 1), Math.min(padding.left, filterW - 1)];
      padding = { top, left, bottom: 0, right: 0 };
      height = Math.max(height, filterH);
      width = Math.max(width, filterW);
    }
    const quantization = quantized(0.02, zeroPointOf(c.dtype, c.zero));
    const input = builder.input(c.dtype, [c.batch, height, width, c.channels], quantization);
    const { strideH, strideW, activation } = c;
    const attributes = { padding, strideH, strideW, filterH, filterW, activation };
    const graph = builder.outputs(...builder.node(c.operator, attributes, [input], { dtype: c.dtype, quantization }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const reductions = family({
  name: 'MEAN and SUM',
  grid: {
    ...image,
    /** 40 x 9 codes are more than one sum of int16 holds. */
    height: [...upTo(9), 40],
    operator: ['MEAN', 'SUM'],
    axes: [[1, 2], [1], [2], [-2, -3], [2, 1, 2]],
    keepDims: [false, true],
    scaleRatio: [1, 0.3, 17, 1e-9, 1e6],
    dtype: codeTypes,
    inputZero: zeroPoints,
    outputZero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const input = builder.input(c.dtype, [c.batch, c.height, c.width, c.channels], quantized(0.02, zeroPointOf(c.dtype, c.inputZero)));
    const output = quantized(0.02 / c.scaleRatio, zeroPointOf(c.dtype, c.outputZero));
    const inputs = [input, builder.ints(...c.axes)];
    const graph = builder.outputs(...builder.node(c.operator, { keepDims: c.keepDims }, inputs, { dtype: c.dtype, quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
