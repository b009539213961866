// Owns the tests of the interpreter: order, observation, optional inputs, graph ends, refused inputs.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { Graph, TensorData } from '../../src/graph/graph';
import { runReference } from '../../src/reference/run';
import { GraphBuilder } from '../support/build';

const none = { activation: 'NONE' } as const;

/** y = (x + 1) * (x + 1), z = y - x; outputs z and y. */
function polynomial(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('float32', [2]);
  const one = builder.constant('float32', [1], [1]);
  const result = { dtype: 'float32', shape: [2] } as const;
  const [sum] = builder.node('ADD', none, [x, one], result);
  const [y] = builder.node('MUL', none, [sum, sum], result);
  const [z] = builder.node('SUB', none, [y, x], result);
  return builder.outputs(z, y);
}

const code = (expected: string) => (error: unknown) => error instanceof ModelError && error.code === expected;

test('nodes run in order and outputs come in the graph’s order', () => {
  const [z, y] = runReference(polynomial(), [Float32Array.of(1, -3)]);
  assert.equal([...y], [4, 4]);
  assert.equal([...z], [3, 7]);
});

test('observe sees every graph input, then every node output in execution order', () => {
  const seen: [string, number[]][] = [];
  runReference(polynomial(), [Float32Array.of(1, -3)], (value, data) => seen.push([value.name, Array.from(data, Number)]));
  assert.equal(seen, [
    ['t0', [1, -3]],
    ['t2', [2, -2]],
    ['t3', [4, 4]],
    ['t4', [3, 7]],
  ]);
});

test('inputs are not changed, and a second run gives the same', () => {
  const graph = polynomial();
  const input = Float32Array.of(5, 6);
  const first = runReference(graph, [input]);
  assert.equal(runReference(graph, [input]), first);
  assert.equal([...input], [5, 6]);
});

test('an output may be an input or a constant', () => {
  const builder = new GraphBuilder();
  const x = builder.input('uint8', [1]);
  const constant = builder.constant('int32', [1], [9]);
  const outputs = runReference(builder.outputs(x, constant), [Uint8Array.of(3)]);
  assert.equal(outputs, [Uint8Array.of(3), Int32Array.of(9)]);
});

test('an optional input left out reaches the kernel as undefined', () => {
  const builder = new GraphBuilder();
  const x = builder.input('float32', [1, 2]);
  const weights = builder.constant('float32', [1, 2], [3, 4]);
  const attributes = { ...none, keepNumDims: false };
  const [y] = builder.node('FULLY_CONNECTED', attributes, [x, weights, undefined], { dtype: 'float32', shape: [1, 1] });
  assert.equal([...runReference(builder.outputs(y), [Float32Array.of(1, 2)])[0]], [11]);
});

const badInputs: [string, TensorData[]][] = [
  ['no input', []],
  ['two inputs', [new Float32Array(2), new Float32Array(2)]],
  ['a wrong dtype', [new Int32Array(2)]],
  ['a wrong length', [new Float32Array(3)]],
  ['undefined', [undefined as unknown as TensorData]],
];
for (const [what, inputs] of badInputs) {
  test(`${what} throws bad-argument`, () => {
    assert.throws(() => runReference(polynomial(), inputs), code('bad-argument'));
  });
}

test('a value that nothing writes throws bad-graph', () => {
  const builder = new GraphBuilder();
  const loose = builder.value({ dtype: 'float32', shape: [1] });
  const [y] = builder.node('RELU', {}, [loose], { dtype: 'float32', shape: [1] });
  assert.throws(() => runReference(builder.outputs(y), []), code('bad-graph'));
});

test.run();
