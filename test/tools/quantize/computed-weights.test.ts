// Tests that FULLY_CONNECTED with computed weights becomes products of the same result, and that a network with one quantizes.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../../src/graph/validate';
import { loadSync } from '../../../src/index';
import { evaluate, runReference } from '../../../src/reference/run';
import { computedWeightsToProducts } from '../../../tools/quantize/computed-weights';
import { quantizeModel } from '../../../tools/quantize/model';
import { GraphBuilder } from '../../support/build';
import { asSamples } from '../../support/float-network';
import { Random } from '../../support/random';

type Activation = 'NONE' | 'RELU' | 'RELU6';

/** Attention without its scale: x W is multiplied by itself. */
function attention(shape: number[], keepNumDims: boolean, bias: boolean, activation: Activation) {
  const b = new GraphBuilder();
  const random = new Random(2);
  const x = b.input('float32', shape);
  const weights = b.constant(
    'float32',
    [4, shape[shape.length - 1]],
    Array.from({ length: 16 }, () => random.normal()),
  );
  const [keys] = b.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [x, weights, undefined], { dtype: 'float32' });
  const operand = bias ? b.constant('float32', [6], [1, -2, 3]) : undefined;
  const [queries] = b.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims }, [x, weights, undefined], { dtype: 'float32' });
  const [scores] = b.node('FULLY_CONNECTED', { activation, keepNumDims }, [queries, keys, operand], { dtype: 'float32' });
  return { graph: b.outputs(scores), random };
}

for (const activation of ['NONE', 'RELU', 'RELU6'] as const) {
  for (const bias of [false, true]) {
    for (const [shape, keepNumDims] of [
      [[6, 4], false],
      [[2, 3, 4], true],
      [[2, 3, 4], false],
    ] as const) {
      test(`[${shape}] ${keepNumDims ? 'with its dimensions' : 'flattened'}, ${activation}, ${bias ? 'with' : 'without'} bias: the same results`, () => {
        const { graph, random } = attention([...shape], keepNumDims, bias, activation);
        validate(graph, { evaluate });
        const data = Float32Array.from({ length: 24 }, () => random.normal());
        const before = runReference(graph, [data]);
        const after = computedWeightsToProducts(graph);
        assert.is(after.nodes.filter(({ type }) => type === 'FULLY_CONNECTED').length, 2);
        validate(after, { evaluate });
        assert.equal(runReference(after, [data]), before);
      });
    }
  }
}

for (const name of ['int8', 'uint8'] as const) {
  test(`a network with computed weights quantizes to ${name}: its layers as codes, the product in float`, async () => {
    const { graph, random } = attention([6, 4], false, true, 'NONE');
    const samples = Array.from({ length: 4 }, () => [Float32Array.from({ length: 24 }, () => random.normal())]);
    const { bytes } = await quantizeModel(graph, asSamples(samples), { scheme: { name } });
    const model = loadSync(bytes);
    const product = model.operators.find(({ type }) => type === 'BATCH_MATMUL')!;
    assert.equal(
      product.inputs.map(({ dtype }) => dtype),
      ['float32', 'float32'],
    );
    assert.is(model.operators.filter(({ type }) => type === 'FULLY_CONNECTED').length, 2);
  });
}

test.run();
