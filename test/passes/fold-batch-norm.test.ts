// Tests folding of products and sums per channel into layers: outputs equal to rounding, what is declined and why.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Value } from '../../src/graph/graph';
import { foldBatchNorm } from '../../src/passes/fold-batch-norm';
import { convolution, GraphBuilder, window } from '../support/build';
import { checkFold, constant, float, none } from './fold';

/** A layer with 4 output channels on a small image. */
const layers: Record<string, (builder: GraphBuilder, input: Value, withBias: boolean) => Value> = {
  CONV_2D: (builder, input, withBias) => {
    const bias = withBias ? constant(builder, 2, 4) : undefined;
    return builder.node('CONV_2D', convolution, [input, constant(builder, 1, 4, 3, 3, 2), bias], float)[0];
  },
  DEPTHWISE_CONV_2D: (builder, input, withBias) => {
    const bias = withBias ? [constant(builder, 2, 4)] : [];
    const weights = constant(builder, 1, 1, 3, 3, 4);
    return builder.node('DEPTHWISE_CONV_2D', { ...convolution, depthMultiplier: 2 }, [input, weights, ...bias], float)[0];
  },
  TRANSPOSE_CONV: (builder, input, withBias) => {
    const bias = withBias ? [constant(builder, 2, 4)] : [];
    const inputs = [builder.ints(1, 11, 11, 4), constant(builder, 1, 4, 3, 3, 2), input, ...bias];
    return builder.node('TRANSPOSE_CONV', { ...window, strideH: 2, strideW: 2 }, inputs, float)[0];
  },
  FULLY_CONNECTED: (builder, input, withBias) => {
    const bias = withBias ? constant(builder, 2, 4) : undefined;
    return builder.node('FULLY_CONNECTED', { ...none, keepNumDims: false }, [input, constant(builder, 1, 4, 50), bias], float)[0];
  },
};

function input(builder: GraphBuilder): Value {
  return builder.input('float32', [1, 5, 5, 2]);
}

for (const [type, layer] of Object.entries(layers)) {
  for (const withBias of [true, false]) {
    test(`${type} ${withBias ? 'with' : 'without'} bias takes MUL, ADD, DIV and SUB and the last activation`, () => {
      const builder = new GraphBuilder();
      const result = layer(builder, input(builder), withBias);
      const [scaled] = builder.node('MUL', none, [result, constant(builder, 3, 1, 4)], float);
      const [shifted] = builder.node('ADD', none, [constant(builder, 4, 4), scaled], float);
      const [halved] = builder.node('DIV', none, [shifted, constant(builder, 5, 4)], float);
      const graph = builder.outputs(...builder.node('SUB', { activation: 'RELU6' }, [halved, constant(builder, 6, 1)], float));
      const { types, records } = checkFold(graph, foldBatchNorm);
      assert.is(types, type);
      assert.is(records.filter(({ changed }) => changed).length, 4);
      assert.is((graph.nodes[0].attributes as { activation: string }).activation, 'RELU6');
    });
  }
}

test('shared weights are scaled for each reader', () => {
  const builder = new GraphBuilder();
  const image = input(builder);
  const weights = constant(builder, 1, 4, 3, 3, 2);
  const outputs = [3, 4].flatMap((seed) => {
    const [result] = builder.node('CONV_2D', convolution, [image, weights], float);
    return builder.node('MUL', none, [result, constant(builder, seed, 4)], float);
  });
  assert.is(checkFold(builder.outputs(...outputs), foldBatchNorm).types, 'CONV_2D CONV_2D');
});

function declines(title: string, reason: RegExp | undefined, build: (builder: GraphBuilder, result: Value) => Value[]): void {
  test(`declined: ${title}`, () => {
    const builder = new GraphBuilder();
    const graph = builder.outputs(...build(builder, layers.CONV_2D(builder, input(builder), true)));
    const count = graph.nodes.length;
    const { records, reasons } = checkFold(graph, foldBatchNorm);
    assert.is(graph.nodes.length, count);
    if (reason) assert.match(reasons, reason);
    else assert.equal(records, []);
  });
}

declines('an activation between', /has an activation/, (builder, result) => {
  builder.graph.nodes[0].attributes = { ...convolution, activation: 'RELU' };
  return builder.node('MUL', none, [result, constant(builder, 3, 4)], float);
});
declines('the result is a graph output', /is a graph output/, (builder, result) => [
  result,
  ...builder.node('MUL', none, [result, constant(builder, 3, 4)], float),
]);
declines('the result has two readers', /has other readers/, (builder, result) => [
  ...builder.node('ADD', none, [result, constant(builder, 3, 4)], float),
  ...builder.node('TANH', {}, [result], float),
]);
declines('the constant adds a dimension', /more dimensions/, (builder, result) =>
  builder.node('MUL', none, [result, constant(builder, 3, 1, 1, 1, 1, 4)], float),
);
declines('one constant per pixel', undefined, (builder, result) =>
  builder.node('MUL', none, [result, constant(builder, 3, 1, 3, 3, 1)], float),
);
declines('a constant minus the result', undefined, (builder, result) =>
  builder.node('SUB', none, [constant(builder, 3, 4), result], float),
);
declines('two results', undefined, (builder, result) => builder.node('ADD', none, [result, result], float));

test('a sum behind something without weights stays', () => {
  const builder = new GraphBuilder();
  const [result] = builder.node('TANH', {}, [input(builder)], float);
  const graph = builder.outputs(...builder.node('ADD', none, [result, constant(builder, 3, 2)], float));
  const { types, reasons } = checkFold(graph, foldBatchNorm);
  assert.is(types, 'TANH ADD');
  assert.match(reasons, /no layer with weights/);
});

test.run();
