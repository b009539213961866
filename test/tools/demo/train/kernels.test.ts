// Tests the products of training and their gradients against differences of their own results, and blocks against sums one by one.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { multiply, multiplyGradients } from '../../../../tools/demo/train/kernels';
import { Random } from '../../../support/random';
import { checkGradient, dot, draw } from './gradients';

// Whole blocks of 2 rows by 4 channels, and parts of them.
for (const [rows, depth, channels] of [
  [4, 4, 8],
  [5, 3, 6],
  [1, 5, 3],
]) {
  test(`multiply: ${rows} x ${depth} by ${depth} x ${channels}, seed 1`, () => {
    const random = new Random(1);
    const [x, w, dy] = [draw(random, rows * depth), draw(random, depth * channels), draw(random, rows * channels)];
    const { dx, dw } = multiplyGradients(x, w, dy, depth, channels);
    checkGradient('dx', x, dx, (moved) => dot(multiply(moved, w, depth, channels), dy));
    checkGradient('dw', w, dw, (moved) => dot(multiply(x, moved, depth, channels), dy));
    const y = multiply(x, w, depth, channels);
    for (const [i, value] of y.entries()) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum = Math.fround(sum + x[Math.floor(i / channels) * depth + k] * w[k * channels + (i % channels)]);
      assert.is(value, sum, `element ${i}`);
    }
  });
}

test.run();
