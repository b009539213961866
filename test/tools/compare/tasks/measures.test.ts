// Tests the measures of all tasks on cases computed by hand, and that shards of them add up.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScoredBox } from '../../../../src/tasks/boxes';
import { DetectorMeasure } from '../../../../tools/compare/tasks/detector';
import { EmbedderMeasure } from '../../../../tools/compare/tasks/embedder';
import { boxInPicture, frameOf } from '../../../../tools/compare/tasks/frame';
import type { LabelledPerson, Person } from '../../../../tools/compare/tasks/keypoint-similarity';
import { LandmarksMeasure, normalizedMeanError } from '../../../../tools/compare/tasks/landmarks';
import { type HeadMeasure, headMeasure } from '../../../../tools/compare/tasks/measure';
import { PoseMeasure } from '../../../../tools/compare/tasks/pose';
import { RegressorMeasure } from '../../../../tools/compare/tasks/regressor';
import { type ClassMap, SegmenterMeasure } from '../../../../tools/compare/tasks/segmenter';

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const near = (actual: number, expected: number, what = '') =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${what} ${actual}, expected ${expected}`);
const sample = (index: number) => ({ name: `s${index}`, index, picture: `/p/${index}.png` });

/** The result of `add` on all samples at once equals that of two shards, through JSON and in either order. */
function checkShards<M extends HeadMeasure>(make: () => M, add: (measure: M, index: number) => void, count: number): void {
  const whole = make();
  for (let i = 0; i < count; i++) add(whole, i);
  const parts = [0, 1].map((shard) => {
    const part = make();
    for (let i = shard; i < count; i += 2) add(part, i);
    return part;
  });
  for (const [a, b] of [parts, [...parts].reverse()]) {
    const merged = headMeasure(copy(a.state()));
    merged.merge(headMeasure(copy(b.state())));
    const rounded = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_, member) => (typeof member === 'number' ? Number(member.toPrecision(10)) : member)));
    assert.equal(rounded(merged.result()), rounded(whole.result()));
  }
}

const scored = (left: number, index: number, score: number): ScoredBox => ({
  box: { left, top: 0, right: left + 0.1, bottom: 0.1 },
  index,
  score,
});

test('detectors: pairs of one class from IoU 0.5, the rest is missed or new', () => {
  const measure = new DetectorMeasure('boxes', undefined);
  const float = [scored(0, 0, 0.9), scored(0.5, 1, 0.8), scored(0.8, 2, 0.7)];
  // Shifted by a quarter of its width: IoU 0.6. The second has another class, the third is far away.
  const quantized = [scored(0.025, 0, 0.6), scored(0.5, 3, 0.8), scored(0.3, 2, 0.5)];
  measure.add(sample(0), { shown: float, all: [] }, { shown: quantized, all: [] });
  const { floatBoxes, quantizedBoxes, matchedBoxes, found, iou, scoreDifference, labelled, worst } = measure.result();
  assert.equal([floatBoxes, quantizedBoxes, matchedBoxes, labelled], [3, 3, 1, undefined]);
  near(found.value, 1 / 3);
  near(iou.value, 0.6);
  near(scoreDifference.value, 0.3);
  near(worst[0].figure, 2 / 6);
  assert.equal(worst[0].float.boxes![0], { class: 0, score: 0.9, left: 0, top: 0, right: 0.1, bottom: 0.1 });
});

test('detectors: average precision of both networks against labels, and its drop', () => {
  const measure = new DetectorMeasure('boxes', ['zebra']);
  for (let index = 0; index < 4; index++) {
    const objects = [0, 0.5].map((left) => ({ box: scored(left, 0, 1).box, index: 0 }));
    const float = [scored(0, 0, 0.9), scored(0.5, 0, 0.8)];
    const quantized = index < 2 ? float : float.slice(0, 1);
    measure.add(sample(index), { shown: float, all: float }, { shown: quantized, all: quantized }, objects);
  }
  const { labelled } = measure.result();
  assert.equal([labelled!.samples, labelled!.objects, labelled!.unknown], [4, 8, ['zebra']]);
  near(labelled!.ap.float, 1);
  near(labelled!.ap.quantized, 76 / 101, 'six of eight are found, recalls 0 to 0.75');
  near(labelled!.ap50.drop, 25 / 101);
  assert.ok(labelled!.ap.interval!.low >= 0 && labelled!.ap.interval!.high > 25 / 101);
});

test('detectors: shards add up', () => {
  const make = () => new DetectorMeasure('boxes', []);
  checkShards(
    make,
    (measure, i) => {
      const float = [scored(0, i % 3, 0.9 - i / 100), scored(0.5, 1, 0.5)];
      const quantized = i % 2 ? float.slice(0, 1) : [scored(0.01 * i, i % 3, 0.8 - i / 100)];
      measure.add(sample(i), { shown: float, all: float }, { shown: quantized, all: quantized }, [
        { box: scored(0, 0, 1).box, index: i % 3 },
      ]);
    },
    20,
  );
});

const map = (width: number, ...categories: number[]): ClassMap => ({
  width,
  height: categories.length / width,
  categories: Uint8Array.from(categories),
});
const square = { frame: frameOf(undefined, { width: 2, height: 2 }), input: { width: 2, height: 2 } };

test('segmenters: intersection over union per class, of all pixels of all samples', () => {
  const measure = new SegmenterMeasure('mask', 3);
  measure.add(sample(0), map(2, 0, 0, 1, 1), map(2, 0, 1, 1, 1), square);
  measure.add(sample(1), map(2, 0, 0, 0, 0), map(2, 0, 0, 0, 0), square);
  const { meanIou, pixels, classes, labelled, worst } = measure.result();
  near(meanIou.value, (5 / 6 + 2 / 3) / 2, 'class 2 does not occur');
  near(pixels.value, 7 / 8);
  assert.equal(classes, [
    { class: 1, iou: 2 / 3 },
    { class: 0, iou: 5 / 6 },
  ]);
  assert.is(labelled, undefined);
  near(worst[0].figure, (1 / 2 + 2 / 3) / 2);
  assert.equal(worst[0].quantized.mask, { width: 2, height: 2, left: 0, top: 0, right: 1, bottom: 1, runs: [0, 1, 1, 3] });
});

test('segmenters: against label pictures of another size; void does not count', () => {
  const measure = new SegmenterMeasure('mask', 2);
  const labels = map(4, 0, 0, 1, 1, 0, 255, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
  measure.add(sample(0), map(2, 0, 1, 1, 1), map(2, 0, 0, 1, 1), square, labels);
  const { labelled } = measure.result();
  // 15 pixels: the float map has 13 right, the quantized one 9.
  near(labelled!.pixels.float, 13 / 15);
  near(labelled!.pixels.quantized, 9 / 15);
  near(labelled!.meanIou.float, (3 / 5 + 10 / 12) / 2);
  near(labelled!.meanIou.quantized, (3 / 9 + 6 / 12) / 2);
});

test('segmenters: labels of a letterboxed picture are found where it lies in the map', () => {
  // A picture of 4x2 in an input of 4x4: rows 1 and 2.
  const place = {
    frame: frameOf({ width: 4, height: 2 }, { width: 4, height: 4 }, { resize: { letterbox: 0 } }),
    input: { width: 4, height: 4 },
  };
  const found = map(4, 9, 9, 9, 9, 0, 1, 2, 3, 3, 2, 1, 0, 9, 9, 9, 9);
  const measure = new SegmenterMeasure('mask', 10);
  const other = map(4, ...found.categories.slice(0, 12), 8, 8, 8, 8);
  measure.add(sample(0), found, other, place, map(4, 0, 1, 2, 3, 3, 2, 1, 0));
  const { labelled, worst } = measure.result();
  assert.is(labelled!.pixels.float, 1);
  const { left, top, right, bottom } = worst[0].float.mask!;
  assert.equal([left, top, right, bottom], [0, 0.25, 1, 0.75]);
});

test('segmenters: shards add up', () => {
  checkShards(
    () => new SegmenterMeasure('mask', 4),
    (measure, i) => measure.add(sample(i), map(2, i % 3, 0, 1, 1), map(2, 0, i % 2, 1, 1), square, i % 4 ? map(1, i % 3) : undefined),
    11,
  );
});

test('boxes: pixels of a letterboxed input are shares of the picture, kept inside of it', () => {
  const frame = frameOf({ width: 200, height: 100 }, { width: 100, height: 100 }, { resize: { letterbox: 0 } });
  const placed = boxInPicture(frame, { left: 10, top: 30, right: 50, bottom: 90 });
  for (const [edge, expected] of Object.entries({ left: 0.1, top: 0.1, right: 0.5, bottom: 1 }))
    near(placed[edge as 'left'], expected, edge);
});

test('landmarks: mean distance over the diagonal of the box, or over the distance of the eyes of faces', () => {
  near(normalizedMeanError([0, 0, 3, 4], [0, 1, 3, 4]), 1 / 2 / 5);
  const face = Array.from({ length: 2 * 468 }, () => 0);
  face[2 * 33] = 10;
  face[2 * 263] = 50;
  const moved = face.map((value, i) => (i % 2 === 0 ? value + 2 : value));
  near(normalizedMeanError(face, moved), 2 / 40);
  assert.ok(Number.isNaN(normalizedMeanError([1, 1, 1, 1], [2, 2, 2, 2])));
  assert.is(normalizedMeanError([1, 1, 1, 1], [1, 1, 1, 1]), 0);
});

test('landmarks: samples without extent are left out; the worst comes first; shards add up', () => {
  const measure = new LandmarksMeasure('points', 2);
  const findings = (points: readonly number[]) => ({ points });
  measure.add(sample(0), [0, 0, 3, 4], [0, 1, 3, 4], findings);
  measure.add(sample(1), [0, 0, 3, 4], [0, 5, 3, 4], findings);
  measure.add(sample(2), [1, 1, 1, 1], [2, 2, 2, 2], findings);
  const { error, worst, normalizedBy } = measure.result();
  near(error.value, (0.1 + 0.5) / 2);
  assert.equal([worst.map(({ name }) => name), normalizedBy], [['s1', 's0'], 'box diagonal']);
  checkShards(
    () => new LandmarksMeasure('points', 2),
    (part, i) => part.add(sample(i), [0, 0, 3, 4], [0, i / 7, 3, 4], findings),
    15,
  );
});

/** 17 keypoints in two columns of a 10x80 box, moved by (dx, dy). */
function person(dx = 0, dy = 0, score = 0.9): Person {
  const keypoints = Array.from({ length: 17 }, (_, i) => ({ x: 10 * (i % 2) + dx, y: 5 * i + dy, score }));
  return { score, keypoints };
}

/** People that are shown and counted alike. */
const people = (float: Person[], quantized: Person[]) => ({
  float: { shown: float, all: float },
  quantized: { shown: quantized, all: quantized },
});

test('poses: people are paired by similarity; who is not found again counts as 0', () => {
  const measure = new PoseMeasure('poses');
  measure.add(sample(0), people([person(), person(500)], [person(500, 0, 0.8)]), { width: 1000, height: 1000 });
  const { similarity, floatPeople, quantizedPeople, scoreDifference, worst, labelled } = measure.result();
  assert.equal([floatPeople, quantizedPeople, labelled], [2, 1, undefined]);
  assert.ok(similarity.value >= 0.5 && similarity.value < 0.5 + 1e-9, `${similarity.value}`);
  assert.ok(scoreDifference.value < 1);
  assert.is(worst[0].quantized.poses!.length, 1);
  checkShards(
    () => new PoseMeasure('poses'),
    (part, i) => part.add(sample(i), people(i % 3 ? [person()] : [], [person(i)]), { width: 100, height: 100 }),
    13,
  );
});

const label = (dx: number, more: Partial<LabelledPerson> = {}): LabelledPerson => ({
  keypoints: person(dx).keypoints.map(({ x, y }) => ({ x, y, isLabelled: true })),
  box: { left: dx, top: 0, right: dx + 10, bottom: 80 },
  area: 500,
  ...more,
});
const unmarked = (dx: number) => label(dx, { keypoints: label(dx).keypoints.map((point) => ({ ...point, isLabelled: false })) });

test('poses: average precision and similarity of both networks against labels; crowds and people without keypoints do not count', () => {
  const size = { width: 1000, height: 1000 };
  const measure = new PoseMeasure('poses');
  const labels = [label(0), label(500), label(800, { crowd: true }), unmarked(650)];
  for (let index = 0; index < 4; index++) {
    const float = [person(), person(500, 0, 0.8), person(800, 0, 0.95)];
    const quantized = index < 2 ? float : float.slice(0, 1);
    measure.add(sample(index), people(float, quantized), size, labels);
  }
  measure.add(sample(4), people([person()], []), size);
  const { labelled, floatPeople } = measure.result();
  assert.equal([labelled!.samples, labelled!.people, floatPeople], [4, 8, 13]);
  near(labelled!.ap.float, 1);
  near(labelled!.ap.quantized, 76 / 101, 'six of eight are found, recalls 0 to 0.75');
  near(labelled!.similarity.float, 1);
  near(labelled!.similarity.quantized, 6 / 8);
  near(labelled!.similarity.drop, 2 / 8);
  assert.ok(labelled!.similarity.interval!.low >= 0 && labelled!.similarity.interval!.high > 0.25);
  const nobody = new PoseMeasure('poses');
  nobody.add(sample(0), people([person()], []), size, [unmarked(0)]);
  assert.is(nobody.result().labelled, undefined);
  checkShards(
    () => new PoseMeasure('poses'),
    (part, i) => part.add(sample(i), people([person(i % 2)], [person(i % 4)]), size, i % 5 ? [label(0), label(3 * i)] : undefined),
    13,
  );
});

test('landmarks: error of both networks against labels, over the normalizer of the labels; points without a label do not count', () => {
  const measure = new LandmarksMeasure('points', 3);
  const truth = [0, 0, 3, 4, Number.NaN, Number.NaN];
  measure.addLabelled(sample(0), { truth, float: [0, 1, 3, 4, 99, 99], quantized: [0, 1, 3, 6, -99, 0] });
  measure.addLabelled(sample(1), { truth, float: [0, 0, 3, 4, 0, 0], quantized: [0, 0, 3, 5, 0, 0] });
  measure.addLabelled(sample(2), { truth: [1, 1, 1, 1, Number.NaN, Number.NaN], float: [1, 2, 1, 1, 0, 0], quantized: [1, 1, 1, 1, 0, 0] });
  const { labelled } = measure.result();
  assert.is(labelled!.samples, 2);
  near(labelled!.error.float, (0.1 + 0) / 2);
  near(labelled!.error.quantized, (0.3 + 0.1) / 2);
  near(labelled!.error.drop, -0.15);
  assert.ok(labelled!.error.interval!.high < 0, JSON.stringify(labelled!.error));
  assert.is(new LandmarksMeasure('points', 3).result().labelled, undefined);
  checkShards(
    () => new LandmarksMeasure('points', 2),
    (part, i) => part.addLabelled(sample(i), { truth: [0, 0, 3, 4], float: [0, i / 9, 3, 4], quantized: [0, i / 7, 3, 4] }),
    15,
  );
});

test('embeddings: cosines, the lowest, and who finds itself among all', () => {
  const measure = new EmbedderMeasure('features', 2);
  const at = (degrees: number) => Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
  // The first is found as the second: 40 degrees away from its own, 10 from the other's.
  measure.add(sample(0), at(0), at(40));
  measure.add(sample(1), at(50), at(10));
  measure.add(sample(2), at(180), at(185));
  const { cosine, lowest, retrieval, worst } = measure.result();
  const expected = [40, 40, 5].map((degrees) => Math.cos((degrees * Math.PI) / 180));
  assert.ok(Math.abs(cosine.value - (expected[0] + expected[1] + expected[2]) / 3) < 1e-6);
  assert.ok(Math.abs(lowest - expected[0]) < 1e-6);
  assert.equal([retrieval.samples, retrieval.share], [3, 1 / 3]);
  assert.is(worst.length, 3);
  checkShards(
    () => new EmbedderMeasure('features', 2),
    (part, i) => part.add(sample(i), at(10 * i), at(10 * i + (i % 5) * 3)),
    30,
  );
});

test('regressors: noise, mean error in the unit of the output, and the worst sample', () => {
  const measure = new RegressorMeasure('depth', [1, 2]);
  measure.add(sample(0), Float32Array.of(3, 4), Float32Array.of(3, 5));
  measure.add(sample(1), Float32Array.of(0, 5), Float32Array.of(-3, 5));
  const { sqnr, error, magnitude, worst } = measure.result();
  near(sqnr.value, 10 * Math.log10(50 / 10));
  near(error.value, 1);
  near(magnitude, Math.sqrt(50 / 4));
  assert.equal([worst[0].name, worst[0].figure], ['s1', 1.5]);
  checkShards(
    () => new RegressorMeasure('depth', [1, 2]),
    (part, i) => part.add(sample(i), Float32Array.of(i, 1), Float32Array.of(i + 0.5, i % 3)),
    40,
  );
});

test('the worst samples are kept, no more than 12, the first of equal ones', () => {
  const measure = new RegressorMeasure('x', [1]);
  for (let i = 0; i < 40; i++) measure.add(sample(i), Float32Array.of(0), Float32Array.of(i % 20));
  const { worst } = measure.result();
  assert.equal(
    worst.map(({ name }) => name),
    ['s19', 's39', 's18', 's38', 's17', 's37', 's16', 's36', 's15', 's35', 's14', 's34'],
  );
});

test.run();
