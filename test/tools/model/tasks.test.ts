// Tests the recognition of tasks: real networks, and small ones of every rule.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../../src/float';
import type { Graph } from '../../../src/graph/graph';
import { headsOf, type TaskKind } from '../../../tools/model/tasks';
import { GraphBuilder } from '../../support/build';
import { refuses } from '../../support/errors';
import { hasMediaPipe, networks } from '../../support/mediapipe';
import { sharedPath, sharedTest } from '../../support/shared';
import {
  detectorNetwork,
  embedderNetwork,
  landmarkNetwork,
  poseNetwork,
  regressorNetwork,
  segmenterNetwork,
  severalHeads,
} from '../../support/task-networks';

function tasksOf(source: Uint8Array | Graph, labels?: readonly string[], task?: TaskKind): string {
  const model = loadSync(source);
  const heads = headsOf(model, labels, task);
  model.dispose();
  return heads.map((head) => `${head.task} ${head.outputs}`).join('; ');
}

test('small networks of every task', () => {
  assert.is(tasksOf(detectorNetwork()), 'detector 0');
  assert.is(tasksOf(segmenterNetwork()), 'segmenter 0');
  assert.is(tasksOf(landmarkNetwork()), 'landmarks 0; regressor 1');
  assert.is(tasksOf(poseNetwork()), 'pose 0');
  assert.is(tasksOf(embedderNetwork()), 'classifier 0', 'a vector like any other');
  assert.is(tasksOf(regressorNetwork()), 'regressor 0');
  assert.is(tasksOf(severalHeads()), 'classifier 0; regressor 1');
});

/** A vector of `size` elements from a picture, by a pool, a function, and with a name. */
function vector(size: number, { name = 'out', normalized = false } = {}): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 4, 4, size]);
  const [pooled] = g.node('MEAN', { keepDims: false }, [input, g.ints(1, 2)], {
    dtype: 'float32',
    shape: [1, size],
    ...(normalized ? {} : { name }),
  });
  if (!normalized) return g.outputs(pooled);
  return g.outputs(...g.node('L2_NORMALIZATION', { activation: 'NONE' }, [pooled], { dtype: 'float32', shape: [1, size], name }));
}

test('embedders: normalized, called so, or pooled features of a backbone without names of classes', () => {
  assert.is(tasksOf(vector(1024)), 'embedder 0');
  assert.is(tasksOf(vector(1000)), 'classifier 0', 'no multiple of 32, as the classes of ImageNet');
  assert.is(tasksOf(vector(128)), 'classifier 0');
  assert.is(tasksOf(vector(1024), new Array<string>(1024).fill('name')), 'classifier 0', 'with a name for each');
  assert.is(tasksOf(vector(128, { name: 'face_embedding' })), 'embedder 0');
  assert.is(tasksOf(vector(128, { normalized: true })), 'embedder 0');
});

test('--task reads every output that fits, and refuses where none does', async () => {
  assert.is(tasksOf(embedderNetwork(), undefined, 'embedder'), 'embedder 0');
  assert.is(tasksOf(severalHeads(), undefined, 'regressor'), 'regressor 0; regressor 1');
  assert.is(tasksOf(severalHeads(), undefined, 'classifier'), 'classifier 0', 'the other one has one element');
  assert.is(tasksOf(landmarkNetwork(), undefined, 'landmarks'), 'landmarks 0');
  for (const task of ['detector', 'pose', 'segmenter'] as const)
    await refuses(
      async () => tasksOf(embedderNetwork(), undefined, task),
      'bad-argument',
      new RegExp(`are not those of a ${task} that is known`),
    );
});

const shared: Readonly<Record<string, string>> = {
  'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29': 'detector 0,1,2,3',
  deeplabv3_mnv2_dm05_pascal_quant: 'segmenter 0',
  movenet_single_pose_lightning_ptq: 'pose 0',
  'mobilenet_v1_1.0_224_quant_embedding_extractor': 'embedder 0',
  'mobilenet_v2_1.0_224_float': 'classifier 0',
  'squeezenet1.1_float': 'classifier 0',
  vww_96_int8: 'classifier 0',
  ad01_int8: 'regressor 0',
};
for (const [name, expected] of Object.entries(shared)) {
  sharedTest(test, `${name}: ${expected}`, () => {
    assert.is(tasksOf(new Uint8Array(readFileSync(sharedPath('models', `${name}.tflite`)))), expected);
  });
}

const mediaPipe: Readonly<Record<string, string>> = {
  'face_detection_short_range.tflite': 'detector 0,1',
  'face_detection_full_range.tflite': 'detector 0,1',
  'palm_detection_full.tflite': 'detector 0,1',
  'pose_detection.tflite': 'detector 0,1',
  'hand_landmark_full.tflite': 'landmarks 0; regressor 1; regressor 2; landmarks 3',
  'face_landmark.tflite': 'landmarks 0; regressor 1',
  'face_landmark_with_attention.tflite': 'landmarks 0; landmarks 1; landmarks 2; landmarks 3; landmarks 4; landmarks 5; regressor 6',
  'pose_landmark_lite.tflite': 'landmarks 0; regressor 1; regressor 2; regressor 3; landmarks 4',
  'selfie_segmentation.tflite': 'segmenter 0',
  'hand_recrop.tflite': 'classifier 0',
};
for (const [name, expected] of hasMediaPipe ? Object.entries(mediaPipe) : []) {
  test(`${name}: ${expected}`, () => assert.is(tasksOf(networks().get(name)!), expected));
}

test.run();
