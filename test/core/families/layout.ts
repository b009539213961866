// Owns the families that move pixels: CONCATENATION, PAD, RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR.
import type { Value } from '../../../src/graph/graph';
import { convolution, GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import { family } from './family';
import { codes, codeTypes, inputCodes, patterns, zeroPointOf, zeroPoints } from './operands';

const image = { channels: upTo(40), height: upTo(9), width: upTo(9), batch: upTo(3) } as const;

export const concatenation = family({
  name: 'CONCATENATION',
  grid: {
    ...image,
    rank: [1, 2, 3, 4],
    axis: [0, 1, 2, 3, -1],
    parts: upTo(4),
    /** Size of the second part along the axis. */
    second: upTo(17),
    kind: ['inputs', 'constant', 'same value'],
    dtype: codeTypes,
    /** uint8 parts may have other parameters, and are then requantized. */
    scaleRatio: [1, 0.4, 2.3],
    inputZero: zeroPoints,
    outputZero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const full = [c.batch, c.height, c.width, c.channels].slice(4 - c.rank);
    const axis = c.axis % c.rank;
    const position = (axis + c.rank) % c.rank;
    const requantized = c.dtype === 'uint8';
    const output = quantized(0.05, zeroPointOf(c.dtype, c.outputZero));
    const quantization = requantized ? quantized(0.05 * c.scaleRatio, zeroPointOf(c.dtype, c.inputZero)) : output;
    const parts: Value[] = [];
    for (let part = 0; part < c.parts; part++) {
      const shape = full.map((size, k) => (k === position && part === 1 ? c.second : size));
      // Odd parts have the output's parameters even where others do not.
      const own = part % 2 === 1 ? output : quantization;
      if (part === 1 && c.kind === 'constant') {
        const count = shape.reduce((a, b) => a * b, 1);
        parts.push(builder.constant(c.dtype, shape, codes(c.dtype, count, 'random', random), own));
      } else if (part === 2 && c.kind === 'same value') {
        parts.push(parts[0]);
      } else {
        parts.push(builder.input(c.dtype, shape, own));
      }
    }
    const attributes = { axis, activation: 'NONE' } as const;
    const graph = builder.outputs(...builder.node('CONCATENATION', attributes, parts, { dtype: c.dtype, quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const pad = family({
  name: 'PAD',
  grid: {
    ...image,
    top: [0, 1, 2, 3],
    bottom: [0, 1, 2],
    left: [0, 1, 2, 3],
    right: [0, 1, 2],
    paddingType: ['int32', 'int64'],
    consumer: ['none', 'CONV_2D SAME', 'CONV_2D VALID', 'left column', 'right column', 'MAX_POOL_2D'],
    dtype: codeTypes,
    inputZero: zeroPoints,
    outputZero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const { dtype } = c;
    const input = builder.input(dtype, [c.batch, c.height, c.width, c.channels], quantized(0.05, zeroPointOf(dtype, c.inputZero)));
    const paddings = builder.constant(c.paddingType, [4, 2], [0, 0, c.top, c.bottom, c.left, c.right, 0, 0]);
    const quantization = quantized(0.05, zeroPointOf(dtype, c.outputZero));
    const [padded] = builder.node('PAD', {}, [input, paddings], { dtype, quantization });
    if (c.consumer === 'none') builder.outputs(padded);
    else if (c.consumer === 'MAX_POOL_2D') {
      const attributes = { padding: 'SAME', strideH: 1, strideW: 1, filterH: 2, filterW: 2, activation: 'NONE' } as const;
      builder.outputs(...builder.node('MAX_POOL_2D', attributes, [padded], { dtype, quantization }));
    } else {
      const sizes = { 'CONV_2D SAME': [3, 3], 'CONV_2D VALID': [1, 1], 'left column': [1, 2], 'right column': [1, 2] }[c.consumer];
      const explicit = {
        'CONV_2D SAME': 'SAME',
        'CONV_2D VALID': 'VALID',
        'left column': { top: 0, bottom: 0, left: 2, right: 0 },
        'right column': { top: 0, bottom: 0, left: 0, right: 2 },
      } as const;
      const filter = builder.constant(dtype, [3, ...sizes, c.channels], codes(dtype, 97, 'random', random), quantized(0.01, 0));
      const attributes = { ...convolution, padding: explicit[c.consumer] };
      builder.outputs(...builder.node('CONV_2D', attributes, [padded, filter, undefined], { dtype, quantization: quantized(1, 3) }));
    }
    return { graph: builder.graph, inputs: inputCodes(builder.graph, c.data, random) };
  },
});

export const resize = family({
  name: 'RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR',
  grid: {
    ...image,
    operator: ['RESIZE_BILINEAR', 'RESIZE_NEAREST_NEIGHBOR'],
    outputHeight: [...upTo(9), 17, 33],
    outputWidth: [...upTo(9), 16, 31],
    coordinates: ['plain', 'alignCorners', 'halfPixelCenters'],
    dtype: codeTypes,
    zero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const quantization = quantized(0.05, zeroPointOf(c.dtype, c.zero));
    const input = builder.input(c.dtype, [c.batch, c.height, c.width, c.channels], quantization);
    const attributes = { alignCorners: c.coordinates === 'alignCorners', halfPixelCenters: c.coordinates === 'halfPixelCenters' };
    const inputs = [input, builder.ints(c.outputHeight, c.outputWidth)];
    const graph = builder.outputs(...builder.node(c.operator, attributes, inputs, { dtype: c.dtype, quantization }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
