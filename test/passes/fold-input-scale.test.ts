// Tests folding of products and sums per channel into the layers that read them: outputs equal to rounding, what is declined and why.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Value } from '../../src/graph/graph';
import { foldInputScale } from '../../src/passes/fold-input-scale';
import { convolution, GraphBuilder, window } from '../support/build';
import { checkFold, constant, float, none } from './fold';

type Layer = (builder: GraphBuilder, input: Value) => Value;

/** Layers on [1, 5, 5, 4]; those that pad nothing, then those that add zeros around their input. */
const unpadded: Record<string, Layer> = {
  'CONV_2D without padding': (builder, input) =>
    builder.node('CONV_2D', { ...convolution, padding: 'VALID' }, [input, constant(builder, 1, 6, 3, 3, 4)], float)[0],
  'CONV_2D 1x1, padding SAME': (builder, input) =>
    builder.node(
      'CONV_2D',
      { ...convolution, padding: 'SAME' },
      [input, constant(builder, 1, 6, 1, 1, 4), constant(builder, 2, 6)],
      float,
    )[0],
  'CONV_2D in 2 groups': (builder, input) =>
    builder.node(
      'CONV_2D',
      { ...convolution, padding: 'VALID' },
      [input, constant(builder, 1, 6, 3, 3, 2), constant(builder, 2, 6)],
      float,
    )[0],
  'DEPTHWISE_CONV_2D with two outputs per channel': (builder, input) =>
    builder.node(
      'DEPTHWISE_CONV_2D',
      { ...convolution, padding: 'VALID', depthMultiplier: 2 },
      [input, constant(builder, 1, 1, 3, 3, 8), constant(builder, 2, 8)],
      float,
    )[0],
  FULLY_CONNECTED: (builder, input) =>
    builder.node('FULLY_CONNECTED', { ...none, keepNumDims: false }, [input, constant(builder, 1, 3, 100)], float)[0],
};
const padded: Record<string, Layer> = {
  CONV_2D: (builder, input) =>
    builder.node('CONV_2D', { ...convolution, padding: 'SAME' }, [input, constant(builder, 1, 6, 3, 3, 4)], float)[0],
  DEPTHWISE_CONV_2D: (builder, input) =>
    builder.node(
      'DEPTHWISE_CONV_2D',
      { ...convolution, padding: 'SAME', depthMultiplier: 1 },
      [input, constant(builder, 1, 1, 3, 3, 4)],
      float,
    )[0],
  TRANSPOSE_CONV: (builder, input) => {
    const inputs = [builder.ints(1, 11, 11, 3), constant(builder, 1, 3, 3, 3, 4), input];
    return builder.node('TRANSPOSE_CONV', { ...window, padding: 'VALID', strideH: 2, strideW: 2 }, inputs, float)[0];
  },
};

function input(builder: GraphBuilder): Value {
  return builder.input('float32', [1, 5, 5, 4]);
}

for (const [title, layer] of Object.entries(unpadded)) {
  test(`${title} takes MUL, ADD, DIV and SUB in front of it`, () => {
    const builder = new GraphBuilder();
    const [scaled] = builder.node('MUL', none, [input(builder), constant(builder, 3, 1, 4)], float);
    const [shifted] = builder.node('ADD', none, [constant(builder, 4, 4), scaled], float);
    const [halved] = builder.node('DIV', none, [shifted, constant(builder, 5, 4)], float);
    const [moved] = builder.node('SUB', none, [halved, constant(builder, 6, 1)], float);
    assert.is(checkFold(builder.outputs(layer(builder, moved)), foldInputScale).types, title.split(' ')[0]);
  });
}

for (const [title, layer] of Object.entries(padded)) {
  test(`${title} that pads takes a product, but no sum`, () => {
    const builder = new GraphBuilder();
    const [shifted] = builder.node('ADD', none, [input(builder), constant(builder, 3, 4)], float);
    const [scaled] = builder.node('MUL', none, [shifted, constant(builder, 4, 4)], float);
    const { types, reasons } = checkFold(builder.outputs(layer(builder, scaled)), foldInputScale);
    assert.is(types, `ADD ${title}`);
    assert.match(reasons, /adds zeros around the sum/);
  });
}

const convolve = unpadded['CONV_2D without padding'];

for (const [title, build, reason] of [
  [
    'an activation',
    (builder: GraphBuilder) => {
      const [scaled] = builder.node('MUL', { activation: 'RELU' }, [input(builder), constant(builder, 3, 4)], float);
      return [convolve(builder, scaled)];
    },
    /has an activation/,
  ],
  [
    'another reader',
    (builder: GraphBuilder) => {
      const [scaled] = builder.node('MUL', none, [input(builder), constant(builder, 3, 4)], float);
      return [convolve(builder, scaled), builder.node('RELU', {}, [scaled], float)[0]];
    },
    /other readers/,
  ],
  [
    'a product that is a graph output',
    (builder: GraphBuilder) => {
      const [scaled] = builder.node('MUL', none, [input(builder), constant(builder, 3, 4)], float);
      return [convolve(builder, scaled), scaled];
    },
    /is a graph output/,
  ],
  [
    'rows that begin inside the channels',
    (builder: GraphBuilder) => {
      const [scaled] = builder.node('MUL', none, [input(builder), constant(builder, 3, 4)], float);
      const weights = constant(builder, 1, 3, 50);
      return builder.node('FULLY_CONNECTED', { ...none, keepNumDims: false }, [scaled, weights], float);
    },
    /begin inside its channels/,
  ],
] as const) {
  test(`declines ${title}`, () => {
    const builder = new GraphBuilder();
    const { types, reasons } = checkFold(builder.outputs(...build(builder)), foldInputScale);
    assert.match(types, /^MUL /);
    assert.match(reasons, reason);
  });
}

test('weights that two layers share are changed for one only', () => {
  const builder = new GraphBuilder();
  const x = input(builder);
  const weights = constant(builder, 1, 6, 3, 3, 4);
  const [scaled] = builder.node('MUL', none, [x, constant(builder, 3, 4)], float);
  const outputs = [scaled, x].map((value) => builder.node('CONV_2D', convolution, [value, weights], float)[0]);
  assert.is(checkFold(builder.outputs(...outputs), foldInputScale).types, 'CONV_2D CONV_2D');
});

test.run();
