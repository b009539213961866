// Tests the resampler: tones that both rates hold come through unchanged and in time, others vanish, however samples arrive.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Resampler } from '../../src/audio/resampler';
import { refusesSync } from '../support/errors';

const sine = (rate: number, hertz: number, seconds: number) =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

/** The largest difference, or value, away from the begin. */
const peak = (values: Float32Array) => values.subarray(400).reduce((max, x) => Math.max(max, Math.abs(x)), 0);

for (const [from, to] of [
  [48000, 16000],
  [44100, 16000],
  [8000, 16000],
  [22050, 16000],
  [16000, 44100],
]) {
  test(`${from} to ${to} Hz: tones within the band keep amplitude and time to 3e-4`, () => {
    for (const hertz of [50, 440, 3000]) {
      const resampler = new Resampler(from, to);
      const output = resampler.process(sine(from, hertz, 0.5));
      const expected = sine(to, hertz, 0.5);
      assert.is(output.length, Math.floor(((from / 2 - resampler.latency) * to - 1) / from) + 1, 'all but the latency');
      const difference = peak(output.map((x, i) => x - expected[i]));
      assert.ok(difference <= 3e-4, `${hertz} Hz: ${difference}`);
    }
  });
}

test('what the lower rate cannot hold is attenuated by 80 dB', () => {
  for (const hertz of [9000, 12000, 20000]) {
    const output = peak(new Resampler(48000, 16000).process(sine(48000, hertz, 0.3)));
    assert.ok(output <= 1.5e-4, `${hertz} Hz: ${output}`);
  }
});

test('outputs are the same in pieces of 128 samples, from int16, and after a reset', () => {
  const codes = Int16Array.from(sine(44100, 700, 2), (x) => 30000 * x);
  const whole = new Resampler(44100, 16000).process(codes);
  const resampler = new Resampler(44100, 16000);
  resampler.process(codes.subarray(0, 5000));
  resampler.reset();
  const pieces: number[] = [];
  for (let at = 0; at < codes.length; at += 128) pieces.push(...resampler.process(codes.subarray(at, at + 128)));
  assert.equal(Float32Array.from(pieces), whole);
});

test('equal rates copy', () => {
  const samples = sine(16000, 100, 0.01);
  const copy = new Resampler(16000, 16000).process(samples);
  assert.equal(copy, samples);
  assert.is.not(copy, samples);
});

test('rates that cannot be meant are refused', () => {
  refusesSync(() => new Resampler(0, 16000), 'bad-argument', /a sample rate is 0; it must be a whole number of Hz/);
  refusesSync(() => new Resampler(44100.5, 16000), 'bad-argument', /44100.5/);
  refusesSync(() => new Resampler(44101, 16000), 'bad-argument', /44101 Hz to 16000 Hz is not supported/);
  refusesSync(() => new Resampler(1000000, 8000), 'bad-argument', /not supported/);
  refusesSync(() => new Resampler(48000, 16000).process([0] as unknown as Float32Array), 'bad-argument', /Int16Array or a Float32Array/);
});

test.run();
