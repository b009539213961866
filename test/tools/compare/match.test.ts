// Tests tools/compare/match.ts: names, conversions, other operators, and files whose tools renamed everything.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph, OperatorType } from '../../../src/graph/graph';
import { matchLayers } from '../../../tools/compare/match';
import { GraphBuilder, quantized } from '../../support/build';

/** A chain of operators without operands over [1, 4]; steps are 'TYPE name', integers between QUANTIZE and DEQUANTIZE. */
function chain(...steps: string[]): Graph {
  const g = new GraphBuilder();
  let value = g.input('float32', [1, 4]);
  let isFloat = true;
  for (const step of steps) {
    const [type, name] = step.split(' ');
    isFloat = type === 'DEQUANTIZE' || (isFloat && type !== 'QUANTIZE');
    const options = isFloat ? ({ dtype: 'float32' } as const) : ({ dtype: 'int8', quantization: quantized(0.1) } as const);
    [value] = g.node(type as OperatorType, {} as never, [value], { ...options, name, shape: [1, 4] });
  }
  return g.outputs(value);
}

const pairs = (float: Graph, quantizedGraph: Graph) => {
  const { layers, by, unmatched } = matchLayers(float, quantizedGraph);
  return { by, unmatched, layers: layers.map(({ node, index, floatNode }) => `${index} ${node.type} ${floatNode.outputs[0].name}`) };
};

test('by name, the conversions at the ends aside; the float output is what DEQUANTIZE was given', () => {
  const float = chain('RELU a', 'TANH b');
  const integer = chain('QUANTIZE in', 'RELU a', 'TANH b_int8', 'DEQUANTIZE b');
  assert.equal(pairs(float, integer), { by: 'names', unmatched: [], layers: ['1 RELU a', '2 TANH b'] });
  const { floatOf } = matchLayers(float, integer);
  assert.is(floatOf.get(integer.nodes[0].outputs[0]), float.inputs[0], 'the quantized input stands for the float one');
  assert.is(floatOf.get(integer.nodes[3].outputs[0]), float.nodes[1].outputs[0]);
});

test('one operator may stand for another; a new layer has no partner', () => {
  const float = chain('RELU a', 'LOGISTIC b', 'TANH c');
  const integer = chain('RELU a', 'HARD_SWISH b', 'RELU extra', 'TANH c');
  assert.equal(pairs(float, integer), { by: 'names', unmatched: ['extra'], layers: ['0 RELU a', '1 HARD_SWISH b', '3 TANH c'] });
});

test('by order where names differ, skipping what is new in either', () => {
  const float = chain('RELU a', 'LOGISTIC b', 'TANH c');
  const integer = chain('QUANTIZE q', 'RELU x', 'RELU6 new', 'TANH y', 'QUANTIZE z');
  assert.equal(pairs(float, integer), { by: 'order', unmatched: ['new'], layers: ['1 RELU a', '3 TANH c'] });
});

test.run();
