// Tests regions of pictures: positions and proportions by MediaPipe's published figures, sampling by definition.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType } from '../../src/graph/graph';
import type { Pixels } from '../../src/pixels/pixels';
import type { Preprocessing } from '../../src/pixels/preprocessing';
import { type Region, regionPoint, sampleRegion, wholePicture, withProportions } from '../../src/pixels/region';

const close = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) < 1e-5, `${what} is ${actual}, expected ${expected}`);

// GetRoi and PadRoi of mediapipe/calculators/tensor/image_to_tensor_utils_test.cc.
test('the whole picture', () => {
  assert.equal(wholePicture({ width: 25, height: 15 }), { x: 12.5, y: 7.5, width: 25, height: 15, rotation: 0 });
});

for (const [region, width, height] of [
  [{ x: 20, y: 10, width: 100, height: 200, rotation: 5 }, 200, 200],
  [{ x: 1, y: 2, width: 21, height: 19, rotation: 3 }, 21, 21],
] as const) {
  test(`${region.width}x${region.height} in the proportions of 10x10`, () => {
    assert.equal(withProportions(region, 10, 10), { ...region, width, height });
  });
}

test('proportions of an input that is no square', () => {
  assert.equal(withProportions({ x: 0, y: 0, width: 30, height: 10, rotation: 0 }, 20, 10), {
    x: 0,
    y: 0,
    width: 30,
    height: 15,
    rotation: 0,
  });
});

// Of mediapipe/calculators/util/landmark_projection_calculator_test.cc: positions of landmarks in the picture.
for (const [region, u, v, x, y] of [
  [{ x: 0.5, y: 0.5, width: 1, height: 1, rotation: 0 }, 10, 20, 10, 20],
  [{ x: 0.5, y: 0.5, width: 0.5, height: 2, rotation: 0 }, 1, 1, 0.75, 1.5],
  [{ x: 0.5, y: 0.5, width: 0.5, height: 1, rotation: Math.PI / 2 }, 0.5, 1, 0, 0.5],
] as const) {
  test(`(${u}, ${v}) in ${JSON.stringify(region)} is (${x}, ${y})`, () => {
    const point = regionPoint(region, u, v);
    close(point.x, x, 'x');
    close(point.y, y, 'y');
  });
}

/** A picture of one channel, 4 x 3, whose pixels are ten times their column plus forty times their row. */
const grey: Pixels = {
  data: Uint8Array.from({ length: 12 }, (_, i) => 10 * (i % 4) + 40 * Math.floor(i / 4)),
  width: 4,
  height: 3,
  channels: 1,
};
const raw: Preprocessing = {};

function sampled(
  region: Region,
  [height, width]: [number, number],
  outside: 'zero' | 'edge' = 'edge',
  pixels = grey,
  settings = raw,
): number[] {
  const into = new Float32Array(height * width);
  sampleRegion(pixels, region, settings, outside, { shape: [1, height, width, 1], dtype: 'float32' }, into);
  return [...into].map((value) => Math.round(1000 * value) / 1000);
}

test('the whole picture in its own size is the picture', () => {
  assert.equal(sampled(wholePicture(grey), [3, 4], 'zero'), [...grey.data]);
});

test('turned by a quarter, clockwise, columns of the input run upwards in the picture: first the leftmost column, from below', () => {
  // The top of the region lies on the right side of the picture.
  const turned = { ...wholePicture(grey), width: 3, height: 4, rotation: Math.PI / 2 };
  assert.equal(sampled(turned, [4, 3]), [30, 70, 110, 20, 60, 100, 10, 50, 90, 0, 40, 80]);
});

test('samples lie between the centres of four pixels, one for each element, without averaging', () => {
  assert.equal(sampled({ x: 2, y: 1.5, width: 2, height: 2, rotation: 0 }, [1, 1]), [55]);
  assert.equal(sampled({ x: 1.25, y: 1, width: 1, height: 1, rotation: 0 }, [1, 1]), [27.5]);
  // One sample at the centre of 4 x 3 pixels is that of the middle row.
  assert.equal(sampled(wholePicture(grey), [1, 1]), [55]);
});

test('outside of the picture: zeros, or the edge', () => {
  const left: Region = { x: 0, y: 0.5, width: 2, height: 1, rotation: 0 };
  assert.equal(sampled(left, [1, 2], 'edge'), [0, 0]);
  const bright = { ...grey, data: grey.data.map((value) => value + 100) };
  assert.equal(sampled(left, [1, 2], 'edge', bright), [100, 100]);
  assert.equal(sampled(left, [1, 2], 'zero', bright), [0, 100]);
  assert.equal(sampled(left, [1, 2], 'zero', bright, { mean: 50, std: 50 }), [-1, 1]);
});

test('channels: colours in their order, blue first, planar, and grey in all three', () => {
  const colors: Pixels = { data: Uint8Array.of(1, 2, 3, 255, 11, 12, 13, 255), width: 2, height: 1, channels: 4 };
  const into = (pixels: Pixels, settings: Preprocessing, shape: number[]) => {
    const data = new Float32Array(6);
    sampleRegion(pixels, wholePicture(pixels), settings, 'edge', { shape, dtype: 'float32' }, data);
    return [...data];
  };
  assert.equal(into(colors, {}, [1, 1, 2, 3]), [1, 2, 3, 11, 12, 13]);
  assert.equal(into(colors, { colors: 'bgr' }, [1, 1, 2, 3]), [3, 2, 1, 13, 12, 11]);
  assert.equal(into(colors, { layout: 'nchw' }, [1, 3, 1, 2]), [1, 11, 2, 12, 3, 13]);
  assert.equal(into({ data: Uint8Array.of(7, 8), width: 2, height: 1, channels: 1 }, {}, [1, 1, 2, 3]), [7, 7, 7, 8, 8, 8]);
});

for (const [dtype, settings, expected] of [
  ['uint8', {}, 55],
  ['int8', {}, 55 - 128],
  ['int8', { mean: 0, std: 255 }, Math.round((55 / 255) * 100) - 7],
] as [DType, Preprocessing, number][]) {
  test(`codes of ${dtype} inputs, ${JSON.stringify(settings)}`, () => {
    const into = dtype === 'uint8' ? new Uint8Array(1) : new Int8Array(1);
    sampleRegion(grey, wholePicture(grey), settings, 'edge', { shape: [1, 1, 1, 1], dtype, scale: 0.01, zeroPoint: -7 }, into);
    assert.is(into[0], expected);
  });
}

test.run();
