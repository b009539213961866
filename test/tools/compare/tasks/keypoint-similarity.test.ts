// Tests COCO's keypoint figures: similarities computed by hand, whom networks for one person are measured by, and random scenes as pycocotools.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countObjects, PrecisionTable } from '../../../../tools/compare/tasks/average-precision';
import {
  hasKeypoints,
  keypointSimilarity,
  type LabelledPerson,
  labelledSimilarity,
  matchPeople,
  type Person,
  pairPeople,
} from '../../../../tools/compare/tasks/keypoint-similarity';
import { labelledPeople, labelledPositions } from '../../../../tools/compare/tasks/labelled-points';
import type { LabelledObject } from '../../../../tools/dataset/annotations/annotations';
import { randomPeople } from '../../../support/random-people';

const near = (actual: number, expected: number, what = '') =>
  assert.ok(Math.abs(actual - expected) < 1e-12 * Math.max(1, expected), `${what} ${actual}, expected ${expected}`);

/** 17 keypoints in two columns of a 10x80 box, moved by (dx, dy). */
function person(dx = 0, dy = 0, score = 0.9): Person {
  const keypoints = Array.from({ length: 17 }, (_, i) => ({ x: 10 * (i % 2) + dx, y: 5 * i + dy, score }));
  return { score, keypoints };
}

const labelled = (isLabelled: (keypoint: number) => boolean, area = 400): LabelledPerson => ({
  keypoints: person().keypoints.map(({ x, y }, i) => ({ x, y, isLabelled: isLabelled(i) })),
  box: { left: 0, top: 0, right: 10, bottom: 80 },
  area,
});

test('of two networks, by its formula: the area is 0.53 of the box, and visible keypoints count', () => {
  assert.is(keypointSimilarity(person(), person()), 1);
  const sigmas = [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089];
  const area = 0.53 * 10 * 80;
  const expected = sigmas.reduce((sum, sigma) => sum + Math.exp(-25 / (2 * area * (2 * sigma) ** 2)), 0) / 17;
  near(keypointSimilarity(person(), person(3, 4)), expected);
  // One visible keypoint pair of the reference counts alone.
  const partly = { ...person(), keypoints: person().keypoints.map((point, i) => ({ ...point, score: i < 2 ? 0.9 : 0.1 })) };
  const elsewhere = { ...person(), keypoints: person().keypoints.map((point, i) => (i < 2 ? point : { ...point, x: 1000 })) };
  assert.is(keypointSimilarity(partly, elsewhere), 1);
});

test('with labels: nose and left shoulder of a person of 400 square pixels, 3 and 4 pixels away, are exp(-11.56) and exp(-1.25)', () => {
  const label = labelled((i) => i === 0 || i === 5);
  const found = { ...person(), keypoints: person().keypoints.map((point) => ({ ...point, x: point.x + 3, y: point.y + 4 })) };
  // 25 / (2 * 400 * (2 * 0.026)^2) = 11.556...; 25 / (2 * 400 * (2 * 0.079)^2) = 1.2518...
  near(labelledSimilarity(label, found), (Math.exp(-25 / 2.1632) + Math.exp(-25 / 19.9712)) / 2);
  near(labelledSimilarity(label, person()), 1);
});

test('without labelled keypoints: 1 inside of the box of twice the size, which reaches a box further on each side', () => {
  const label = labelled(() => false);
  assert.not.ok(hasKeypoints(label));
  near(labelledSimilarity(label, person(-10, -80)), 1);
  // The 8 keypoints of the right column are 5 pixels beyond the edge at x = 20.
  const sigmas = [0.025, 0.035, 0.079, 0.072, 0.062, 0.107, 0.087, 0.089];
  const outside = sigmas.reduce((sum, sigma) => sum + Math.exp(-25 / (2 * 400 * (2 * sigma) ** 2)), 0);
  near(labelledSimilarity(label, person(15)), (9 + outside) / 17);
});

test('people are paired once each, the most similar first', () => {
  const [a, b] = [person(), person(500)];
  const pairs = pairPeople([a, b], [person(498), person(499)], keypointSimilarity);
  assert.equal(
    pairs.map(({ person: one, other }) => [one.keypoints[0].x, other.keypoints[0].x]),
    [
      [500, 499],
      [0, 498],
    ],
  );
});

test('no more than the 20 best people of a picture count', () => {
  const wrong = Array.from({ length: 20 }, () => person(5000, 0, 0.9));
  assert.equal(
    matchPeople([...wrong, person(0, 0, 0.5)], [labelled(() => true)]).map(({ matched }) => matched),
    new Array(20).fill(0),
  );
  assert.is(matchPeople([...wrong.slice(1), person(0, 0, 0.5)], [labelled(() => true)])[19].matched, 1023);
});

/** An object of a 100x100 picture whose keypoints all lie at (x, x), of visibility 0, 1, and 2 of all others. */
const object = (x: number, side: number, more: Partial<LabelledObject> = {}): LabelledObject => ({
  category: 1,
  box: { left: 0, top: 0, right: side, bottom: side },
  keypoints: Array.from({ length: 17 }, (_, i) => [x, x, Math.min(i, 2)]).flat(),
  ...more,
});

test('in pixels of the picture; of a network for one person all but the largest person are ignored', () => {
  const size = { width: 100, height: 200 };
  const objects: LabelledObject[] = [
    object(0.1, 0.2),
    object(0.2, 0.5),
    object(0.3, 0.4, { area: 0.2 }),
    object(0.4, 0.9, { crowd: true }),
    { category: 2, box: { left: 0, top: 0, right: 1, bottom: 1 } },
  ];
  const all = labelledPeople(objects, size, false);
  assert.equal(all.length, 4);
  assert.equal(all[1].box, { left: 0, top: 0, right: 50, bottom: 100 });
  near(all[1].area, 0.53 * 5000, 'without an area 0.53 of the box');
  near(all[2].area, 0.2 * 20000);
  assert.equal([all[0].keypoints[0].isLabelled, all[0].keypoints[1]], [false, { x: 10, y: 20, isLabelled: true }]);
  assert.equal(
    labelledPeople(objects, size, true).map(({ ignore }) => ignore ?? false),
    [true, true, false, true],
  );
  assert.equal(
    labelledPositions(objects, size)!.slice(0, 4),
    [Number.NaN, Number.NaN, 30, 60],
    'the largest one is that of the labelled area',
  );
  assert.is(labelledPositions([objects[4], { ...objects[0], keypoints: objects[0].keypoints!.map(() => 0) }], size), undefined);
});

/** Of pycocotools 2.0.11 on the same scenes: COCOeval.stats[1] and stats[0] of keypoints, and the sum of all similarities. */
const golden: readonly [seed: number, count: number, at50: number, mean: number, similarities: number][] = [
  [1, 40, 0.2655379310625989, 0.13237855374180357, 103.53303350151526],
  [2, 150, 0.20552469068276488, 0.07928475093829808, 367.1904570914761],
  [3, 6, 0.49534879958584094, 0.21721579134319377, 18.24991008009608],
];
for (const [seed, count, at50, mean, similarities] of golden) {
  test(`${count} random pictures of people of seed ${seed}: as pycocotools`, () => {
    const scenes = randomPeople(seed, count);
    const sum = scenes.reduce(
      (total, { labelled: labels, found }) =>
        total + labels.reduce((of, label) => found.reduce((s, other) => s + labelledSimilarity(label, other), of), 0),
      0,
    );
    near(sum, similarities);
    const table = new PrecisionTable(
      scenes.map(({ labelled: labels, found }) => {
        const people = labels.map((label) => ({ ...label, ignore: !hasKeypoints(label), index: 0 }));
        return { matches: matchPeople(found, people), objects: countObjects(people) };
      }),
    );
    const figures = table.evaluate();
    near(figures.at50, at50);
    near(figures.mean, mean);
  });
}

test.run();
