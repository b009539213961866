// Owns what tests of gradients share: random arrays, scalar products, and the comparison with central differences.
import * as assert from 'uvu/assert';
import type { Random } from '../../../support/random';

export const draw = (random: Random, count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
export const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** `gradient` of loss(x) against central differences at every element. */
export function checkGradient(title: string, x: Float32Array, gradient: Float32Array, loss: (x: Float32Array) => number): void {
  const step = 2 ** -7;
  for (let i = 0; i < x.length; i++) {
    const moved = (by: number) => loss(x.map((value, j) => (i === j ? value + by : value)));
    const expected = (moved(step) - moved(-step)) / (2 * step);
    const tolerance = 0.01 * Math.max(1, Math.abs(expected));
    assert.ok(Math.abs(gradient[i] - expected) <= tolerance, `${title}, element ${i}: ${gradient[i]}, differences say ${expected}`);
  }
}
