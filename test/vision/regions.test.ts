// Tests regions around boxes and points by the definition of turned rectangles; MediaPipe publishes figures for upright ones only.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { regionPoint } from '../../src/pixels/region';
import { alignedRegion, boundingBox, boxRegion, grown, rotationTo, turnedRegion } from '../../src/vision/regions';

const close = (actual: readonly number[], expected: readonly number[]) => {
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) < 1e-9, `number ${i} is ${actual[i]}, expected ${value}`);
};

test('the region of a box, as in detections_to_rects_calculator_test.cc', () => {
  assert.equal(boxRegion({ left: 100, top: 200, right: 400, bottom: 600 }, 0), { x: 250, y: 400, width: 300, height: 400, rotation: 0 });
});

test('the box around points, also left of and above the picture', () => {
  const points = [
    { x: -5, y: 7 },
    { x: -9, y: -2 },
  ];
  assert.equal(boundingBox(points), { left: -9, top: -2, right: -5, bottom: 7 });
});

const origin = { x: 10, y: 20 };
for (const [dx, dy, target, degrees] of [
  [1, 0, 0, 0],
  // The other eye lies lower: the head is turned clockwise.
  [1, 1, 0, 45],
  [0, 1, 0, 90],
  [-1, 0, 0, -180],
  // Upwards is where fingers and bodies point in an upright region.
  [0, -1, 90, 0],
  [1, 0, 90, 90],
  [-1, 0, 90, -90],
  [0, 1, 90, -180],
] as const) {
  test(`the direction (${dx}, ${dy}), downwards positive, is turned to ${target} degrees by ${degrees}`, () => {
    close([(rotationTo(origin, { x: 10 + dx, y: 20 + dy }, target) * 180) / Math.PI], [degrees]);
  });
}

test('a turned region has the direction that its rotation is made of', () => {
  const to = { x: 40, y: -13 };
  const region = { ...boxRegion({ left: 0, top: 0, right: 20, bottom: 20 }, rotationTo(origin, to, 0)) };
  const [left, right] = [regionPoint(region, 0, 0.5), regionPoint(region, 1, 0.5)];
  const length = Math.hypot(30, 33);
  close([right.x - left.x, right.y - left.y], [(20 * 30) / length, (20 * -33) / length]);
});

test('growth: a square on the longer side, moved along the region before it is scaled', () => {
  assert.equal(grown({ x: 50, y: 60, width: 10, height: 20, rotation: 0 }, { scale: 2, shiftY: -0.5 }), {
    x: 50,
    y: 50,
    width: 40,
    height: 40,
    rotation: 0,
  });
  // Upwards in a region turned by a quarter clockwise is to the right.
  const { x, y, width } = grown({ x: 50, y: 60, width: 30, height: 20, rotation: Math.PI / 2 }, { scale: 1.5, shiftY: -0.5 });
  close([x, y, width], [60, 60, 45]);
});

test('the region of two points: the first one is its centre, the second one the middle of its upper side', () => {
  const [centre, edge] = [origin, { x: 34, y: 27 }];
  const region = alignedRegion(centre, edge);
  close([region.x, region.y, region.width, region.height], [10, 20, 50, 50]);
  const top = regionPoint(region, 0.5, 0);
  close([top.x, top.y], [edge.x, edge.y]);
});

test('the smallest turned region around points has some of them on each side', () => {
  // Corners of a square that stands on one of them.
  const corners = [
    { x: 100, y: 90 },
    { x: 110, y: 100 },
    { x: 100, y: 110 },
    { x: 90, y: 100 },
  ];
  const { x, y, width, height, rotation } = turnedRegion(corners, Math.PI / 4);
  close([x, y, width, height, rotation], [100, 100, Math.SQRT2 * 10, Math.SQRT2 * 10, Math.PI / 4]);
  const points = [-3, 0, 1, 8].map((along, i) => ({ x: 50 + along * Math.cos(0.3) - i, y: 20 + along * Math.sin(0.3) + 2 * i }));
  const region = turnedRegion(points, 0.3);
  // Positions in the region, by the inverse of regionPoint.
  const inside = points.map((point) => {
    const [right, down] = [point.x - region.x, point.y - region.y];
    return [(Math.cos(0.3) * right + Math.sin(0.3) * down) / region.width, (Math.cos(0.3) * down - Math.sin(0.3) * right) / region.height];
  });
  for (const axis of [0, 1]) {
    const values = inside.map((position) => position[axis]);
    close([Math.min(...values), Math.max(...values)], [-0.5, 0.5]);
  }
});

test.run();
