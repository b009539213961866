// Tests MaxPoolingWithArgmax2D and MaxUnpooling2D: small images by hand, one as the inverse of the other, and refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { runCustom } from '../support/custom-run';
import { structOptions } from '../support/flex';
import { Random } from '../support/random';

const [same, valid] = [1, 2];
/** Of a window of 2 x 2 from 2 to 2: padding, stride width and height, filter width and height, activation. */
const half = (padding: number, activation = 0) => structOptions(padding, 2, 2, 2, 2, activation);

test('the maxima and their places in the windows, row * filter width + column + 0.1', () => {
  const image = [1, 5, -3, -1, 4, 2, -2, -4];
  const [maxima, indices] = runCustom('MaxPoolingWithArgmax2D', 1, half(valid), [{ shape: [1, 2, 4, 1], data: image }], 2);
  assert.equal(maxima, { shape: [1, 1, 2, 1], data: [5, -1] });
  assert.equal(indices, { shape: [1, 1, 2, 1], data: [1.1, 1.1].map(Math.fround) });
});

test('the first of equal elements; an activation clamps the maxima alone', () => {
  const image = [7, 7, 7, 7, -2, -2, -2, -2];
  const [maxima, indices] = runCustom('MaxPoolingWithArgmax2D', 1, half(valid, 3), [{ shape: [1, 4, 2, 1], data: image }], 2);
  assert.equal(maxima.data, [6, 0]);
  assert.equal(indices.data, [Math.fround(0.1), Math.fround(0.1)]);
});

test('SAME counts places from the corner of the window, not from that of the image', () => {
  // 3 rows in windows of 3 from 2 to 2: one row and column of padding in front, so that the first window begins at -1.
  const image = [9, 1, 2, 3, 4, 5, 6, 7, 8];
  const options = structOptions(same, 2, 2, 3, 3, 0);
  const [maxima, indices] = runCustom('MaxPoolingWithArgmax2D', 1, options, [{ shape: [1, 3, 3, 1], data: image }], 2);
  assert.equal(maxima, { shape: [1, 2, 2, 1], data: [9, 5, 7, 8] });
  assert.equal(indices.data.map(Math.trunc), [1 * 3 + 1, 2 * 3 + 1, 1 * 3 + 2, 1 * 3 + 1]);
});

test('unpooling puts maxima back where they were and 0 elsewhere', () => {
  const random = new Random(5);
  const shape = [2, 6, 8, 3];
  const image = Array.from({ length: 2 * 6 * 8 * 3 }, () => Math.fround(1 + random.real()));
  const [maxima, indices] = runCustom('MaxPoolingWithArgmax2D', 1, half(valid), [{ shape, data: image }], 2);
  const [back] = runCustom('MaxUnpooling2D', 1, half(valid), [maxima, indices]);
  assert.equal(back.shape, shape);
  const at = (y: number, x: number, n: number, c: number) => image[((n * 6 + y) * 8 + x) * 3 + c];
  for (const [i, value] of back.data.entries()) {
    const [c, x, y, n] = [i % 3, Math.trunc(i / 3) % 8, Math.trunc(i / 24) % 6, Math.trunc(i / 144)];
    const [top, left] = [y - (y % 2), x - (x % 2)];
    const largest = Math.max(at(top, left, n, c), at(top, left + 1, n, c), at(top + 1, left, n, c), at(top + 1, left + 1, n, c));
    assert.is(value, image[i] === largest ? image[i] : 0, `element ${i}`);
  }
});

const image = { shape: [1, 4, 4, 1], data: new Float32Array(16) };
const refusals: [name: string, run: () => void, code: string, message: RegExp][] = [
  [
    'a struct cut short',
    () => runCustom('MaxPoolingWithArgmax2D', 1, structOptions(1, 2, 2, 2, 2), [image], 2),
    'bad-option',
    /24 or more/,
  ],
  ['no struct', () => runCustom('MaxUnpooling2D', 1, undefined, [image, image]), 'bad-option', /0 bytes/],
  ['padding 0', () => runCustom('MaxPoolingWithArgmax2D', 1, half(0), [image], 2), 'bad-option', /padding is 0/],
  ['stride 0', () => runCustom('MaxPoolingWithArgmax2D', 1, structOptions(1, 0, 2, 2, 2, 0), [image], 2), 'bad-option', /in 1\.\.32768/],
  [
    'a huge filter',
    () => runCustom('MaxUnpooling2D', 1, structOptions(1, 2, 2, 2 ** 30, 2, 0), [image, image]),
    'bad-option',
    /1073741824/,
  ],
  ['activation 4', () => runCustom('MaxPoolingWithArgmax2D', 1, half(1, 4), [image], 2), 'bad-option', /activation is 4/],
  ['version 2', () => runCustom('MaxPoolingWithArgmax2D', 2, half(1), [image], 2), 'unsupported-feature', /only version 1/],
  [
    'a window larger than VALID allows',
    () => runCustom('MaxPoolingWithArgmax2D', 1, structOptions(2, 1, 1, 5, 5, 0), [image], 2),
    'bad-shape',
    /./,
  ],
  [
    'three dimensions',
    () => runCustom('MaxPoolingWithArgmax2D', 1, half(1), [{ ...image, shape: [4, 4, 1] }], 2),
    'bad-shape',
    /4 dimensions/,
  ],
  ['one output', () => runCustom('MaxPoolingWithArgmax2D', 1, half(1), [image]), 'bad-graph', /takes 2/],
  [
    'indices of another shape',
    () => runCustom('MaxUnpooling2D', 1, half(1), [image, { ...image, shape: [1, 2, 8, 1] }]),
    'bad-shape',
    /one shape/,
  ],
  ['a huge output', () => runCustom('MaxUnpooling2D', 1, structOptions(1, 1, 1, 32768, 32768, 0), [image, image]), 'bad-shape', /2\^31/],
];
for (const index of [-1, 4, Number.NaN, Infinity]) {
  const indices = { ...image, data: new Float32Array(16).fill(index) };
  refusals.push([`index ${index}`, () => runCustom('MaxUnpooling2D', 1, half(2), [image, indices]), 'bad-data', /lies outside/]);
}

for (const [name, run, code, message] of refusals) {
  test(`${name}: ${code}`, () => {
    assert.throws(run, (error: unknown) => error instanceof ModelError && error.code === code && message.test(error.message));
  });
}

test.run();
