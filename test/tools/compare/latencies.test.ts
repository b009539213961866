// Tests tools/compare/latencies.ts: medians to the width of a bin, bounded memory, merging.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Latencies, latencyBins } from '../../../tools/compare/latencies';
import { median } from '../../../tools/statistics';
import { Random } from '../../support/random';

function of(...milliseconds: number[]): Latencies {
  const latencies = new Latencies();
  for (const time of milliseconds) latencies.add(time);
  return latencies;
}

for (const size of [1, 2, 3, 10, 101, 1000]) {
  test(`the median of ${size} latencies from microseconds to seconds is right to 0.3 %`, () => {
    const random = new Random(size);
    const times = Array.from({ length: size }, () => 10 ** (-3 + 6 * random.real()));
    const [exact, found] = [median(times), of(...times).median()];
    assert.ok(Math.abs(found / exact - 1) < 0.003, `${found}, exactly ${exact}`);
  });
}

test('no latency, 0 ms and 1e30 ms have a median; the state has no bin beyond the last', () => {
  assert.is(new Latencies().median(), 0);
  assert.ok(of(0).median() < 1e-5);
  assert.ok(of(1e30).median() > 1e9);
  const { first, counts } = of(0, 1e30).state();
  assert.equal([first, counts.length], [0, latencyBins]);
});

test('merged and restored, parts are the whole, bin by bin', () => {
  const random = new Random(5);
  const times = Array.from({ length: 300 }, () => random.real() * 20);
  const merged = new Latencies();
  for (const part of [1, 2, 0]) {
    const state = of(...times.filter((_, i) => i % 3 === part)).state();
    merged.merge(Latencies.from(JSON.parse(JSON.stringify(state))));
  }
  assert.equal(merged.state(), of(...times).state());
  assert.is(merged.total, 300);
  assert.equal(Latencies.from(new Latencies().state()).state(), { first: 0, counts: [] });
});

test.run();
