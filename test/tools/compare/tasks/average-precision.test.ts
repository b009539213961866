// Tests average precision: cases computed by hand, and random scenes whose figures pycocotools gave.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScoredBox } from '../../../../src/tasks/boxes';
import {
  countObjects,
  iouThresholds,
  type MeanPrecision,
  matchPicture,
  PrecisionTable,
  type TrueBox,
} from '../../../../tools/compare/tasks/average-precision';
import { randomScenes, type Scene } from '../../../support/random-scenes';

const box = (left: number, top = 0, width = 10, height = 10) => ({ left, top, right: left + width, bottom: top + height });
const object = (left: number, more: Partial<TrueBox> = {}): TrueBox => ({ box: box(left), index: 0, ...more });
const found = (left: number, score: number, more: Partial<ScoredBox> = {}): ScoredBox => ({ box: box(left), index: 0, score, ...more });

function table(scenes: readonly Scene[]): PrecisionTable {
  return new PrecisionTable(
    scenes.map(({ boxes, objects }) => ({ matches: matchPicture(boxes, objects), objects: countObjects(objects) })),
  );
}
const evaluate = (...scenes: Scene[]): MeanPrecision => table(scenes).evaluate();
const near = (actual: number, expected: number, what?: string) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${what ?? ''} ${actual}, expected ${expected}`);

test('every object found exactly: 1; nothing found: 0; nothing to find: no number', () => {
  assert.equal(evaluate({ objects: [object(0), object(50)], boxes: [found(0, 0.9), found(50, 0.1)] }), { at50: 1, mean: 1 });
  assert.equal(evaluate({ objects: [object(0)], boxes: [] }), { at50: 0, mean: 0 });
  assert.ok(Number.isNaN(evaluate({ objects: [], boxes: [found(0, 0.9)] }).mean));
});

test('one of two objects after a wrong box: precision 1/2 at the 51 recalls from 0 to 0.5', () => {
  const { at50 } = evaluate({ objects: [object(0), object(50)], boxes: [found(200, 0.9), found(0, 0.8)] });
  near(at50, (51 * 0.5) / 101);
});

test('precision at a recall is the largest at that recall or a higher one', () => {
  // Right, wrong, right, right of 4 objects: precisions 1, 2/3, 3/4 at recalls 1/4, 2/4, 3/4; the second becomes 3/4.
  const objects = [0, 20, 40, 60].map((left) => object(left));
  const { at50 } = evaluate({ objects, boxes: [found(0, 0.9), found(200, 0.8), found(20, 0.7), found(40, 0.6)] });
  near(at50, (26 * 1 + 50 * 0.75) / 101, '26 recalls up to 0.25, 50 up to 0.75');
});

test('an IoU of 0.6 counts at 0.5, 0.55 and 0.6', () => {
  // 10x10 and 10x10 shifted by 2.5: 75 / 125.
  assert.equal(evaluate({ objects: [object(0)], boxes: [found(2.5, 0.9)] }), { at50: 1, mean: 3 / 10 });
  assert.equal(iouThresholds.length, 10);
});

test('a second box on the same object is wrong; one on an object of another class, too', () => {
  const twice = evaluate({ objects: [object(0), object(50)], boxes: [found(0, 0.9), found(0.5, 0.8), found(50, 0.7)] });
  near(twice.at50, (51 * 1 + 50 * (2 / 3)) / 101);
  assert.is(evaluate({ objects: [object(0)], boxes: [found(0, 0.9, { index: 1 })] }).at50, 0);
});

test('the mean is over classes that have objects', () => {
  const objects = [object(0), object(50, { index: 3 })];
  assert.is(evaluate({ objects, boxes: [found(0, 0.9), found(200, 0.8, { index: 7 })] }).at50, 0.5);
});

test('boxes in crowds and on difficult objects neither count nor miss', () => {
  const crowd: TrueBox = { box: box(100, 0, 100, 100), index: 0, crowd: true };
  const objects = [object(0), crowd, object(50, { ignore: true })];
  const boxes = [found(110, 0.9), found(130, 0.8), found(50, 0.7), found(0, 0.6)];
  assert.equal(evaluate({ objects, boxes }), { at50: 1, mean: 1 });
  assert.ok(Number.isNaN(evaluate({ objects: [crowd], boxes: [] }).at50));
  // Only half of this box is in the crowd: right at 0.5 alone.
  const beside = evaluate({ objects: [object(0), crowd], boxes: [found(95, 0.9), found(0, 0.6)] });
  near(beside.at50, 1);
  near(beside.mean, (1 + 9 * 0.5) / 10);
});

test('an object takes a box before an ignored one does, though that overlaps more', () => {
  const objects = [object(1, { ignore: true }), object(3)];
  assert.equal(evaluate({ objects, boxes: [found(1, 0.9)] }).at50, 1);
});

test('no more than the 100 best boxes of a class count', () => {
  const wrong = Array.from({ length: 100 }, (_, i) => found(1000 + 20 * i, 0.5));
  assert.is(evaluate({ objects: [object(0)], boxes: [...wrong, found(0, 0.4)] }).at50, 0);
  near(evaluate({ objects: [object(0)], boxes: [...wrong.slice(1), found(0, 0.4)] }).at50, 1 / 100);
});

test('a picture of weight 2 counts as if it were there twice', () => {
  const scenes = randomScenes(5, 12);
  const weighted = table(scenes).evaluate(Uint8Array.from(scenes, (_, picture) => (picture === 4 ? 2 : picture === 7 ? 0 : 1)));
  const plain = table([...scenes.filter((_, i) => i !== 7), scenes[4]]).evaluate();
  near(weighted.mean, plain.mean);
  near(weighted.at50, plain.at50);
  assert.ok(Math.abs(plain.mean - table(scenes).evaluate().mean) > 1e-4, 'weights change something');
});

/** Of pycocotools 2.0.11 on the same scenes: COCOeval.stats[1] and stats[0]. */
const golden: readonly [seed: number, count: number, at50: number, mean: number][] = [
  [1, 40, 0.2825513223568986, 0.08314136344897069],
  [2, 200, 0.2789836308714744, 0.08569729945825781],
  [3, 7, 0.4636963696369637, 0.1396039603960396],
];
for (const [seed, count, at50, mean] of golden) {
  test(`${count} random scenes of seed ${seed}: as pycocotools`, () => {
    const figures = evaluate(...randomScenes(seed, count));
    near(figures.at50, at50);
    near(figures.mean, mean);
  });
}

test.run();
