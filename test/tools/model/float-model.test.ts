// Tests tools/model/float-model.ts: observation, batches, copies and errors.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/graph/graph';
import { loadFloat } from '../../../tools/model/float-model';
import { convolution, GraphBuilder } from '../../support/build';

/** Two convolutions, an operator of the host between them, and a branch around it. */
function mixed(batch = 1): Graph {
  const b = new GraphBuilder();
  const input = b.input('float32', [batch, 6, 6, 3]);
  const weights = (n: number, c: number) => b.constant('float32', [n, 3, 3, c], [0.5, -0.25, 0.125, 1, -1]);
  const attributes = { ...convolution, padding: 'SAME' } as const;
  const [first] = b.node('CONV_2D', attributes, [input, weights(8, 3)], { dtype: 'float32', name: 'first' });
  const [host] = b.node('LEAKY_RELU', { alpha: 0.5 }, [first], { dtype: 'float32', name: 'host' });
  const [second] = b.node('CONV_2D', attributes, [host, weights(8, 8)], { dtype: 'float32', name: 'second' });
  const [sum] = b.node('ADD', { activation: 'RELU6' }, [second, first], { dtype: 'float32', name: 'sum' });
  return b.outputs(sum, first);
}

test('observe sees inputs and all node outputs in order, with host operators among them', () => {
  const names: string[] = [];
  const model = loadFloat(mixed());
  model.run([new Float32Array(108).fill(1)], ({ name }) => names.push(name));
  assert.equal(names, [model.inputs[0].name, 'first', 'host', 'second', 'sum']);
});

test('outputs are copies, inputs stay as they are, and equal inputs give equal outputs', () => {
  const model = loadFloat(mixed());
  const input = Float32Array.from({ length: 108 }, (_, i) => Math.sin(i));
  const kept = input.slice();
  const [first] = model.run([input]);
  const before = first.slice();
  model.run([new Float32Array(108).fill(9)]);
  assert.equal(first, before);
  assert.equal(input, kept);
  assert.equal(model.run([input])[0], before);
});

test('batch: every image has the outputs of its own run', () => {
  const single = loadFloat(mixed());
  const triple = loadFloat(mixed(), { batch: 3 });
  const images = [1, 2, 3].map((seed) => Float32Array.from({ length: 108 }, (_, i) => Math.sin(seed * i)));
  const [together] = triple.run([Float32Array.from(images.flatMap((image) => [...image]))]);
  images.forEach((image, i) => {
    assert.equal(together.slice(i * 288, (i + 1) * 288), single.run([image])[0], `image ${i} of 3`);
  });
});

test('an input of the wrong dtype or size is bad-argument, a disposed model is disposed', () => {
  const model = loadFloat(mixed());
  const code = (run: () => void) => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'nothing';
  };
  assert.is(
    code(() => model.run([new Float32Array(107)])),
    'bad-argument',
  );
  assert.is(
    code(() => model.run([new Int8Array(108)])),
    'bad-argument',
  );
  model.dispose();
  assert.is(
    code(() => model.run([new Float32Array(108)])),
    'disposed',
  );
});

test.run();
