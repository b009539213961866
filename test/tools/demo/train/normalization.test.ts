// Tests the gradients of batch normalization with every activation, of pooling and of gates against differences.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Activation,
  applyGates,
  gateGradients,
  moments,
  normalize,
  normalizeGradients,
  pool,
  poolGradient,
} from '../../../../tools/demo/train/normalization';
import { Random } from '../../../support/random';
import { checkGradient, dot, draw } from './gradients';

test('normalize: RELU6, seed 4, away from its bounds', () => {
  const random = new Random(4);
  const [x, dy, gamma] = [draw(random, 24), draw(random, 24), Float32Array.of(0.5, -0.7, 1)];
  // Channel 0 lies inside (0, 6), channel 1 too, channel 2 is cut off entirely.
  const beta = Float32Array.of(3, 3, -9);
  const dx = checkNormalize(x, gamma, beta, dy, 'RELU6');
  assert.equal([...dx].filter((_, i) => i % 3 === 2).map(Math.abs), new Array(8).fill(0));
});

// Means of the sums, per channel: RELU where none crosses 0, the swishes in their curved and straight parts.
const shifts: Readonly<Record<Exclude<Activation, 'RELU6'>, readonly number[]>> = {
  NONE: [0, 1, -1],
  RELU: [5, 9, -9],
  HARD_SWISH: [0, 12, -12],
  SWISH: [0, 2, -2],
};
for (const [activation, beta] of Object.entries(shifts)) {
  test(`normalize: ${activation}, seed 5`, () => {
    const random = new Random(5);
    const [x, dy] = [draw(random, 24), draw(random, 24)];
    checkNormalize(x, Float32Array.of(0.8, -0.7, 1), Float32Array.from(beta), dy, activation as Activation);
  });
}

function checkNormalize(x: Float32Array, gamma: Float32Array, beta: Float32Array, dy: Float32Array, activation: Activation): Float32Array {
  const forward = (xs: Float32Array, gs = gamma, bs = beta) => normalize(xs, moments(xs, 3), gs, bs, activation);
  const { dx, dgamma, dbeta } = normalizeGradients({ x, moments: moments(x, 3), gamma, beta, activation }, dy);
  checkGradient('dx', x, dx, (moved) => dot(forward(moved), dy));
  checkGradient('dgamma', gamma, dgamma, (moved) => dot(forward(x, moved), dy));
  checkGradient('dbeta', beta, dbeta, (moved) => dot(forward(x, gamma, moved), dy));
  return dx;
}

test('normalize: values of the swishes at -4, -1, 2 and 5 are those of their formulas', () => {
  const x = Float32Array.of(-4, -1, 2, 5);
  const plain = { mean: new Float32Array(1), variance: Float32Array.of(1 - 1e-3) };
  const values = (activation: Activation) => [...normalize(x, plain, Float32Array.of(1), Float32Array.of(0), activation)];
  const close = (actual: number[], expected: number[]) =>
    assert.ok(
      actual.every((value, i) => Math.abs(value - expected[i]) < 1e-5),
      `${actual}`,
    );
  close(values('HARD_SWISH'), [0, (-1 * 2) / 6, (2 * 5) / 6, 5]);
  close(values('SWISH'), [-0.0719448, -0.2689414, 1.7615942, 4.9665359]);
});

test('pool and gates: 2 pictures of 3 pixels and 4 channels, seed 6', () => {
  const random = new Random(6);
  const [x, gates, dpool, dy] = [draw(random, 24), draw(random, 8), draw(random, 8), draw(random, 24)];
  checkGradient('pool', x, poolGradient(dpool, 3, 4), (moved) => dot(pool(moved, 3, 4), dpool));
  const { dx, dgates } = gateGradients(x, gates, dy, 3, 4);
  checkGradient('dx', x, dx, (moved) => dot(applyGates(moved, gates, 3, 4), dy));
  checkGradient('dgates', gates, dgates, (moved) => dot(applyGates(x, moved, 3, 4), dy));
});

test.run();
