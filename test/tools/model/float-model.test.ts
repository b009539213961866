// Tests tools/model/float-model.ts: observation, batches, copies and errors.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadFloat } from '../../../tools/model/float-model';
import { mixedGraph } from '../../support/mixed-graph';

test('observe sees inputs and all node outputs in order, with host operators among them', () => {
  const names: string[] = [];
  const model = loadFloat(mixedGraph());
  model.run([new Float32Array(108).fill(1)], ({ name }) => names.push(name));
  assert.equal(names, [model.inputs[0].name, 'first', 'host', 'second', 'sum']);
});

test('outputs are copies, inputs stay as they are, and equal inputs give equal outputs', () => {
  const model = loadFloat(mixedGraph());
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
  const single = loadFloat(mixedGraph());
  const triple = loadFloat(mixedGraph(), { batch: 3 });
  const images = [1, 2, 3].map((seed) => Float32Array.from({ length: 108 }, (_, i) => Math.sin(seed * i)));
  const [together] = triple.run([Float32Array.from(images.flatMap((image) => [...image]))]);
  images.forEach((image, i) => {
    assert.equal(together.slice(i * 288, (i + 1) * 288), single.run([image])[0], `image ${i} of 3`);
  });
});

test('an input of the wrong dtype or size is bad-argument, a disposed model is disposed', () => {
  const model = loadFloat(mixedGraph());
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
