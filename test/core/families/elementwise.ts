// Owns the families of ADD, SUB, MUL, MAXIMUM, MINIMUM, PRELU and SQUARED_DIFFERENCE: broadcasting along every axis, constants, scalars, one value twice.
import type { Quantization, Value } from '../../../src/graph/graph';
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
import { family } from './family';
import { activations, codes, codeTypes, inputCodes, patterns, zeroPointOf, zeroPoints } from './operands';

/** Which operand has one entry along an axis. */
const broadcast = ['none', 'left', 'right', 'both'] as const;
type Side = 'left' | 'right';

/** Output scale for operand scales `a` and `b`. */
function outputScale(operator: 'ADD' | 'SUB' | 'MUL', ratio: 'typical' | 'left' | 'tiny', a: number, b: number, random: Random): number {
  const full = operator === 'MUL' ? 255 * a * b : a + b;
  // ADD and SUB allow a real multiplier up to 2^19, MUL up to 2^30; from 2^14 on MUL leaves the four-lane form.
  const left = operator === 'MUL' ? 2 ** -random.integer(8, 29) : 2 ** -random.integer(1, 17);
  return full * { typical: 0.25 + 1.5 * random.real(), left, tiny: 2 ** random.integer(8, 30) }[ratio];
}

export const elementwise = family({
  name: 'ADD, SUB and MUL',
  grid: {
    channels: upTo(40),
    height: upTo(9),
    width: upTo(9),
    batch: upTo(3),
    operator: ['ADD', 'SUB', 'MUL'],
    images: broadcast,
    rows: broadcast,
    columns: broadcast,
    depth: broadcast,
    operands: [
      'inputs',
      'left constant',
      'right constant',
      'left scalar',
      'right vector',
      'same value',
      'five dimensions',
      'two dimensions',
    ],
    scaleRatio: [1, 3.7, 1e-3, 4e6],
    ratio: ['typical', 'left', 'tiny'],
    dtype: codeTypes,
    leftZero: zeroPoints,
    rightZero: zeroPoints,
    outputZero: zeroPoints,
    activation: activations,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const { dtype, operator } = c;
    const scales = { left: 0.05, right: Math.fround(0.05 * c.scaleRatio) };
    const quantization: Record<Side, Quantization> = {
      left: quantized(scales.left, zeroPointOf(dtype, c.leftZero)),
      right: quantized(scales.right, zeroPointOf(dtype, c.rightZero)),
    };
    const axes = [
      [c.batch, c.images],
      [c.height, c.rows],
      [c.width, c.columns],
      [c.channels, c.depth],
    ] as const;
    const full = axes.map(([size]) => size);
    const shapeOf = (side: Side) => {
      if (c.operands === 'five dimensions') return [1, ...full];
      const shape = axes.map(([size, reduced]) => (reduced === side || reduced === 'both' ? 1 : size));
      return c.operands === 'two dimensions' ? shape.slice(2) : shape;
    };
    const constant = (side: Side, shape: readonly number[]) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return builder.constant(dtype, shape, codes(dtype, count, 'random', random), quantization[side]);
    };
    const operand = (side: Side): Value => {
      if (c.operands === `${side} constant`) return constant(side, shapeOf(side));
      if (side === 'left' && c.operands === 'left scalar') return constant(side, []);
      if (side === 'right' && c.operands === 'right vector') return constant(side, [c.depth === 'right' ? 1 : c.channels]);
      return builder.input(dtype, shapeOf(side), quantization[side]);
    };
    const left = operand('left');
    const right = c.operands === 'same value' ? left : operand('right');
    const rightScale = c.operands === 'same value' ? scales.left : scales.right;
    const output = quantized(outputScale(operator, c.ratio, scales.left, rightScale, random), zeroPointOf(dtype, c.outputZero));
    const graph = builder.outputs(...builder.node(operator, { activation: c.activation }, [left, right], { dtype, quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const extrema = family({
  name: 'MAXIMUM and MINIMUM',
  grid: {
    channels: upTo(40),
    height: upTo(9),
    width: upTo(9),
    batch: upTo(3),
    operator: ['MAXIMUM', 'MINIMUM'],
    images: broadcast,
    rows: broadcast,
    columns: broadcast,
    depth: broadcast,
    isConstant: [false, true],
    dtype: codeTypes,
    zero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const { dtype, operator } = c;
    const quantization = quantized(0.05, zeroPointOf(dtype, c.zero));
    const shapeOf = (side: Side) => {
      const axes = [
        [c.batch, c.images],
        [c.height, c.rows],
        [c.width, c.columns],
        [c.channels, c.depth],
      ] as const;
      return axes.map(([size, reduced]) => (reduced === side || reduced === 'both' ? 1 : size));
    };
    const left = builder.input(dtype, shapeOf('left'), quantization);
    const shape = shapeOf('right');
    const count = shape.reduce((a, b) => a * b, 1);
    const right = c.isConstant
      ? builder.constant(dtype, shape, codes(dtype, count, 'random', random), quantization)
      : builder.input(dtype, shape, quantization);
    const graph = builder.outputs(...builder.node(operator, {}, [left, right], { dtype, quantization }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});

export const steps = family({
  name: 'PRELU and SQUARED_DIFFERENCE',
  grid: {
    channels: upTo(40),
    height: upTo(9),
    width: upTo(9),
    batch: upTo(3),
    operator: ['PRELU', 'SQUARED_DIFFERENCE'],
    columns: broadcast,
    depth: broadcast,
    isConstant: [false, true],
    scaleRatio: [1, 3.7, 1e-3, 4e6],
    outputRatio: [1, 0.6, 2 ** 9, 2 ** 25],
    dtype: codeTypes,
    leftZero: zeroPoints,
    rightZero: zeroPoints,
    outputZero: zeroPoints,
    data: patterns,
  },
  build(c, random) {
    const builder = new GraphBuilder();
    const { operator } = c;
    // SQUARED_DIFFERENCE takes no uint8, PRELU no slopes of another size than its input's along an axis, or 1.
    const dtype = operator === 'PRELU' ? c.dtype : 'int8';
    const axes = [
      [c.width, c.columns],
      [c.channels, c.depth],
    ] as const;
    const shapeOf = (side: Side) => [
      ...[c.batch, c.height],
      ...axes.map(([size, reduced]) => (reduced === 'both' || (reduced === side && (side === 'right' || operator !== 'PRELU')) ? 1 : size)),
    ];
    const scales = [0.05, Math.fround(0.05 * c.scaleRatio)];
    const left = builder.input(dtype, shapeOf('left'), quantized(scales[0], zeroPointOf(dtype, c.leftZero)));
    const quantization = quantized(scales[1], zeroPointOf(dtype, c.rightZero));
    const shape = shapeOf('right');
    const count = shape.reduce((a, b) => a * b, 1);
    const right = c.isConstant
      ? builder.constant(dtype, shape, codes(dtype, count, 'random', random), quantization)
      : builder.input(dtype, shape, quantization);
    const largest = operator === 'PRELU' ? Math.max(scales[0], scales[0] * scales[1] * 64) : Math.max(...scales) ** 2 * 128;
    const output = quantized(largest * c.outputRatio, zeroPointOf(dtype, c.outputZero));
    const graph = builder.outputs(...builder.node(operator, {}, [left, right], { dtype, quantization: output }));
    return { graph, inputs: inputCodes(graph, c.data, random) };
  },
});
