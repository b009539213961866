// Tests landmarks in the input of their network, and their refinement, by MediaPipe's published figures and by hand.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attentionOutputs, refineFace } from '../../src/tasks/face-refinement';
import { readLandmarks, refineByHeatmap, worldLandmarks } from '../../src/tasks/landmarks';

const close = (actual: readonly number[], expected: readonly number[]) => {
  assert.is(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) < 1e-6, `number ${i} is ${actual[i]}, expected ${value}`);
};

test('positions are shares of the input, depths of its width and of their own divisor', () => {
  const values = Float32Array.of(50, 50, 20, 9, 9, 100, 0, -10, 9, 9);
  assert.equal(readLandmarks(values, 5, { width: 100, height: 200 }), [
    { x: 0.5, y: 0.25, z: Math.fround(20) / 100 },
    { x: 1, y: 0, z: -0.1 },
  ]);
  close([readLandmarks(values, 5, { width: 100, height: 200, depth: 0.4 })[0].z], [0.5]);
});

test('positions in metres turn with the region', () => {
  const [{ x, y, z }] = worldLandmarks(Float32Array.of(1, 2, 3), Math.PI / 2);
  close([x, y, z], [-2, 1, 3]);
});

// refine_landmarks_from_heatmap_calculator_test.cc: scores of cells, each map after the other, with a window of 3.
const none = -1e16;
const oneCell = (value: number) => [none, none, none, value, none, none, none, none, none];
const twoCells = (corner: number) => [none, none, none, 0, none, 0, none, none, corner];
const interleaved = (maps: readonly number[][]) =>
  Float32Array.from({ length: 9 * maps.length }, (_, i) => maps[i % maps.length][Math.floor(i / maps.length)]);
for (const [name, maps, points, minConfidence, expected] of [
  ['Smoke', [oneCell(1)], [0.5, 0.5], 0.1, [0, 1 / 3]],
  ['MultiLayer', [oneCell(1), oneCell(1), oneCell(1)], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], 0.1, [0, 1 / 3, 0, 1 / 3, 0, 1 / 3]],
  ['KeepIfNotSure', [oneCell(0), oneCell(0)], [0.5, 0.5, 0.5, 0.5], 0.6, [0.5, 0.5, 0.5, 0.5]],
  ['a score that equals the confidence', [oneCell(0)], [0.5, 0.5], 0.5, [0, 1 / 3]],
  ['Border', [twoCells(none), twoCells(0)], [0, 0, 0.9, 0.9], 0.1, [0, 1 / 3, 2 / 3, 1 / 6 + 2 / 6]],
] as const) {
  test(`heatmaps: ${name}`, () => {
    const landmarks = maps.map((_, i) => ({ x: points[2 * i], y: points[2 * i + 1], z: 7 }));
    const heatmap = { values: interleaved(maps as unknown as number[][]), width: 3, height: 3 };
    const refined = refineByHeatmap(landmarks, heatmap, { kernelSize: 3, minConfidence });
    close(
      refined.flatMap(({ x, y }) => [x, y]),
      expected,
    );
    assert.ok(refined.every(({ z }) => z === 7));
  });
}

test('landmarks outside of their heatmap stay', () => {
  const outside = { x: 1, y: 0.5, z: 0 };
  const heatmap = { values: Float32Array.from(oneCell(5)), width: 3, height: 3 };
  assert.equal(refineByHeatmap([outside], heatmap, { kernelSize: 3, minConfidence: 0.1 }), [outside]);
});

test('attention: lips and eyes replace positions of the mesh, irises follow with the mean depth of the outline of their eye', () => {
  const mesh = Array.from({ length: 468 }, (_, i) => ({ x: i, y: -i, z: i / 10 }));
  const part = (elements: number, x: number) => Array.from({ length: elements / 2 }, (_, i) => ({ x, y: i }));
  const parts = attentionOutputs.slice(1, -1).map((elements, k) => part(elements, 1000 * (k + 1)));
  const refined = refineFace(mesh, parts);
  assert.is(refined.length, 478);
  // Of the graph's mapping: lips begin with 61 and end with 407, left eye 33 .. 193, right eye 263 .. 417.
  assert.equal(
    [refined[61], refined[407]],
    [
      { x: 1000, y: 0, z: 6.1 },
      { x: 1000, y: 79, z: 40.7 },
    ],
  );
  assert.equal(
    [refined[33], refined[193]],
    [
      { x: 2000, y: 0, z: 3.3 },
      { x: 2000, y: 70, z: 19.3 },
    ],
  );
  assert.equal(
    [refined[263], refined[417]],
    [
      { x: 3000, y: 0, z: 26.3 },
      { x: 3000, y: 70, z: 41.7 },
    ],
  );
  assert.equal([refined[468].x, refined[472].y, refined[473].x], [4000, 4, 5000]);
  assert.is(refined.filter(({ x }, i) => i < 468 && x === i).length, 468 - 80 - 71 - 71);
  const left = [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173];
  close([refined[468].z], [left.reduce((sum, index) => sum + index / 10, 0) / 16]);
});

test.run();
