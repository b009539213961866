// Tests what fold-constants computes at load time and what it leaves alone.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { validate } from '../../src/graph/validate';
import { foldConstants } from '../../src/passes/fold-constants';
import { evaluate } from '../../src/reference/run';
import { convolution, GraphBuilder } from '../support/build';
import { checkPass } from '../support/passes';

const none = { activation: 'NONE' } as const;

test('float16 weights behind DEQUANTIZE become float32 constants', () => {
  const builder = new GraphBuilder();
  // 1, -2 and 0.5 as float16 bits.
  const half = builder.constant('float16', [2, 3, 3, 1], [0x3c00, 0xc000, 0x3800]);
  const [weights] = builder.node('DEQUANTIZE', {}, [half], { dtype: 'float32' });
  const data = builder.input('float32', [1, 4, 4, 1]);
  const graph = builder.outputs(...builder.node('CONV_2D', convolution, [data, weights], { dtype: 'float32' }));
  assert.equal(checkPass(graph, foldConstants), ['DEQUANTIZE #0 changed']);
  assert.is(graph.nodes.length, 1);
  assert.equal(Array.from((weights.data as Float32Array).subarray(0, 3)), [1, -2, 0.5]);
});

test('SHAPE of a known shape and what follows from it, SPLIT with two outputs too', () => {
  const builder = new GraphBuilder();
  const data = builder.input('float32', [2, 3]);
  const [shape] = builder.node('SHAPE', { outType: 'int32' }, [data], { dtype: 'int32' });
  const [rows, columns] = builder.node('SPLIT', { numSplits: 2 }, [builder.ints(0), shape], { dtype: 'int32' }, { dtype: 'int32' });
  const [turned] = builder.node('CONCATENATION', { axis: 0, ...none }, [columns, rows], { dtype: 'int32' });
  const graph = builder.outputs(...builder.node('RESHAPE', { newShape: undefined }, [data, turned], { dtype: 'float32' }));
  assert.equal(checkPass(graph, foldConstants), ['SHAPE #0 changed', 'SPLIT #1 changed', 'CONCATENATION #2 changed']);
  assert.equal(Array.from(turned.data as Int32Array), [3, 2]);
});

test('a graph output stays computed', () => {
  const builder = new GraphBuilder();
  const graph = builder.outputs(...builder.node('ADD', none, [builder.ints(1, 2), builder.ints(3)], { dtype: 'int32' }));
  assert.equal(checkPass(graph, foldConstants), ['ADD #0 declined']);
  assert.is(graph.nodes.length, 1);
});

test('a result of more than 16 MiB stays computed, one of exactly 16 MiB is folded', () => {
  for (const [count, record] of [
    [2 ** 22, 'TILE #0 changed'],
    [2 ** 22 + 1, 'TILE #0 declined'],
  ] as const) {
    const builder = new GraphBuilder();
    const [tiled] = builder.node('TILE', {}, [builder.ints(7), builder.ints(count)], { dtype: 'int32' });
    const operands = [builder.ints(0), builder.ints(1)];
    const graph = builder.outputs(...builder.node('SLICE', {}, [tiled, ...operands], { dtype: 'int32' }));
    validate(graph, { evaluate });
    const [{ node, changed }] = foldConstants(graph, { evaluate });
    assert.is(`${node} ${changed ? 'changed' : 'declined'}`, record, `${count} elements`);
  }
});

test('constants that make a node fail -> bad-data, as in every run', () => {
  const builder = new GraphBuilder();
  const [quotient] = builder.node('FLOOR_DIV', {}, [builder.ints(1), builder.ints(0)], { dtype: 'int32' });
  const graph = builder.outputs(...builder.node('ADD', none, [quotient, builder.input('int32', [1])], { dtype: 'int32' }));
  validate(graph, { evaluate });
  assert.throws(
    () => foldConstants(graph, { evaluate }),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-data',
  );
});

test('what depends on the input is no candidate', () => {
  const builder = new GraphBuilder();
  const graph = builder.outputs(...builder.node('RELU', {}, [builder.input('float32', [2])], { dtype: 'float32' }));
  assert.equal(checkPass(graph, foldConstants), []);
});

test.run();
