// Owns the families of products with weights that a run computes: BATCH_MATMUL, and FULLY_CONNECTED of two inputs.
import type { Value } from '../../../src/graph/graph';
import { GraphBuilder, perChannel, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import { family } from './family';
import { activations, codes, codeTypes, inputCodes, patterns, zeroPointOf, zeroPoints } from './operands';

/** Of the product of scales to the output's: results over all codes, left shifts, and multipliers of nearly 0. */
const ratios = { typical: 1 / 4000, left: 3, tiny: 2 ** -30 } as const;
const ratioNames = ['typical', 'left', 'tiny'] as const;

export const batchMatMul = family({
  name: 'BATCH_MATMUL',
  grid: {
    rows: upTo(9),
    depth: [1, 2, 3, 8, 17, 40],
    columns: [1, 2, 7, 8, 9, 16, 17, 33],
    batches: ['none', 'one', 'same', 'left', 'right', 'crossed'],
    adjX: [false, true],
    adjY: [false, true],
    isConstant: [false, true],
    before: ['nothing', 'RELU'],
    ratio: ratioNames,
    leftZero: zeroPoints,
    rightZero: zeroPoints,
    outputZero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const batches = {
      none: [[], []],
      one: [[1, 2], [1]],
      same: [
        [2, 3],
        [2, 3],
      ],
      left: [[2, 2], [1]],
      right: [[], [3]],
      crossed: [
        [2, 1],
        [1, 3],
      ],
    }[c.batches];
    const left = quantized(0.02, zeroPointOf('int8', c.leftZero));
    const right = quantized(0.03, zeroPointOf('int8', c.rightZero));
    const relu = (value: Value) =>
      c.before === 'RELU'
        ? builder.node('RELU', {}, [value], { dtype: 'int8', shape: value.shape, quantization: value.quantization })[0]
        : value;
    const matrix = (rows: number, columns: number, isTransposed: boolean) => (isTransposed ? [columns, rows] : [rows, columns]);
    const a = builder.input('int8', [...batches[0], ...matrix(c.rows, c.depth, c.adjX)], left);
    const shape = [...batches[1], ...matrix(c.depth, c.columns, c.adjY)];
    const count = shape.reduce((x, y) => x * y, 1);
    const b = c.isConstant
      ? builder.constant('int8', shape, codes('int8', count, c.data, random), right)
      : builder.input('int8', shape, right);
    const output = quantized((0.02 * 0.03) / ratios[c.ratio] / Math.sqrt(c.depth), zeroPointOf('int8', c.outputZero));
    const attributes = { adjX: c.adjX, adjY: c.adjY };
    const graph = builder.outputs(
      ...builder.node('BATCH_MATMUL', attributes, [relu(a), c.isConstant ? b : relu(b)], { dtype: 'int8', quantization: output }),
    );
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const computedWeights = family({
  name: 'FULLY_CONNECTED with computed weights',
  grid: {
    batch: upTo(5),
    depth: [1, 2, 3, 8, 17, 40],
    outputs: [1, 2, 7, 8, 9, 16, 17, 33],
    dtype: codeTypes,
    scheme: ['tensor', 'channel'],
    bias: ['none', 'typical', 'huge'],
    ratio: ratioNames,
    activation: activations,
    inputZero: zeroPoints,
    weightZero: zeroPoints,
    outputZero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const isPerChannel = c.scheme === 'channel' && c.dtype === 'int8';
    const scales = Array.from({ length: isPerChannel ? c.outputs : 1 }, () => Math.fround(0.01 * (1 + random.real())));
    const input = builder.input(c.dtype, [c.batch, c.depth], quantized(0.02, zeroPointOf(c.dtype, c.inputZero)));
    const quantization = isPerChannel ? perChannel(scales, 0) : quantized(scales[0], zeroPointOf(c.dtype, c.weightZero));
    const weights = builder.input(c.dtype, [c.outputs, c.depth], quantization);
    const limit = { none: 0, typical: 3000, huge: 2 ** 30 }[c.bias];
    const biases = Array.from({ length: c.outputs }, () => Math.round(limit * (2 * random.real() - 1)));
    const bias =
      c.bias === 'none' ? undefined : builder.constant('int32', [c.outputs], biases, quantized(Math.fround(Math.fround(0.02) * scales[0])));
    const output = quantized((0.02 * scales[0]) / ratios[c.ratio] / Math.sqrt(c.depth), zeroPointOf(c.dtype, c.outputZero));
    const attributes = { activation: c.activation, keepNumDims: false };
    const graph = builder.outputs(
      ...builder.node('FULLY_CONNECTED', attributes, [input, weights, bias], { dtype: c.dtype, quantization: output }),
    );
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
