// Tests removal of what is dead, and all passes together, also on whole models.
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync as loadWithFloat } from '../../src/float';
import { printGraph } from '../../src/graph/print';
import { loadSync as load } from '../../src/index';
import { runPasses } from '../../src/passes/index';
import { removeDead } from '../../src/passes/remove-dead';
import { loadReference } from '../../src/reference';
import { readModel } from '../../src/tflite/read';
import { writeModel } from '../../src/tflite/write';
import { convolution, GraphBuilder } from '../support/build';
import { checkPass } from '../support/passes';
import { sharedPath, sharedTest } from '../support/shared';

test('remove-dead takes out nodes without effect, in any number, and values that nothing names', () => {
  const builder = new GraphBuilder();
  const data = builder.input('float32', [2]);
  const unread = builder.input('float32', [3]);
  const named = builder.constant('float32', [1], [1]);
  builder.constant('float32', [1], [2]);
  const [end] = builder.node('RELU', {}, [data], { dtype: 'float32' });
  const [dead] = builder.node('TANH', {}, [data], { dtype: 'float32' });
  builder.node('TANH', {}, [dead], { dtype: 'float32' });
  const graph = builder.outputs(end);
  graph.signatures.push({ key: 'k', inputs: [{ name: 'n', value: named }], outputs: [] });
  assert.equal(checkPass(graph, removeDead), ['TANH #2 changed', 'TANH #1 changed']);
  assert.equal(graph.values, [data, unread, named, end]);
});

test('dead nodes are never evaluated: neither folded, nor run, nor interpreted', () => {
  const make = () => {
    const builder = new GraphBuilder();
    const data = builder.input('float32', [2]);
    const [end] = builder.node('RELU', {}, [data], { dtype: 'float32' });
    // Index 9 of 2 elements is bad-data wherever it is evaluated.
    builder.node('GATHER', { axis: 0, batchDims: 0 }, [builder.constant('float32', [2], [1, 2]), builder.ints(9)], { dtype: 'float32' });
    return writeModel(builder.outputs(end));
  };
  for (const entry of [load, loadWithFloat]) {
    const model = entry(make());
    model.run();
    assert.equal(
      model.operators.map(({ type }) => type),
      ['RELU'],
    );
  }
  assert.equal(loadReference(make()).run([Float32Array.of(-1, 2)]), [Float32Array.of(0, 2)]);
});

test('remove-dead keeps the unread second output of a living node', () => {
  const builder = new GraphBuilder();
  const split = [builder.constant('int32', [], [0]), builder.input('float32', [4])];
  const [low, high] = builder.node('SPLIT', { numSplits: 2 }, split, { dtype: 'float32' }, { dtype: 'float32' });
  const graph = builder.outputs(low);
  assert.equal(checkPass(graph, removeDead), []);
  assert.ok(graph.values.includes(high));
});

test('all passes: computed paddings fold, PAD and RELU fuse, the rest is removed', () => {
  const builder = new GraphBuilder();
  const data = builder.input('float32', [1, 4, 4, 1]);
  const halves = [0, 1].map(() => builder.constant('int32', [2, 2], [0, 0, 1, 1]));
  const [rows] = builder.node('CONCATENATION', { axis: 0, activation: 'NONE' }, halves, { dtype: 'int32' });
  const [paddings] = builder.node('RESHAPE', { newShape: [4, 2] }, [rows], { dtype: 'int32' });
  const [turned] = builder.node('GATHER', { axis: 0, batchDims: 0 }, [paddings, builder.ints(0, 1, 3, 2)], { dtype: 'int32' });
  const [padded] = builder.node('PAD', {}, [data, turned], { dtype: 'float32' });
  const filter = builder.constant('float32', [2, 3, 3, 1], [1, -2, 3, 0.5]);
  const [middle] = builder.node('CONV_2D', convolution, [padded, filter], { dtype: 'float32' });
  const graph = builder.outputs(...builder.node('RELU6', {}, [middle], { dtype: 'float32' }));
  assert.equal(checkPass(graph, runPasses), [
    'CONCATENATION #0 changed',
    'RESHAPE #1 changed',
    'GATHER #2 changed',
    'PAD #3 changed',
    'RELU6 #5 changed',
  ]);
  assert.equal(
    graph.values.map(({ id }) => id),
    [data.id, filter.id, graph.outputs[0].id],
  );
  assert.match(printGraph(graph), /node #4 CONV_2D v1 activation=RELU6 .*padding=\{bottom:1,left:1,right:1,top:1\}/);
});

for (const model of ['kws_ref_model_int8', 'person_detect', 'resnet8_cifar10_float', 'movenet_single_pose_lightning_ptq']) {
  sharedTest(test, `${model}: outputs keep every bit through all passes`, () => {
    const file = readdirSync(sharedPath('models')).find((name) => name === `${model}.tflite`) as string;
    checkPass(readModel(new Uint8Array(readFileSync(sharedPath('models', file)))), runPasses, 1);
  });
}

test.run();
