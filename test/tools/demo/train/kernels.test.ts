// Tests the gradients of training against differences of the kernels' own results.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  depthwise,
  depthwiseGradients,
  moments,
  multiply,
  multiplyGradients,
  normalize,
  normalizeGradients,
  windows,
} from '../../../../tools/demo/train/kernels';
import { Random } from '../../../support/random';

const draw = (random: Random, count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** `gradient` of loss(x) against central differences at every element. */
function checkGradient(title: string, x: Float32Array, gradient: Float32Array, loss: (x: Float32Array) => number): void {
  const step = 2 ** -7;
  for (let i = 0; i < x.length; i++) {
    const moved = (by: number) => loss(x.map((value, j) => (i === j ? value + by : value)));
    const expected = (moved(step) - moved(-step)) / (2 * step);
    const tolerance = 0.01 * Math.max(1, Math.abs(expected));
    assert.ok(Math.abs(gradient[i] - expected) <= tolerance, `${title}, element ${i}: ${gradient[i]}, differences say ${expected}`);
  }
}

test('multiply: seed 1', () => {
  const random = new Random(1);
  const [x, w, dy] = [draw(random, 5 * 3), draw(random, 3 * 4), draw(random, 5 * 4)];
  const { dx, dw } = multiplyGradients(x, w, dy, 3, 4);
  checkGradient('dx', x, dx, (moved) => dot(multiply(moved, w, 3, 4), dy));
  checkGradient('dw', w, dw, (moved) => dot(multiply(x, moved, 3, 4), dy));
});

for (const [size, stride] of [
  [4, 1],
  [4, 2],
  [5, 2],
]) {
  test(`depthwise: ${size} x ${size + 1} pixels, stride ${stride}, seed 2`, () => {
    const random = new Random(2);
    const image = { batch: 2, height: size, width: size + 1, channels: 3 };
    const [x, w] = [draw(random, 2 * size * (size + 1) * 3), draw(random, 27)];
    const dy = draw(random, depthwise(x, w, image, stride).length);
    const { dx, dw } = depthwiseGradients(x, w, dy, image, stride);
    checkGradient('dx', x, dx, (moved) => dot(depthwise(moved, w, image, stride), dy));
    checkGradient('dw', w, dw, (moved) => dot(depthwise(x, moved, image, stride), dy));
  });
}

test('windows: rows times a filter are the depthwise convolution of one channel', () => {
  const random = new Random(3);
  const image = { batch: 2, height: 6, width: 5, channels: 1 };
  const [x, w] = [draw(random, 60), draw(random, 9)];
  const difference = multiply(windows(x, image, 2), w, 9, 1).map((value, i) => value - depthwise(x, w, image, 2)[i]);
  assert.ok(difference.every((value) => Math.abs(value) < 1e-5));
});

test('normalize: seed 4, away from the bounds of ReLU6', () => {
  const random = new Random(4);
  const [x, dy, gamma] = [draw(random, 24), draw(random, 24), Float32Array.of(0.5, -0.7, 1)];
  // Channel 0 lies inside (0, 6), channel 1 too, channel 2 is cut off entirely.
  const beta = Float32Array.of(3, 3, -9);
  const forward = (xs: Float32Array, gs: Float32Array = gamma, bs: Float32Array = beta) => normalize(xs, moments(xs, 3), gs, bs);
  const { dx, dgamma, dbeta } = normalizeGradients(x, forward(x), moments(x, 3), gamma, dy);
  checkGradient('dx', x, dx, (moved) => dot(forward(moved), dy));
  checkGradient('dgamma', gamma, dgamma, (moved) => dot(forward(x, moved), dy));
  checkGradient('dbeta', beta, dbeta, (moved) => dot(forward(x, gamma, moved), dy));
  assert.equal(
    [...dx].filter((_, i) => i % 3 === 2),
    new Array(8).fill(0),
  );
});

test.run();
