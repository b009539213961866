// Owns the family of SOFTMAX.
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import { family } from './family';
import { codes, codeTypes, zeroPointOf, zeroPoints } from './operands';

export const softmax = family({
  name: 'SOFTMAX',
  grid: {
    channels: [...upTo(40), 64, 255, 256, 257, 511, 512, 513, 1000, 1001, 1100],
    rows: upTo(9),
    rank: [1, 2, 3, 4],
    /** From differences that hardly count, over 1/256, to a radius of a few codes. */
    scale: [1e-6, 1 / 256, 0.01, 0.1, 0.37, 1, 8, 300],
    beta: [0.25, 1, 2.5],
    dtype: codeTypes,
    zero: zeroPoints,
    data: ['random', 'extremes', 'lowest', 'highest', 'one', 'narrow'],
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const shape = [[c.channels], [c.rows, c.channels], [2, c.rows, c.channels], [2, c.rows, 3, c.channels]][c.rank - 1];
    const input = builder.input(c.dtype, shape, quantized(c.scale, zeroPointOf(c.dtype, c.zero)));
    const output = quantized(1 / 256, c.dtype === 'int8' ? -128 : 0);
    const attributes = { beta: Math.fround(c.beta) };
    const graph = builder.outputs(...builder.node('SOFTMAX', attributes, [input], { dtype: c.dtype, quantization: output }));
    const count = shape.reduce((a, b) => a * b, 1);
    const data = c.dtype === 'int8' ? new Int8Array(count) : new Uint8Array(count);
    if (c.data === 'narrow') data.set(Array.from({ length: count }, () => random.integer(40, 44)));
    else if (c.data === 'one') for (let i = random.integer(0, c.channels - 1); i < count; i += c.channels) data[i] = 100;
    else data.set(codes(c.dtype, count, c.data, random));
    return { graph, inputs: [data] };
  },
});
