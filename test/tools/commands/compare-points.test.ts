// Tests `zeropoint compare` on networks whose results are points: landmarks and poses, against each other and against labelled key points.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TaskComparison } from '../../../tools/compare/figures';
import { compared, folder, greys, make, near, pictureSize, writePictures, zeropoint } from '../../support/task-commands';
import { landmarkNetwork, poseNetwork, sharesNetwork, side } from '../../support/task-networks';

test.before(writePictures);
test.after(folder.remove);
const { at } = folder;

test('landmarks: normalized mean error, and the score beside them as a head of its own', async () => {
  const { heads, text, page } = await compared(await make('landmarks', landmarkNetwork()));
  assert.equal(
    heads.map(({ task, name }) => [task, name]),
    [
      ['landmarks', 'landmarks'],
      ['regressor', 'presence'],
    ],
  );
  const [head] = heads as Extract<TaskComparison, { task: 'landmarks' }>[];
  assert.equal([head.points, head.normalizedBy], [21, 'box diagonal']);
  assert.ok(head.error.value > 0 && head.error.value < 0.02, `${head.error.value}`);
  assert.match(text, /\nlandmarks: mean error +\d\.\d\d % +of the box diagonal; 95 % interval .*; worst \d\.\d\d %\n/);
  assert.match(text, /\npresence: SQNR +\d+\.\d dB/);
  assert.is(page.match(/<figcaption>Quantized/g)?.length, head.worst.length);
  assert.match(page, /Where landmarks \(landmarks\) differs most/);
});

test('pose: object keypoint similarity, drawn', async () => {
  const { heads, text, page } = await compared(await make('pose', poseNetwork()));
  const [head] = heads as Extract<TaskComparison, { task: 'pose' }>[];
  assert.equal([head.task, head.floatPeople, head.quantizedPeople], ['pose', 6, 6]);
  assert.ok(head.similarity.value > 0.98 && head.similarity.value < 1, `${head.similarity.value}`);
  assert.match(text, /\nOKS +0\.9\d\d +95 % interval/);
  assert.match(page, /agree to an OKS of 0\.9/);
});

/** Labels of key points in COCO's format, in pixels of the pictures; `bbox` is around all of them. */
const keypointLabels = (pointsOf: (grey: number) => readonly (readonly [x: number, y: number])[], more = {}) => ({
  images: greys.map((_, i) => ({ id: i + 1, file_name: `p${i}.png`, ...pictureSize })),
  categories: [{ id: 1, name: 'person' }],
  annotations: greys.map((grey, i) => {
    const points = pointsOf(grey);
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const bbox = [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
    return { image_id: i + 1, category_id: 1, bbox, keypoints: points.flatMap(([x, y]) => [x, y, 2]), ...more };
  }),
});

test('pose: keypoint AP and similarity of both networks against labels', async () => {
  const made = { float: at('pose.tflite'), quantized: at('pose8.tflite') };
  const { width, height } = pictureSize;
  const labels = keypointLabels((grey) =>
    Array.from({ length: 17 }, (_, i) => [(0.3 + 0.2 * (i % 2) + (0.25 * grey) / 255) * width, (0.1 + 0.05 * i) * height] as const),
  );
  // A smaller person beside each, which a network for one person need not find.
  const others = labels.annotations.map((one) => ({
    ...one,
    bbox: [0, 0, 4, 4],
    keypoints: one.keypoints.map((value, i) => (i % 3 === 2 ? 2 : value / 9)),
  }));
  const path = folder.write('people.json', JSON.stringify({ ...labels, annotations: [...others, ...labels.annotations] }));
  const { heads, text, page } = await compared(made, '--labels', path);
  const [{ labelled }] = heads as Extract<TaskComparison, { task: 'pose' }>[];
  assert.equal([labelled!.samples, labelled!.people, labelled!.ap50.float, labelled!.ap50.quantized], [6, 6, 1, 1]);
  near(labelled!.similarity.float, 1, 1e-4);
  assert.ok(labelled!.similarity.quantized > 0.97 && labelled!.similarity.quantized < 1, `${labelled!.similarity.quantized}`);
  assert.match(text, /\nkeypoint AP 50-95 +100\.0 % +\d+\.\d % .*6 people in 6 pictures\n/);
  assert.match(text, /\nOKS to labels +1\.000 +0\.9\d\d +-0\.0\d\d +95 % interval -0\.\d+ to -0\.\d+\n/);
  assert.match(page, /Keypoint AP 50/);
});

test('landmarks: error of both networks against labels with as many points; labels of others are refused', async () => {
  const made = { float: at('landmarks.tflite'), quantized: at('landmarks8.tflite') };
  const { width, height } = pictureSize;
  const hand = (count: number, up: number) => (grey: number) =>
    Array.from({ length: count }, (_, i) => [((2 * i) / side) * width, ((32 + (8 * grey) / 255 - up) / side) * height] as const);
  const path = folder.write('hands.json', JSON.stringify(keypointLabels(hand(21, 2))));
  const { heads, text, page } = await compared(made, '--labels', path);
  const [{ labelled }] = heads as Extract<TaskComparison, { task: 'landmarks' }>[];
  assert.is(labelled!.samples, 6);
  // Labels are 2 pixels of the input above the points: 2 of 64 rows in a picture of 64, over 40 of 64 columns in one of 128.
  near(labelled!.error.float, 2 / 80, 1e-4);
  near(labelled!.error.quantized, 2 / 80, 0.01);
  assert.match(text, /\nlandmarks: error to labels +2\.50 % +\d\.\d\d % .*of the box diagonal; 6 labelled\n/);
  assert.match(page, /error to the labels/);
  const args = ['compare', made.float, made.quantized, '--data', at('plain'), '-p', 'unit', '--labels'];
  const fewer = await zeropoint(...args, folder.write('five.json', JSON.stringify(keypointLabels(hand(5, 0)))));
  assert.match(
    fewer.err,
    /labels are boxes and 5 key points, and the network is no detector \(landmarks of 21 points, regressor\); give keypoints in the format of COCO/,
  );
  const { annotations, ...rest } = keypointLabels(hand(21, 2));
  const unmarked = folder.write('boxes.json', JSON.stringify({ ...rest, annotations: annotations.map(({ keypoints: _, ...box }) => box) }));
  const boxes = await zeropoint('compare', at('pose.tflite'), at('pose8.tflite'), ...args.slice(3), unmarked);
  assert.match(boxes.err, /labels are boxes, and the network is no detector \(pose of 17 points\); give keypoints in the format of COCO/);
});

test('landmarks by --task: coordinates that are shares of the input, with labels that say how many points there are', async () => {
  const made = await make('points', sharesNetwork());
  const { width, height } = pictureSize;
  const points = (grey: number) =>
    Array.from({ length: 6 }, (_, i) => [(0.1 + 0.1 * i) * width, (0.2 + (0.5 * grey) / 255) * height] as const);
  const path = folder.write('six.json', JSON.stringify(keypointLabels(points)));
  const { heads } = await compared(made, '--labels', path, '--task', 'landmarks');
  const [{ labelled, points: count, worst }] = heads as Extract<TaskComparison, { task: 'landmarks' }>[];
  assert.equal([count, labelled!.samples], [6, 6]);
  near(labelled!.error.float, 0, 1e-4);
  assert.ok(labelled!.error.quantized > 0 && labelled!.error.quantized < 0.02, `${labelled!.error.quantized}`);
  near(worst[0].float.points![0], 0.1, 1e-4);
  const unsaid = await zeropoint('compare', made.float, made.quantized, '--data', at('plain'), '-p', 'unit', '--labels', path);
  assert.match(
    unsaid.err,
    /labels are boxes and 6 key points, and the network is no detector \(classifier\); give other labels, or --task landmarks/,
  );
});

test.run();
