// Tests Landmarks2TransformMatrix, TransformTensorBilinear and TransformLandmarks by formulas, and their refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { firstMatrixOptions, matrixOptions } from '../support/custom-operators';
import { type CustomInput, runCustom } from '../support/custom-run';
import { type FlexEntry, flexMap } from '../support/flex';

const matrix = (...rows: number[]): CustomInput => ({ shape: [1, 4, 4], data: [...rows, 0, 0, 1, 0, 0, 0, 0, 1] });
/** Options with some of them replaced; undefined leaves one out. */
function replaced(options: readonly FlexEntry[], changes: Readonly<Record<string, FlexEntry[1] | undefined>>): Uint8Array {
  const entries = options.map(([key, value]) => [key, key in changes ? changes[key] : value] as const);
  return flexMap(entries.filter((entry): entry is FlexEntry => entry[1] !== undefined));
}

function near(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.is(actual.length, expected.length);
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - expected[i]) <= tolerance, `element ${i} is ${value}, expected ${expected[i]}`);
  }
}

test('TransformLandmarks 2: x and y by the matrix, z stays', () => {
  const landmarks = [1, 2, 30, -4, 8, 50];
  const rows = matrix(2, 3, 99, 5, -1, 0.5, 99, 7);
  const [{ shape, data }] = runCustom('TransformLandmarks', 2, undefined, [{ shape: [1, 2, 3], data: landmarks }, rows]);
  assert.equal(shape, [1, 2, 3]);
  assert.equal(data, [2 + 6 + 5, -1 + 1 + 7, 30, -8 + 24 + 5, 4 + 4 + 7, 50]);
  const flat = runCustom('TransformLandmarks', 2, undefined, [{ shape: [1, 2, 2], data: [1, 2, -4, 8] }, rows]);
  assert.equal(flat[0].data, [13, 7, 21, 15]);
});

test('TransformLandmarks 1: landmarks along the channels, translations scaled', () => {
  const options = flexMap([
    ['dimensions', 2],
    ['scale', 0.5],
  ]);
  const [{ data }] = runCustom('TransformLandmarks', 1, options, [
    { shape: [1, 1, 2, 4], data: [1, 0, 0, 1, 2, 0, 0, 2] },
    matrix(1, 10, 0, 8, 100, 1, 0, 6),
  ]);
  assert.equal(data, [5, 103, 14, 4, 6, 203, 24, 5]);
});

const pixels = Array.from({ length: 3 * 4 * 2 }, (_, i) => ((i * 7) % 13) - 3);

/** The image at (y, x), whose weights are multiples of 1/4 here, so that every sum is exact. */
function bilinear(y: number, x: number, channel: number): number {
  if (!(y >= 0 && y <= 2 && x >= 0 && x <= 3)) return 0;
  const at = (row: number, column: number) => (row < 3 && column < 4 ? pixels[(row * 4 + column) * 2 + channel] : 0);
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [lower, right] = [y - top, x - left];
  const row = (of: number) => (1 - right) * at(of, left) + right * at(of, left + 1);
  return (1 - lower) * row(top) + lower * row(top + 1);
}

for (const version of [1, 2]) {
  test(`TransformTensorBilinear ${version}: a turn, a shrinking and a translation, 0 outside`, () => {
    const [height, width] = [5, 6];
    const options =
      version === 1
        ? flexMap([
            ['mode', 'bilinear'],
            ['output_size', [height, width]],
          ])
        : flexMap([
            ['output_height', height],
            ['output_width', width],
          ]);
    for (const [a, b, c, d, e, f] of [
      [1, 0, 0, 0, 1, 0],
      [0.5, 0.25, -0.25, -0.25, 0.5, 1],
      [0, 1, 0, 1, 0, 0],
      [-1, 0, 3, 0, -1, 2],
    ]) {
      const [{ shape, data }] = runCustom('TransformTensorBilinear', version, options, [
        { shape: [1, 3, 4, 2], data: pixels },
        matrix(a, b, 50, c, d, e, 50, f),
      ]);
      assert.equal(shape, [1, height, width, 2]);
      const half = version === 2 ? 0.5 : 0;
      const expected = data.map((_, i) => {
        const [channel, column, row] = [i % 2, Math.trunc(i / 2) % width, Math.trunc(i / 2 / width)];
        const [x, y] = [column + half, row + half];
        return bilinear(d * x + e * y + f - half, a * x + b * y + c - half, channel);
      });
      assert.equal(data, expected, `${[a, b, c, d, e, f]}`);
    }
  });
}

test('TransformTensorBilinear: positions that are no numbers are outside', () => {
  const options = flexMap([
    ['output_height', 1],
    ['output_width', 2],
  ]);
  const image = { shape: [1, 3, 4, 2], data: pixels };
  const [{ data }] = runCustom('TransformTensorBilinear', 2, options, [image, matrix(Number.NaN, 0, 0, 0, 0, 1, 0, 0)]);
  assert.equal(data, [0, 0, 0, 0]);
});

// Eyes at (10, 20) and (30, 40), so that the line between them is turned by 45 degrees, and a mouth at (15, 45).
const face: CustomInput = { shape: [1, 3, 3], data: [10, 20, 1, 30, 40, 2, 15, 45, 3] };

test('Landmarks2TransformMatrix 2: the box of the level landmarks becomes the crop', () => {
  const [{ shape, data }] = runCustom('Landmarks2TransformMatrix', 2, flexMap(matrixOptions), [face]);
  assert.equal(shape, [1, 4, 4]);
  // In the frame turned back by 45 degrees the landmarks are (x + y, y - x) / sqrt(2): (30, 10), (70, 10), (60, 30) / sqrt(2).
  const root = Math.SQRT2;
  const [width, height] = [40 / root, 20 / root];
  const [middleX, middleY] = [50 / root, 20 / root];
  const center = [(middleX - middleY) / root, (middleX + middleY) / root];
  const [scaleX, scaleY] = [(1.5 * width) / 5, (1.25 * height) / 4];
  const [cos, sin] = [1 / root, 1 / root];
  const shift = [scaleX * -2.5, scaleY * -2];
  near(
    data,
    [
      ...[cos * scaleX, -sin * scaleY, 0, center[0] + cos * shift[0] - sin * shift[1]],
      ...[sin * scaleX, cos * scaleY, 0, center[1] + sin * shift[0] + cos * shift[1]],
      ...[0, 0, 1, 0, 0, 0, 0, 1],
    ],
    1e-5,
  );
});

test('Landmarks2TransformMatrix 2: a target angle is the angle of the line in the crop', () => {
  const options = replaced(matrixOptions, { target_rotation_radians: Math.fround(Math.PI / 4) });
  const [{ data }] = runCustom('Landmarks2TransformMatrix', 2, options, [face]);
  // The line has that angle already: the box is upright, x 10 to 30 and y 20 to 45.
  near(data.slice(0, 8), [(1.5 * 20) / 5, 0, 0, 20 - 15, 0, (1.25 * 25) / 4, 0, 32.5 - 15.625], 1e-4);
});

test('Landmarks2TransformMatrix 1: the crop in relative coordinates', () => {
  // A level line from (1, 2) to (3, 2) and a point at (2, 6): the box is x 1 to 3, y 2 to 6.
  const row = { shape: [1, 1, 1, 9], data: [1, 2, 0, 3, 2, 0, 2, 6, 0] };
  const [{ data }] = runCustom('Landmarks2TransformMatrix', 1, flexMap(firstMatrixOptions), [row]);
  // Output pixel p is 2 p / (5 - 1) - 1; times the box over the range of 8, plus its middle; image pixel 4 r + 4.
  const [scaleX, scaleY] = [(2 * 1.5) / 8, (4 * 1.5) / 8];
  const [middleX, middleY] = [(2 / 8) * 2 - 1, (4 / 8) * 2 - 1];
  near(
    data,
    [
      ...[4 * scaleX * 0.5, 0, 0, 4 * (middleX - scaleX) + 4],
      ...[0, 4 * scaleY * 0.5, 0, 4 * (middleY - scaleY) + 4],
      ...[0, 0, 1, 0, 0, 0, 0, 1],
    ],
    1e-6,
  );
});

const image: CustomInput = { shape: [1, 3, 4, 2], data: pixels };
const points: CustomInput = { shape: [1, 2, 3], data: new Float32Array(6) };
const identity = matrix(1, 0, 0, 0, 0, 1, 0, 0);
const tensor = (version: number, options: readonly FlexEntry[], inputs = [image, identity]) => {
  return () => runCustom('TransformTensorBilinear', version, flexMap(options), inputs);
};
const landmarks = (version: number, options: readonly FlexEntry[], inputs: CustomInput[]) => {
  return () => runCustom('TransformLandmarks', version, flexMap(options), inputs);
};
const second = (changes: Parameters<typeof replaced>[1], input = face) => {
  return () => runCustom('Landmarks2TransformMatrix', 2, replaced(matrixOptions, changes), [input]);
};
const first = (changes: Parameters<typeof replaced>[1], shape = [1, 1, 1, 9]) => {
  return () => runCustom('Landmarks2TransformMatrix', 1, replaced(firstMatrixOptions, changes), [{ ...face, shape }]);
};
const size = (height: number, width: number): FlexEntry[] => [
  ['output_height', height],
  ['output_width', width],
];

const refusals: [name: string, run: () => void, code: string, message: RegExp][] = [
  ['no size', tensor(2, []), 'bad-option', /output_height is 0/],
  ['a negative size', tensor(2, size(2, -1)), 'bad-option', /output_width is -1/],
  ['a size beyond all memory', tensor(2, size(2 ** 30, 2 ** 30)), 'bad-shape', /2\^31/],
  ['another mode', tensor(1, [['mode', 'nearest']]), 'bad-option', /not bilinear/],
  ['a mode that is no text', tensor(1, [['mode', 1]]), 'bad-option', /not bilinear/],
  ['a size of one number', tensor(1, [['output_size', [2]]]), 'bad-option', /2 x 0/],
  ['version 3', tensor(3, size(1, 1)), 'unsupported-feature', /versions 1 to 2/],
  ['two images', tensor(2, size(1, 1), [{ ...image, shape: [2, 3, 2, 2] }, identity]), 'bad-shape', /the first 1/],
  ['a matrix of 7', tensor(2, size(1, 1), [image, { shape: [7], data: new Float32Array(7) }]), 'bad-shape', /8 elements/],
  ['landmarks of 4 coordinates', landmarks(2, [], [{ ...points, shape: [1, 1, 4] }, identity]), 'bad-shape', /2 or 3/],
  ['landmarks of rank 2', landmarks(2, [], [{ ...points, shape: [2, 3] }, identity]), 'bad-shape', /3 dimensions/],
  [
    '5 numbers in landmarks of 2',
    landmarks(
      1,
      [
        ['dimensions', 2],
        ['scale', 1],
      ],
      [{ ...points, shape: [1, 1, 1, 5] }, identity],
    ),
    'bad-shape',
    /of 2 coordinates/,
  ],
  ['dimensions 4', landmarks(1, [['dimensions', 4]], [points, identity]), 'bad-option', /dimensions is 4/],
  ['scale 0', landmarks(1, [['dimensions', 3]], [points, identity]), 'bad-option', /scale is 0/],
  ['no landmarks to cover', second({ subset_idxs: undefined }), 'bad-option', /subset_idxs/],
  ['a negative landmark', second({ subset_idxs: [0, -1] }), 'bad-option', /subset_idxs/],
  ['a landmark that does not exist', second({ subset_idxs: [0, 3] }), 'bad-shape', /landmark 3 does not exist/],
  ['an end of the line that does not exist', second({ right_rotation_idx: 2 ** 30 }), 'bad-shape', /landmark 1073741824/],
  ['scale_x 0', second({ scale_x: 0 }), 'bad-option', /scale_x is 0; it must be finite and > 0/],
  ['an infinite angle', second({ target_rotation_radians: Number.POSITIVE_INFINITY }), 'bad-option', /target_rotation_radians is Infinity/],
  ['output_width 0', second({ output_width: 0 }), 'bad-option', /output_width is 0/],
  ['four dimensions', second({}, { ...face, shape: [1, 1, 3, 3] }), 'bad-shape', /3 dimensions/],
  ['version 1 of three dimensions', first({}, [1, 3, 3]), 'bad-shape', /1,1,1,elements/],
  ['version 1 with 2 coordinates', first({ dimensions: 2 }), 'bad-option', /dimensions is 2/],
  ['version 1 without a range', first({ landmarks_range: 0 }), 'bad-option', /landmarks_range/],
  ['version 1 without a size', first({ input_hw: undefined }), 'bad-option', /input_hw is 0 x 0/],
  ['version 1 with multiplier 0', first({ bbox_size_multiplier: 0 }), 'bad-option', /multiplier is 0/],
];

for (const [name, run, code, message] of refusals) {
  test(`${name}: ${code}`, () => {
    assert.throws(run, (error: unknown) => error instanceof ModelError && error.code === code && message.test(error.message));
  });
}

test.run();
