// Tests the mutations of graphs one by one.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { consumersOf } from '../../src/graph/consumers';
import { addConstant, makeConstant, removeNodes, removeValues, replaceInput, replaceOutput, setAttributes } from '../../src/graph/edit';
import type { Node } from '../../src/graph/graph';
import { GraphBuilder } from '../support/build';

function chain() {
  const builder = new GraphBuilder();
  const data = builder.input('float32', [2]);
  const [middle] = builder.node('ADD', { activation: 'NONE' }, [data, data], { dtype: 'float32', shape: [2] });
  const [end] = builder.node('RELU', {}, [middle], { dtype: 'float32', shape: [2] });
  return { graph: builder.outputs(end), data, middle, end, add: builder.graph.nodes[0] as Node<'ADD'>, relu: builder.graph.nodes[1] };
}

test('consumersOf lists each reader once, in order', () => {
  const { graph, data, middle, end, add, relu } = chain();
  const consumers = consumersOf(graph);
  assert.equal(consumers.get(data), [add]);
  assert.equal(consumers.get(middle), [relu]);
  assert.is(consumers.get(end), undefined);
});

test('replaceInput and replaceOutput rewire one place', () => {
  const { data, middle, end, add, relu } = chain();
  replaceInput(relu, 0, data);
  assert.is(relu.inputs[0], data);
  replaceOutput(add, 0, end);
  assert.equal(add.outputs, [end]);
  assert.is.not(add.outputs[0], middle);
});

test('setAttributes replaces some attributes in a fresh object', () => {
  const { add } = chain();
  const before = add.attributes;
  setAttributes(add, { activation: 'RELU' });
  assert.equal(add.attributes, { activation: 'RELU' });
  assert.equal(before, { activation: 'NONE' });
});

test('removeNodes and removeValues take out what they are given', () => {
  const { graph, middle, add, relu } = chain();
  removeNodes(graph, new Set([add]));
  assert.equal(graph.nodes, [relu]);
  removeValues(graph, new Set([middle]));
  assert.equal(
    graph.values.map(({ id }) => id),
    [0, 2],
  );
});

test('addConstant takes the next free id', () => {
  const { graph } = chain();
  graph.values[1] = { ...graph.values[1], id: 40 };
  const value = addConstant(graph, { name: 'k', dtype: 'int32', shape: [2], data: Int32Array.of(1, 2) });
  assert.is(value.id, 41);
  assert.is(graph.values.at(-1), value);
});

test('a constant of another length than its shape -> bad-shape', () => {
  const { graph, middle } = chain();
  const refused = (error: unknown) => error instanceof ModelError && error.code === 'bad-shape';
  assert.throws(() => makeConstant(middle, new Float32Array(3)), refused);
  assert.throws(() => addConstant(graph, { name: 'k', dtype: 'int32', shape: [2], data: Int32Array.of(1) }), refused);
  assert.is(middle.data, undefined);
  assert.is(graph.values.length, 3);
});

test.run();
