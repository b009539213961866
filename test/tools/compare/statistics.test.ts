// Tests tools/compare/statistics.ts against published and hand-computed intervals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pairedAccuracy, wilsonInterval } from '../../../tools/compare/statistics';

const near = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) < 5e-5, `${what}: ${actual}, expected ${expected}`);

test('Wilson: 81 of 263 and 0 of 20 as in Newcombe 1998 (Statistics in Medicine 17, 857), nothing of nothing', () => {
  near(wilsonInterval(81, 263).low, 0.2553, '81/263 low');
  near(wilsonInterval(81, 263).high, 0.3662, '81/263 high');
  near(wilsonInterval(0, 20).high, 0.1611, '0/20 high');
  assert.equal(wilsonInterval(0, 20).low, 0);
  assert.equal(wilsonInterval(0, 0), { low: 0, high: 1 });
});

test('a drop of 36, 12, 2, 0 pairs: method 10 gives 0.0569 to 0.3404 (Newcombe 1998, 2635)', () => {
  const { float, quantized, drop, interval } = pairedAccuracy({ both: 36, floatOnly: 12, quantizedOnly: 2, neither: 0 });
  near(float, 0.96, 'float');
  near(quantized, 0.76, 'quantized');
  near(drop, 0.2, 'drop');
  near(interval.low, 0.0569, 'low');
  near(interval.high, 0.3404, 'high');
});

test('60, 9, 4, 27 pairs, positively correlated: the continuity correction of n / 2 counts', () => {
  const { interval } = pairedAccuracy({ both: 60, floatOnly: 9, quantizedOnly: 4, neither: 27 });
  near(interval.low, -0.02262, 'low');
  near(interval.high, 0.1221, 'high');
});

test('swapping both networks mirrors the interval; correlated pairs narrow it', () => {
  const there = pairedAccuracy({ both: 60, floatOnly: 9, quantizedOnly: 4, neither: 27 }).interval;
  const back = pairedAccuracy({ both: 60, floatOnly: 4, quantizedOnly: 9, neither: 27 }).interval;
  near(there.low, -back.high, 'low');
  near(there.high, -back.low, 'high');
  const apart = pairedAccuracy({ both: 45, floatOnly: 24, quantizedOnly: 19, neither: 12 }).interval;
  assert.ok(there.high - there.low < apart.high - apart.low);
});

test('no difference at all still leaves an interval, as wide as so few samples leave it', () => {
  const { drop, interval } = pairedAccuracy({ both: 10, floatOnly: 0, quantizedOnly: 0, neither: 0 });
  assert.is(drop, 0);
  assert.ok(interval.low < 0 && interval.high > 0 && interval.high < 0.3, JSON.stringify(interval));
});

test.run();
