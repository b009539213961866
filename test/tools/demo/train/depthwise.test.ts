// Tests the depthwise convolution of training and its gradients, and windows as rows, against differences and against each other.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { depthwise, depthwiseGradients, windows } from '../../../../tools/demo/train/depthwise';
import { multiply } from '../../../../tools/demo/train/kernels';
import { Random } from '../../../support/random';
import { checkGradient, dot, draw } from './gradients';

for (const [pixels, size, stride] of [
  [4, 3, 1],
  [4, 3, 2],
  [5, 3, 2],
  [6, 5, 1],
  [6, 5, 2],
  [7, 5, 2],
  [3, 5, 1],
]) {
  test(`depthwise: ${pixels} x ${pixels + 1} pixels, window of ${size}, stride ${stride}, seed 2`, () => {
    const random = new Random(2);
    const image = { batch: 2, height: pixels, width: pixels + 1, channels: 4 };
    const window = { size, stride };
    const [x, w] = [draw(random, 2 * pixels * (pixels + 1) * 4), draw(random, size * size * 4)];
    const dy = draw(random, depthwise(x, w, image, window).length);
    const { dx, dw } = depthwiseGradients(x, w, dy, image, window);
    checkGradient('dx', x, dx, (moved) => dot(depthwise(moved, w, image, window), dy));
    checkGradient('dw', w, dw, (moved) => dot(depthwise(x, moved, image, window), dy));
  });
}

test('windows: rows times a filter are the sum of the depthwise convolution over channels', () => {
  const random = new Random(3);
  for (const window of [
    { size: 3, stride: 2 },
    { size: 5, stride: 1 },
  ]) {
    const image = { batch: 2, height: 6, width: 5, channels: 4 };
    const taps = window.size ** 2 * 4;
    const [x, w] = [draw(random, 240), draw(random, taps)];
    const channelwise = depthwise(x, w, image, window);
    const sums = multiply(windows(x, image, window), w, taps, 1);
    for (const [i, sum] of sums.entries()) {
      const expected = channelwise.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b);
      assert.ok(Math.abs(sum - expected) < 1e-4, `output ${i}: ${sum} instead of ${expected}`);
    }
  }
});

test.run();
