// Tests that fuse-activation is exact for every operator, dtype and activation that it fuses, and declines the rest.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Activation, Quantization, Value } from '../../src/graph/graph';
import { fuseActivation } from '../../src/passes/fuse-activation';
import { convolution, GraphBuilder, quantized, window } from '../support/build';
import { checkPass } from '../support/passes';

const relus = ['RELU', 'RELU6', 'RELU_N1_TO_1'] as const;
type DTypeOfReal = 'float32' | 'uint8' | 'int8';

/** Output scale and zero point such that -1, 0 and 6 fall inside, between and outside codes. */
const scales: readonly [scale: number, zeroPoint: Readonly<Record<DTypeOfReal, number>>][] = [
  [0.05, { float32: 0, uint8: 128, int8: -20 }],
  [1 / 3, { float32: 0, uint8: 2, int8: -127 }],
  [0.013, { float32: 0, uint8: 250, int8: 120 }],
];

type Make = (builder: GraphBuilder, dtype: DTypeOfReal, activation: Activation, output?: Quantization) => Value;

const scaled = (dtype: DTypeOfReal, scale: number, zeroPoint = 0) => (dtype === 'float32' ? undefined : quantized(scale, zeroPoint));
const weights = (builder: GraphBuilder, dtype: DTypeOfReal, shape: number[]) =>
  builder.constant(dtype, shape, [1, 3, -2, 7, -5, 4, -1], scaled(dtype, 0.04));

const binary =
  (type: 'ADD' | 'SUB' | 'MUL' | 'DIV'): Make =>
  (builder, dtype, activation, quantization) => {
    const a = builder.input(dtype, [4, 50], scaled(dtype, 0.03, 7));
    // DIV: no divisor is zero.
    const b =
      type === 'DIV' ? builder.constant(dtype, [50], [1, 2, 5], scaled(dtype, 0.5)) : builder.input(dtype, [50], scaled(dtype, 0.06));
    return builder.node(type, { activation }, [a, b], { dtype, quantization })[0];
  };
const pool =
  (type: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D'): Make =>
  (builder, dtype, activation, quantization) =>
    builder.node(type, { ...window, filterH: 2, filterW: 2, activation }, [builder.input(dtype, [1, 6, 6, 3], quantization)], {
      dtype,
      quantization,
    })[0];

const makers: Record<string, Make> = {
  CONV_2D: (builder, dtype, activation, quantization) => {
    const inputs = [builder.input(dtype, [1, 5, 5, 2], scaled(dtype, 0.05, 9)), weights(builder, dtype, [4, 3, 3, 2])];
    return builder.node('CONV_2D', { ...convolution, activation }, inputs, { dtype, quantization })[0];
  },
  DEPTHWISE_CONV_2D: (builder, dtype, activation, quantization) => {
    const inputs = [builder.input(dtype, [1, 5, 5, 2], scaled(dtype, 0.05, 9)), weights(builder, dtype, [1, 3, 3, 4])];
    return builder.node('DEPTHWISE_CONV_2D', { ...convolution, activation, depthMultiplier: 2 }, inputs, { dtype, quantization })[0];
  },
  TRANSPOSE_CONV: (builder, dtype, activation, quantization) => {
    const inputs = [
      builder.ints(1, 7, 7, 4),
      weights(builder, dtype, [4, 3, 3, 2]),
      builder.input(dtype, [1, 5, 5, 2], scaled(dtype, 0.05, 9)),
    ];
    return builder.node('TRANSPOSE_CONV', { ...window, activation }, inputs, { dtype, quantization })[0];
  },
  FULLY_CONNECTED: (builder, dtype, activation, quantization) => {
    const inputs = [builder.input(dtype, [9, 6], scaled(dtype, 0.05, 9)), weights(builder, dtype, [8, 6])];
    return builder.node('FULLY_CONNECTED', { activation, keepNumDims: false }, inputs, { dtype, quantization })[0];
  },
  ADD: binary('ADD'),
  SUB: binary('SUB'),
  MUL: binary('MUL'),
  DIV: binary('DIV'),
  AVERAGE_POOL_2D: pool('AVERAGE_POOL_2D'),
  MAX_POOL_2D: pool('MAX_POOL_2D'),
};

for (const [type, make] of Object.entries(makers)) {
  for (const dtype of ['float32', 'uint8', 'int8'] as const) {
    for (const relu of relus) {
      test(`${type} ${dtype} -> ${relu} fuses bit for bit at output scales ${scales.map(([scale]) => scale)}`, () => {
        for (const [scale, zeroPoints] of scales) {
          const builder = new GraphBuilder();
          const quantization = scaled(dtype, scale, zeroPoints[dtype]);
          const middle = make(builder, dtype, 'NONE', quantization);
          const graph = builder.outputs(...builder.node(relu, {}, [middle], { dtype, quantization }));
          assert.equal(checkPass(graph, fuseActivation), [`${relu} #1 changed`]);
          assert.is(graph.nodes.length, 1);
          assert.is((graph.nodes[0].attributes as { activation: Activation }).activation, relu);
        }
      });
    }
  }
}

/** CONV_2D -> RELU on int8 with the given activation of the convolution and quantization behind the RELU. */
function pair(activation: Activation = 'NONE', output = quantized(0.05)) {
  const builder = new GraphBuilder();
  const middle = makers.CONV_2D(builder, 'int8', activation, quantized(0.05));
  return { builder, middle, graph: builder.outputs(...builder.node('RELU', {}, [middle], { dtype: 'int8', quantization: output })) };
}

test('declines an operator that has an activation', () => {
  assert.equal(checkPass(pair('RELU6').graph, fuseActivation), ['RELU #1 declined']);
});

test('declines another scale or zero point behind the RELU', () => {
  assert.equal(checkPass(pair('NONE', quantized(0.06)).graph, fuseActivation), ['RELU #1 declined']);
  assert.equal(checkPass(pair('NONE', quantized(0.05, 1)).graph, fuseActivation), ['RELU #1 declined']);
});

test('declines an input that is a graph output', () => {
  const { graph, middle } = pair();
  graph.outputs.push(middle);
  assert.equal(checkPass(graph, fuseActivation), ['RELU #1 declined']);
});

test('declines an input with a second reader', () => {
  const { graph, builder, middle } = pair();
  graph.outputs.push(...builder.node('TANH', {}, [middle], { dtype: 'int8', quantization: quantized(1 / 128) }));
  assert.equal(checkPass(graph, fuseActivation), ['RELU #1 declined']);
});

test('declines behind an operator that takes no activation, and on a graph input', () => {
  const builder = new GraphBuilder();
  const [middle] = builder.node('RELU6', {}, [builder.input('float32', [9])], { dtype: 'float32' });
  const graph = builder.outputs(...builder.node('RELU', {}, [middle], { dtype: 'float32' }));
  assert.equal(checkPass(graph, fuseActivation), ['RELU6 #0 declined', 'RELU #1 declined']);
});

test('fuses only the first of two RELUs in a row', () => {
  const { graph, builder } = pair();
  const [end] = builder.node('RELU', {}, [graph.outputs[0]], { dtype: 'int8', quantization: quantized(0.05) });
  graph.outputs = [end];
  assert.equal(checkPass(graph, fuseActivation), ['RELU #1 changed', 'RELU #2 declined']);
});

test.run();
