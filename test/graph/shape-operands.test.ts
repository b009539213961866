// Tests shapes that a graph computes itself, shapes that only a run would know, and open dimensions of inputs.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { Node } from '../../src/graph/graph';
import { inferShapes } from '../../src/graph/shapes';
import { evaluate } from '../../src/reference/run';
import { GraphBuilder } from '../support/build';

const none = { activation: 'NONE' } as const;
const slice = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };

test('SHAPE -> STRIDED_SLICE -> PACK -> RESHAPE computes the shape, for batch 1 and 3', () => {
  for (const batch of [1, 3]) {
    const builder = new GraphBuilder();
    const data = builder.input('float32', [1, 4, 5]);
    const [shape] = builder.node('SHAPE', { outType: 'int32' }, [data], { dtype: 'int32' });
    const operands = [builder.ints(0), builder.ints(1), builder.ints(1)];
    const [first] = builder.node('STRIDED_SLICE', { ...slice, shrinkAxisMask: 1 }, [shape, ...operands], { dtype: 'int32' });
    const [packed] = builder.node('PACK', { axis: 0, valuesCount: 2 }, [first, builder.constant('int32', [], [-1])], { dtype: 'int32' });
    const [output] = builder.node('RESHAPE', { newShape: undefined }, [data, packed], { dtype: 'float32' });
    inferShapes(builder.outputs(output), { evaluate, batch });
    assert.equal(output.shape, [batch, 20], `batch ${batch}`);
  }
});

test('an int64 shape operand is read like an int32 one', () => {
  const builder = new GraphBuilder();
  const paddings = builder.constant('int64', [2, 2], [0, 1, 2, 0]);
  const [output] = builder.node('PAD', {}, [builder.input('float32', [2, 2]), paddings], { dtype: 'float32' });
  inferShapes(builder.outputs(output), { evaluate });
  assert.equal(output.shape, [3, 4]);
});

function failure(run: () => void): ModelError {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a new shape that is a graph input is dynamic-shape and names the tensor', () => {
  const builder = new GraphBuilder();
  const wanted = builder.input('int32', [2]);
  const [output] = builder.node('RESHAPE', { newShape: undefined }, [builder.input('float32', [6]), wanted], { dtype: 'float32' });
  const error = failure(() => inferShapes(builder.outputs(output), { evaluate }));
  assert.is(error.code, 'dynamic-shape');
  assert.match(error.message, /tensor 0 't0' decides a shape/);
  assert.is(error.where, 'RESHAPE #0');
});

test('a new shape computed from a graph input is dynamic-shape', () => {
  const builder = new GraphBuilder();
  const [wanted] = builder.node('ADD', none, [builder.input('int32', [2]), builder.ints(1, 1)], { dtype: 'int32' });
  const [output] = builder.node('RESHAPE', { newShape: undefined }, [builder.input('float32', [6]), wanted], { dtype: 'float32' });
  assert.is(failure(() => inferShapes(builder.outputs(output), { evaluate })).code, 'dynamic-shape');
});

test('an operand of more than 4096 elements is not evaluated', () => {
  const builder = new GraphBuilder();
  const wanted = builder.constant('int32', [4097], [1]);
  const [output] = builder.node('RESHAPE', { newShape: undefined }, [builder.input('float32', [1]), wanted], { dtype: 'float32' });
  assert.is(failure(() => inferShapes(builder.outputs(output), { evaluate })).code, 'dynamic-shape');
});

test('a long chain that computes a shape is too-large rather than slow', () => {
  const builder = new GraphBuilder();
  let value = builder.constant('int32', [4096], [1]);
  for (let i = 0; i < 1000; i++) [value] = builder.node('CAST', {}, [value], { dtype: 'int32' });
  const [wanted] = builder.node('SLICE', {}, [value, builder.ints(0), builder.ints(1)], { dtype: 'int32' });
  const [output] = builder.node('RESHAPE', { newShape: undefined }, [builder.input('float32', [1]), wanted], { dtype: 'float32' });
  assert.is(failure(() => inferShapes(builder.outputs(output), { evaluate })).code, 'too-large');
});

test('open dimensions of an input: file shape where it has one, batch for the leading one, else dynamic-shape', () => {
  const shapeFor = (shape: number[], shapeSignature: number[], batch?: number): readonly number[] | string => {
    const builder = new GraphBuilder();
    const data = builder.value({ dtype: 'float32', shape, shapeSignature });
    builder.graph.inputs.push(data);
    const [output] = builder.node('RELU', {}, [data], { dtype: 'float32' });
    try {
      inferShapes(builder.outputs(output), { evaluate, batch });
      return output.shape;
    } catch (error) {
      return (error as ModelError).code;
    }
  };
  assert.equal(shapeFor([1, 8], [-1, 8]), [1, 8]);
  assert.equal(shapeFor([1, 8], [-1, -1]), [1, 8]);
  assert.equal(shapeFor([0, 8], [-1, 8], 4), [4, 8]);
  assert.equal(shapeFor([1, 8], [-1, 8], 4), [4, 8]);
  assert.is(shapeFor([0, 8], [-1, 8]), 'dynamic-shape');
  assert.is(shapeFor([1, 0], [-1, -1], 4), 'dynamic-shape');
  // Converters write 1 where they have no size; only the batch means it.
  assert.is(shapeFor([1, 1], [-1, -1]), 'dynamic-shape');
  assert.is(shapeFor([1, 1], [-1, -1], 4), 'dynamic-shape');
});

/** A RELU over a picture [1,?,?,3] that the signature calls `picture`, with these shapes. */
function openPicture(shapes?: Record<string, readonly number[]>, batch?: number): readonly number[] {
  const builder = new GraphBuilder();
  const data = builder.value({ dtype: 'float32', name: 'in', shape: [1, 1, 1, 3], shapeSignature: [-1, -1, -1, 3] });
  builder.graph.inputs.push(data);
  const [output] = builder.node('RELU', {}, [data], { dtype: 'float32' });
  builder.graph.signatures.push({ key: 'serving_default', inputs: [{ name: 'picture', value: data }], outputs: [] });
  inferShapes(builder.outputs(output), { evaluate, shapes, batch });
  return output.shape;
}

test('shapes sets open dimensions, by the name of the tensor or in the signature; batch still sets the leading one', () => {
  assert.equal(openPicture({ in: [1, 20, 30, 3] }), [1, 20, 30, 3]);
  assert.equal(openPicture({ picture: [2, 20, 30, 3] }), [2, 20, 30, 3]);
  assert.equal(openPicture({ picture: [1, 20, 30, 3] }, 5), [5, 20, 30, 3]);
});

test('without shapes, open dimensions of size 1 are dynamic-shape, and the message says what to give', () => {
  const error = failure(() => openPicture());
  assert.is(error.code, 'dynamic-shape');
  assert.match(error.message, 'shapes: { "in": [?,?,?,3] }');
});

for (const [title, shapes, message] of [
  ['an unknown name', { image: [1, 2, 2, 3] }, "no input 'image'; it has 'in'"],
  ['another rank', { in: [2, 2, 3] }, 'it takes [?,?,?,3]'],
  ['another size of a fixed dimension', { in: [1, 2, 2, 4] }, 'it takes [?,?,?,3]'],
  ['a size of 0', { in: [1, 0, 2, 3] }, 'it takes [?,?,?,3]'],
  ['no integer', { in: [1, 2.5, 2, 3] }, 'it takes [?,?,?,3]'],
  ['no list', { in: 'small' as never }, 'it takes [?,?,?,3]'],
] as const) {
  test(`shapes with ${title} -> bad-argument`, () => {
    const error = failure(() => openPicture(shapes as never));
    assert.is(error.code, 'bad-argument');
    assert.match(error.message, message);
  });
}

test('a size beyond 2^31 elements -> bad-shape', () => {
  assert.is(failure(() => openPicture({ in: [1, 2 ** 20, 2 ** 20, 3] })).code, 'bad-shape');
});

test('the check hook sees each node with its shapes, before a later node fails', () => {
  const builder = new GraphBuilder();
  const [first] = builder.node('RELU', {}, [builder.input('float32', [2])], { dtype: 'float32' });
  const [second] = builder.node('ADD', none, [first, builder.input('float32', [3])], { dtype: 'float32' });
  const seen: string[] = [];
  const note = (node: Node) => void seen.push(`${node.type} [${node.outputs[0].shape}]`);
  assert.throws(() => inferShapes(builder.outputs(second), { evaluate, check: note }));
  assert.equal(seen, ['RELU [2]']);
});

test.run();
