// Tests `zeropoint compare` on networks of every task: what is printed, what --json and --html hold, labels, and mistakes.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readModel, writeModel } from '../../../src/tflite';
import type { TaskComparison } from '../../../tools/compare/figures';
import { floatTwin } from '../../support/float-twin';
import { hasMediaPipe, networks } from '../../support/mediapipe';
import { sharedPath, sharedTest } from '../../support/shared';
import { compared, folder, greys, make, near, pictureSize, writePictures, zeropoint } from '../../support/task-commands';
import {
  detectorNetwork,
  embedderNetwork,
  joinedDetector,
  regressorNetwork,
  segmenterNetwork,
  severalHeads,
  side,
} from '../../support/task-networks';

test.before(writePictures);
test.after(folder.remove);
const { at } = folder;

/** Labels of the box that detectorNetwork gives, in COCO's format. */
function cocoLabels(shift = 0) {
  const { width, height } = pictureSize;
  const left = (grey: number) => ((16 + (16 * grey) / 255 + shift) / side) * width;
  return {
    images: greys.map((_, i) => ({ id: i + 1, file_name: `p${i}.png`, width, height })),
    categories: [
      { id: 3, name: 'cat' },
      { id: 5, name: 'dog' },
      { id: 8, name: 'zebra' },
    ],
    annotations: greys.map((grey, i) => ({
      image_id: i + 1,
      category_id: 5,
      bbox: [left(grey), height / 2, (48 / side) * width - left(grey), height / 2],
    })),
  };
}

test('detector: boxes of both networks, drawn in the report', async () => {
  const made = await make('detector', detectorNetwork());
  const { heads, text, page } = await compared(made);
  const [head] = heads as Extract<TaskComparison, { task: 'detector' }>[];
  assert.equal([head.task, head.floatBoxes, head.quantizedBoxes, head.matchedBoxes, head.found.value], ['detector', 6, 6, 6, 1]);
  assert.ok(head.iou.value > 0.97 && head.iou.value < 1, `${head.iou.value}`);
  assert.match(text, /\nboxes +6 +6\n/);
  assert.match(text, /\nfound again +100\.0 % +same class, IoU from 0\.5; 95 % interval 100\.0 % to 100\.0 %\n/);
  assert.not.match(text, /mAP/);
  assert.match(page, /The quantized network finds 100\.0 % of the float one&#39;s 6 boxes again/);
});

test('detector: mAP against COCO, VOC and YOLO labels is the same, whatever names the classes', async () => {
  const made = { float: at('detector.tflite'), quantized: at('detector8.tflite') };
  const { width, height } = pictureSize;
  const { annotations } = cocoLabels();
  folder.write('coco.json', JSON.stringify(cocoLabels()));
  folder.write('names.txt', 'cat\ndog\n');
  for (const [i, { bbox }] of annotations.entries()) {
    const [x, y, w, h] = bbox;
    const corners = Object.entries({ xmin: x + 1, ymin: y + 1, xmax: x + w, ymax: y + h });
    const box = corners.map(([name, value]) => `<${name}>${value}</${name}>`).join('');
    folder.write(`voc/p${i}.xml`, `<annotation><object><name>Dog</name><bndbox>${box}</bndbox></object></annotation>`);
    folder.write(`yolo/p${i}.txt`, `1 ${(x + w / 2) / width} ${(y + h / 2) / height} ${w / width} ${h / height}\n`);
  }
  const runs: [string, string[]][] = [
    ['coco.json', ['--classes', at('names.txt')]],
    ['coco.json', []],
    ['voc', ['--classes', at('names.txt')]],
    ['yolo', []],
  ];
  for (const [labels, more] of runs) {
    const { heads, text, page } = await compared(made, '--labels', at(labels), ...more);
    const { labelled } = heads[0] as Extract<TaskComparison, { task: 'detector' }>;
    assert.equal([labelled!.samples, labelled!.objects, labelled!.ap50.float, labelled!.ap50.quantized], [6, 6, 1, 1], labels);
    near(labelled!.ap.float, 1, 1e-9);
    assert.ok(labelled!.ap.quantized > 0.9, `${labels}: ${labelled!.ap.quantized}`);
    assert.equal(labelled!.unknown, labels === 'coco.json' && more.length > 0 ? ['zebra'] : []);
    assert.match(text, /\nmAP 50 +100\.0 % +100\.0 % +0\.0 points +95 % interval 0\.0 to 0\.0\n/);
    assert.match(page, /mAP did not change|points of mAP/);
  }
});

test('detector: labels off by a quarter of the box count up to IoU 0.6; pictures of another folder are an error', async () => {
  const made = { float: at('detector.tflite'), quantized: at('detector8.tflite') };
  // The box of the brightest picture is 16.7 pixels wide, that of the darkest 31.4; an eighth of the input is more than a quarter of both.
  folder.write('off.json', JSON.stringify(cocoLabels(8)));
  const { labelled } = (await compared(made, '--labels', at('off.json'))).heads[0] as Extract<TaskComparison, { task: 'detector' }>;
  assert.ok(labelled!.ap.float < 0.5 && labelled!.ap.float > 0.1, `${labelled!.ap.float}`);
  const other = cocoLabels();
  folder.write(
    'other.json',
    JSON.stringify({ ...other, images: other.images.map((image) => ({ ...image, file_name: `x${image.id}.png` })) }),
  );
  const args = ['compare', made.float, made.quantized, '--data', at('plain'), '-p', 'unit', '--labels'];
  const { code, err } = await zeropoint(...args, at('other.json'));
  assert.is(code, 1);
  assert.match(err, /\/other\.json: labels none of the 6 samples, as 'p0\.png'; the first labels are those of 'x1\.png'/);
  const named = await zeropoint(...args, at('voc'));
  assert.match(named.err, /\/voc: labels Dog, and the network, which has no names, has none of them; give --classes FILE/);
});

test('detector: a file with split heads is compared with the float network split alike, as the same objects', async () => {
  const made = await make('joined', joinedDetector(), 'plain', '--split-heads');
  const { heads, text } = await compared(made);
  const [head, ...others] = heads as Extract<TaskComparison, { task: 'detector' }>[];
  assert.equal([head.task, others, head.floatBoxes, head.matchedBoxes], ['detector', [], 6, 6]);
  assert.ok(head.iou.value > 0.97, `${head.iou.value}`);
  assert.match(text, /\nSQNR of boxes .*\nSQNR of scores /);
  const other = folder.write('other.tflite', writeModel(regressorNetwork()));
  const { code, err } = await zeropoint('compare', other, made.quantized, '--data', at('plain'), '-p', 'unit');
  assert.is(code, 1);
  assert.match(err, /the networks differ in their numbers of inputs or outputs/);
});

test('split heads are recognized by the record where their number does not tell, and by their number in files without one', async () => {
  const graph = joinedDetector();
  graph.outputs.push(graph.nodes.find(({ outputs }) => outputs[0].name === 'boxes')!.outputs[0]);
  const made = await make('beside', graph, 'plain', '--split-heads');
  const names = ({ out }: { out: string }) => JSON.parse(out).outputs.map(({ name }: { name: string }) => name);
  const data = ['--data', at('plain'), '-p', 'unit', '--json'];
  const beside = await zeropoint('compare', made.float, made.quantized, ...data);
  assert.is(beside.code, 0, beside.err);
  assert.equal(names(beside), ['boxes', 'scores']);
  const joined = await make('recorded', joinedDetector(), 'plain', '--split-heads');
  const quantized = readModel(readFileSync(joined.quantized));
  const stripped = folder.write('stripped.tflite', writeModel({ ...quantized, metadata: [] }));
  const unrecorded = await zeropoint('compare', joined.float, stripped, ...data);
  assert.is(unrecorded.code, 0, unrecorded.err);
  assert.equal(names(unrecorded), ['boxes', 'scores']);
});

test('segmenter: classes of pixels, against label pictures too', async () => {
  const made = await make('segmenter', segmenterNetwork(), 'pictures');
  for (const [i, grey] of greys.entries()) {
    const { width, height } = pictureSize;
    // The left half of the first pictures is dark and the right one light; one column in the middle is void.
    const labels = Uint8Array.from({ length: width * height }, (_, at) =>
      at % width === width / 2 ? 255 : (at % width < width / 2 ? grey : 255 - grey) > 127.5 ? 1 : 0,
    );
    const png = sharp(labels, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png();
    folder.write(`masks/p${i}.png`, new Uint8Array(await png.toBuffer()));
  }
  const { heads, text, page } = await compared(made, '--data', at('pictures'), '--labels', at('masks'));
  const [head] = heads as Extract<TaskComparison, { task: 'segmenter' }>[];
  assert.equal([head.task, head.labelled!.samples], ['segmenter', 6]);
  assert.ok(head.labelled!.pixels.float > 0.98, `${head.labelled!.pixels.float}`);
  assert.ok(head.meanIou.value > 0.97 && head.pixels.value > 0.98);
  assert.match(text, /\nmIoU, labels +\d+\.\d % +\d+\.\d % +.* points +95 % interval .*; 6 label pictures\n/);
  assert.match(text, /\nsame pixels +\d+\.\d\d % +95 % interval/);
  assert.match(page, /mIoU/);
});

test('embedder by --task: cosines and retrieval; without it the same vector is a classifier', async () => {
  const made = await make('embedder', embedderNetwork());
  const { heads, text } = await compared(made, '--task', 'embedder');
  const [head] = heads as Extract<TaskComparison, { task: 'embedder' }>[];
  assert.equal([head.task, head.size, head.retrieval.samples, head.retrieval.share], ['embedder', 8, 6, 1]);
  assert.ok(head.cosine.value > 0.99 && head.lowest <= head.cosine.value);
  assert.match(text, /\nretrieval at 1 +100\.0 % +95 % interval \d+\.\d % to 100\.0 %; among 6\n/);
  const plain = await zeropoint('compare', made.float, made.quantized, '--data', at('plain'), '-p', 'unit', '--json');
  const { classification, heads: none } = JSON.parse(plain.out);
  assert.equal([classification.classes, none], [8, []]);
});

test('regressor: errors in the unit of the output, and the worst sample', async () => {
  const { heads, text, page } = await compared(await make('regressor', regressorNetwork()));
  const [head] = heads as Extract<TaskComparison, { task: 'regressor' }>[];
  // Codes of 100 / 255 degrees, twice: the input's and the output's.
  assert.ok(head.error.value > 0 && head.error.value < 0.8, `${head.error.value}`);
  const degrees = greys.map((grey) => (100 * grey) / 255 - 20);
  near(head.magnitude, Math.sqrt(degrees.reduce((sum, value) => sum + value ** 2, 0) / degrees.length), 1e-2);
  assert.match(text, /\nmean error +0\.\d+ +in a magnitude of 4\d\.\d; 95 % interval 0?\.?\d.*; worst 0?\.\d+\n/);
  assert.match(page, /The output differs by 0\.\d+ on average, in a magnitude of 4\d\.\d/);
});

test('several heads: each for itself, with its name', async () => {
  const { heads, text } = await compared(await make('several', severalHeads()));
  assert.equal(
    heads.map(({ task, name }) => [task, name]),
    [
      ['classifier', 'weather'],
      ['regressor', 'degrees'],
    ],
  );
  const [head] = heads as Extract<TaskComparison, { task: 'classifier' }>[];
  assert.is(head.classification.classes, 3);
  assert.match(text, /\nweather: same top-1 +\d+\.\d %/);
  assert.match(text, /\ndegrees: mean error +\d/);
});

test('mistakes: a task that no output fits, labels of another kind', async () => {
  const made = { float: at('regressor.tflite'), quantized: at('regressor8.tflite') };
  const args = ['compare', made.float, made.quantized, '--data', at('plain'), '-p', 'unit'];
  const task = await zeropoint(...args, '--task', 'pose');
  assert.match(task.err, /outputs of shapes \[1,1\] are not those of a pose that is known; give another --task/);
  const unknown = await zeropoint(...args, '--task', 'captioner');
  assert.match(unknown.err, /--task/);
  const labels = await zeropoint(...args, '--labels', at('coco.json'));
  assert.match(
    labels.err,
    /\/coco\.json: labels are boxes, and the network is no detector \(regressor\); give other labels, or --task detector/,
  );
  assert.equal([task.code, unknown.code, labels.code], [1, 1, 1]);
});

/** Both forms of a network on a few photos. */
async function comparePhotos(name: string, file: Uint8Array, preprocessing: object, limit: number): Promise<TaskComparison[]> {
  const float = folder.write(`${name}.tflite`, file);
  const how = folder.write(`${name}.json`, JSON.stringify(preprocessing));
  const data = ['--data', sharedPath('images', 'photos'), '-p', how, '--limit', String(limit)];
  const made = await zeropoint('quantize', float, '-o', at(`${name}8.tflite`), '--fast', ...data);
  assert.is(made.code, 0, made.err);
  const { code, out, err } = await zeropoint('compare', float, at(`${name}8.tflite`), ...data, '--layer-samples', '1', '--json');
  assert.is(code, 0, err);
  return JSON.parse(out).heads;
}

sharedTest(test, 'SSD with its post-processing: most boxes are found again', async () => {
  const file = floatTwin(new Uint8Array(readFileSync(sharedPath('models', 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite'))));
  const [head] = (await comparePhotos('ssd', file, { mean: 127.5, std: 127.5 }, 2)) as Extract<TaskComparison, { task: 'detector' }>[];
  assert.is(head.task, 'detector');
  assert.ok(head.floatBoxes >= 3 && head.found.value > 0.6 && head.iou.value > 0.85, JSON.stringify({ ...head, worst: [] }));
});

sharedTest(test, 'MoveNet: people keep their keypoints', async () => {
  const file = floatTwin(new Uint8Array(readFileSync(sharedPath('models', 'movenet_single_pose_lightning_ptq.tflite'))));
  const [head] = (await comparePhotos('movenet', file, { resize: { letterbox: 0 } }, 5)) as Extract<TaskComparison, { task: 'pose' }>[];
  assert.is(head.task, 'pose');
  assert.ok(head.floatPeople >= 1 && head.similarity.value > 0.6, JSON.stringify({ ...head, worst: [] }));
});

if (hasMediaPipe) {
  const unit = { resize: { letterbox: 0 }, mean: 0, std: 255 };
  sharedTest(test, 'MediaPipe: selfie segmentation, face mesh and face detection are recognized and compared', async () => {
    const files = networks();
    const [selfie] = await comparePhotos('selfie', files.get('selfie_segmentation.tflite')!, unit, 2);
    assert.ok(selfie.task === 'segmenter' && selfie.pixels.value > 0.6, JSON.stringify(selfie).slice(0, 300));
    const [mesh, presence] = await comparePhotos('mesh', files.get('face_landmark.tflite')!, unit, 2);
    assert.ok(mesh.task === 'landmarks' && mesh.normalizedBy === 'inter-ocular distance' && mesh.error.value < 0.2);
    assert.is(presence.task, 'regressor');
    const [faces] = await comparePhotos('faces', files.get('face_detection_short_range.tflite')!, { ...unit, mean: 127.5, std: 127.5 }, 2);
    assert.is(faces.task, 'detector');
  });
} else test.skip('MediaPipe: selfie segmentation, face mesh and face detection', () => {});

test.run();
