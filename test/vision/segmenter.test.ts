// Tests the segmenter and MoveNet: maps and keypoints by hand-made networks, placed over pictures of other sizes, and real pictures.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Graph } from '../../src/graph/graph';
import { classColor } from '../../src/tasks/segmentation';
import { ImageSegmenter, MoveNet } from '../../src/vision';
import { decodeImage } from '../../tools/images/decode';
import { GraphBuilder } from '../support/build';
import { testRefused } from '../support/errors';
import { sharedPath, sharedTest } from '../support/shared';

/** A network over `height` x `width` pixels that gives these elements whatever it sees; `end`: an operator behind them. */
function network(size: [height: number, width: number], shape: number[], data: number[], end?: 'LOGISTIC' | 'SOFTMAX' | 'ARG_MAX'): Graph {
  const g = new GraphBuilder();
  const picture = g.input('float32', [1, ...size, 3]);
  const [mean] = g.node('MEAN', { keepDims: false }, [picture, g.ints(0, 1, 2, 3)], { dtype: 'float32' });
  const [none] = g.node('MUL', { activation: 'NONE' }, [mean, g.constant('float32', [], [0])], { dtype: 'float32' });
  const [values] = g.node('ADD', { activation: 'NONE' }, [g.constant('float32', shape, data), none], { dtype: 'float32', shape });
  const float = { dtype: 'float32' as DType, shape };
  if (end === 'LOGISTIC') return g.outputs(...g.node('LOGISTIC', {}, [values], float));
  if (end === 'SOFTMAX') return g.outputs(...g.node('SOFTMAX', { beta: 1 }, [values], float));
  if (end === 'ARG_MAX')
    return g.outputs(...g.node('ARG_MAX', { outputType: 'int64' }, [values, g.ints(3)], { dtype: 'int64', shape: shape.slice(0, 3) }));
  return g.outputs(values);
}

const blank = (width: number, height: number) => ({ data: new Uint8Array(3 * width * height), width, height });
/** Scores of 3 classes for 2 x 2 pixels, whose best classes are 0, 2, 1, 2. */
const scores = [3, 0, 1, 0, 1, 2, 0, 2, 1, 0, 1, 4];
const load = (graph: Graph, options: object = {}) => ImageSegmenter.load(graph, { preprocessing: 'unit', ...options });

for (const end of [undefined, 'SOFTMAX', 'ARG_MAX'] as const) {
  test(`scores of classes, ${end ?? 'logits'}: the best class of each pixel`, async () => {
    const segmenter = await load(network([4, 4], [1, 2, 2, 3], scores, end), { size: 'network', labels: ['ground', 'cat', 'dog'] });
    const result = segmenter.segment(blank(8, 8));
    assert.equal([result.width, result.height, [...result.categories]], [2, 2, [0, 2, 1, 2]]);
    assert.equal(result.shares, [
      { label: 'dog', index: 2, share: 0.5 },
      { label: 'ground', index: 0, share: 0.25 },
      { label: 'cat', index: 1, share: 0.25 },
    ]);
    if (end === 'ARG_MAX') {
      assert.is(result.confidence(2), undefined);
      return;
    }
    const powers = scores.slice(3, 6).map(Math.exp);
    const expected = powers[2] / (powers[0] + powers[1] + powers[2]);
    assert.ok(Math.abs(result.confidence(2)![1] - expected) < 1e-6, `${result.confidence(2)![1]} instead of ${expected}`);
    assert.throws(() => result.confidence(3), /no class 3 of 3/);
  });
}

for (const end of [undefined, 'LOGISTIC'] as const) {
  test(`a confidence of one class, ${end ?? 'logits'}`, async () => {
    const result = (await load(network([2, 2], [1, 2, 2, 1], [-1, 2, 0.5, -3], end), { size: 'network' })).segment(blank(2, 2));
    assert.equal([...result.categories], [0, 1, 1, 0]);
    const expected = 1 / (1 + Math.exp(-2));
    assert.ok(Math.abs(result.confidence(1)![1] - expected) < 1e-6);
    assert.ok(Math.abs(result.confidence(0)![1] - 1 + expected) < 1e-6);
  });
}

test('the map covers the picture: categories of the nearest pixel, confidences in between', async () => {
  const graph = network([2, 2], [1, 2, 2, 1], [0, 1, 0, 1]);
  const result = (await load(graph)).segment(blank(8, 4));
  assert.equal([result.width, result.height], [8, 4]);
  // Logits 0 are 0.5, which is not above a half.
  assert.equal([...result.categories.subarray(0, 8)], [0, 0, 0, 0, 1, 1, 1, 1]);
  const row = [...result.confidence(1)!.subarray(8, 16)];
  const [low, high] = [0.5, 1 / (1 + Math.exp(-1))];
  [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1].forEach((share, x) => {
    assert.ok(Math.abs(row[x] - (low + share * (high - low))) < 1e-6, `column ${x}: ${row[x]}`);
  });
});

test('a letterbox is undone: rows of the ground are outside of the picture', async () => {
  const graph = network([4, 4], [1, 4, 4, 1], [-9, -9, -9, -9, 9, 9, -9, -9, 9, 9, -9, -9, -9, -9, -9, -9]);
  const result = (await load(graph, { preprocessing: { resize: { letterbox: 0 }, std: 255 } })).segment(blank(8, 4));
  assert.equal([...result.categories], new Array(4).fill([1, 1, 1, 1, 0, 0, 0, 0]).flat());
});

test('colours of PASCAL VOC, class 0 transparent', async () => {
  assert.equal([0, 1, 2, 8, 15, 20].map(classColor), [
    [0, 0, 0],
    [128, 0, 0],
    [0, 128, 0],
    [64, 0, 0],
    [192, 128, 128],
    [0, 64, 128],
  ]);
  const { data, width } = (await load(network([4, 4], [1, 2, 2, 3], scores), { size: 'network' })).segment(blank(8, 8)).toImageData();
  assert.equal([width, [...data]], [2, [0, 0, 0, 0, 0, 128, 0, 255, 128, 0, 0, 255, 0, 128, 0, 255]]);
});

testRefused('a classifier', () => load(network([2, 2], [1, 10], new Array(10).fill(0))), 'bad-shape', /\[1,10\] are no map/);
testRefused('another size', () => load(network([2, 2], [1, 2, 2, 1], [0]), { size: 'small' }), 'bad-argument', /size is small/);
testRefused(
  'a segmenter as MoveNet',
  () => MoveNet.load(network([2, 2], [1, 2, 2, 1], [0])),
  'bad-shape',
  /\[1,2,2,1\] is not that of a MoveNet/,
);
testRefused(
  'a bad threshold',
  () => MoveNet.load(network([2, 2], [1, 1, 17, 3], [0]), { scoreThreshold: 2 }),
  'bad-argument',
  /scoreThreshold is 2/,
);

const keypoints = Array.from({ length: 17 }, (_, i) => [0.5, (i + 1) / 32, 0.5 + i / 100]).flat();

test('MoveNet of one person: keypoints in pixels of the picture, the letterbox undone', async () => {
  // 64 x 32 pixels become 32 x 16, 8 rows below the top of 32 x 32.
  const [pose] = (await MoveNet.load(network([32, 32], [1, 1, 17, 3], keypoints))).detect(blank(64, 32));
  assert.equal([pose.keypoints.length, pose.keypoints[0].name, pose.keypoints[16].name], [17, 'nose', 'right_ankle']);
  assert.equal([pose.keypoints[3].x, pose.keypoints[3].y], [8, 16]);
  assert.ok(Math.abs(pose.score - 0.58) < 1e-6);
});

test('MoveNet of several people: those from the threshold on, best first', async () => {
  const person = (score: number) => [...keypoints, 0, 0, 1, 1, score];
  const moveNet = await MoveNet.load(network([32, 32], [1, 3, 56], [...person(0.3), ...person(0.1), ...person(0.9)]));
  assert.equal(
    moveNet.detect(blank(32, 32)).map(({ score }) => Math.round(score * 10)),
    [9, 3],
  );
});

const photo = (name: string) => decodeImage(new Uint8Array(readFileSync(sharedPath('images/photos', name))), name);
const model = (name: string) => new Uint8Array(readFileSync(sharedPath('models', `${name}.tflite`)));

sharedTest(test, 'DeepLab segments the bird of a photograph as its mask does', async () => {
  const labels = readFileSync(sharedPath('models/labels/pascal_voc_segmentation_labels.txt'), 'utf8').trim().split('\n');
  const segmenter = await ImageSegmenter.load(model('deeplabv3_mnv2_dm05_pascal_quant'), { labels });
  const { categories, shares } = segmenter.segment(await photo('bird_segmentation.bmp'));
  assert.match(shares[1].label, /bird/);
  const mask = await photo('bird_segmentation_mask.bmp');
  let [both, either] = [0, 0];
  categories.forEach((category, i) => {
    const inMask = mask.data[i * mask.channels] > 0 || mask.data[i * mask.channels + 1] > 0;
    both += Number(category > 0 && inMask);
    either += Number(category > 0 || inMask);
  });
  assert.ok(both / either > 0.8, `intersection over union ${both / either}`);
});

sharedTest(test, 'MoveNet sees a squatting person: head above hips above ankles', async () => {
  const [pose] = (await MoveNet.load(model('movenet_single_pose_lightning_ptq'))).detect(await photo('squat.bmp'));
  const y = (name: string) => pose.keypoints.find((keypoint) => keypoint.name === name)!.y;
  assert.ok(pose.score > 0.4, `score ${pose.score}`);
  assert.ok(y('nose') < y('left_hip') && y('left_hip') < y('left_ankle'), JSON.stringify(pose));
});

test.run();
