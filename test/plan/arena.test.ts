// Tests the packing of intervals: no two that are alive together overlap, and the arena stays near its lower bound.

import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../src/graph/validate';
import { type Interval, type Placement, placeIntervals } from '../../src/plan/arena';
import { regionLifetimes } from '../../src/plan/lifetimes';
import { coreBackend } from '../../src/plan/lower';
import { makePlan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { readModel } from '../../src/tflite/read';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';
import { sharedPath, sharedTest } from '../support/shared';
import { countSteps } from '../support/steps';

function overlap(a: Interval, b: Interval): boolean {
  return a.begin < b.end && b.begin < a.end;
}

/** Throws unless every pair that is alive together lies apart and everything lies inside the arena. */
function assertApart(intervals: readonly Interval[], { offsets, bytes }: Placement): void {
  assert.is(offsets.length, intervals.length);
  assert.is(bytes % 64, 0);
  intervals.forEach((a, i) => {
    assert.is(offsets[i] % 64, 0, `offset ${offsets[i]} of interval ${i}`);
    assert.ok(offsets[i] >= 0 && offsets[i] + a.bytes <= bytes, `interval ${i} ends behind the arena`);
    for (let k = 0; k < i; k++) {
      const b = intervals[k];
      const apart = offsets[i] + a.bytes <= offsets[k] || offsets[k] + b.bytes <= offsets[i];
      assert.ok(apart || !overlap(a, b), `intervals ${k} and ${i} overlap: ${JSON.stringify([b, offsets[k], a, offsets[i]])}`);
    }
  });
}

/** No arena can be smaller than what is alive at one step. */
function lowerBound(intervals: readonly Interval[]): number {
  const steps = new Set(intervals.map(({ begin }) => begin));
  return Math.max(
    0,
    ...[...steps].map((t) => intervals.filter((i) => i.begin <= t && t < i.end).reduce((sum, { bytes }) => sum + bytes, 0)),
  );
}

const interval = fc
  .record({ bytes: fc.integer({ min: 0, max: 5000 }), begin: fc.nat(30), length: fc.nat(12) })
  .map(({ bytes, begin, length }) => ({ bytes, begin, end: begin + length + 1 }));

test('intervals that are alive together never overlap', () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 40 }), (intervals) => assertApart(intervals, placeIntervals(intervals))),
    { seed: 1, numRuns: 2000 },
  );
});

test('intervals that share no step share one place', () => {
  const intervals = [100, 640, 300].map((bytes, i) => ({ bytes, begin: 2 * i, end: 2 * i + 2 }));
  assert.equal(placeIntervals(intervals), { offsets: [0, 0, 0], bytes: 640 });
});

test('intervals that share one step lie apart', () => {
  const { offsets, bytes } = placeIntervals([
    { bytes: 64, begin: 0, end: 2 },
    { bytes: 64, begin: 1, end: 3 },
  ]);
  assert.equal([[...offsets].sort((a, b) => a - b), bytes], [[0, 64], 128]);
});

test('intervals that span all others lie first and apart, and are never compared', () => {
  const whole = Array.from({ length: 200_000 }, () => ({ bytes: 100, begin: 0, end: 3 }));
  const { offsets, bytes } = placeIntervals([...whole, { bytes: 64, begin: 0, end: 1 }, { bytes: 64, begin: 1, end: 3 }]);
  assert.is(bytes, 200_000 * 128 + 64);
  assert.equal(
    offsets.slice(0, 200_000),
    whole.map((_, i) => 128 * i),
  );
  assert.equal(offsets.slice(200_000), [200_000 * 128, 200_000 * 128]);
});

test('many intervals: apart, in at most twice the lower bound of their classes, in steps that grow as n log n', () => {
  const many = (count: number): Interval[] => {
    const random = new Random(count);
    return Array.from({ length: count }, (_, begin) => ({ bytes: random.integer(1, 4096), begin, end: begin + random.integer(1, 40) }));
  };
  const small = many(5000);
  const placed = placeIntervals(small);
  const sorted = small.map((interval, i) => ({ ...interval, offset: placed.offsets[i] })).sort((a, b) => a.begin - b.begin);
  sorted.forEach((a, i) => {
    for (let k = i + 1; k < sorted.length && sorted[k].begin < a.end; k++) {
      const b = sorted[k];
      assert.ok(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset, `${JSON.stringify([a, b])} overlap`);
    }
  });
  assert.ok(placed.bytes <= 4 * lowerBound(small), `${placed.bytes} bytes, lower bound ${lowerBound(small)}`);
  const steps = (count: number) => {
    const intervals = many(count);
    return countSteps(() => void placeIntervals(intervals));
  };
  const [few, more] = [steps(20_000), steps(80_000)];
  assert.ok(more <= 5 * few, `${few} steps, then ${more}`);
});

test('nothing needs nothing', () => {
  assert.equal(placeIntervals([]), { offsets: [], bytes: 0 });
  assert.equal(placeIntervals([{ bytes: 0, begin: 0, end: 1 }]), { offsets: [0], bytes: 0 });
});

/** Activations of a chain in which every result is read by the next step, as in MobileNetV1 1.0-224: sizes in int16 elements. */
const mobilenet = [
  150528, 401408, 401408, 802816, 200704, 401408, 401408, 401408, 100352, 200704, 200704, 200704, 50176, 100352, 1024, 1001,
];

test('a chain takes what its two largest neighbours take', () => {
  const intervals = mobilenet.map((elements, i) => ({ bytes: 2 * elements, begin: i, end: i + 2 }));
  const placed = placeIntervals(intervals);
  assertApart(intervals, placed);
  console.log(`  chain: ${placed.bytes} bytes, lower bound ${lowerBound(intervals)}`);
  assert.is(placed.bytes, lowerBound(intervals));
});

for (const model of [
  'mobilenet_v2_1.0_224_quant',
  'tf2_mobilenet_v2_1.0_224_ptq',
  'deeplabv3_mnv2_dm05_pascal_quant',
  'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29',
  'movenet_single_pose_lightning_ptq',
  'resnet8_cifar10_int8',
]) {
  sharedTest(test, `${model}: apart, and at most 15 % above the lower bound`, () => {
    const graph = readModel(new Uint8Array(readFileSync(sharedPath('models', `${model}.tflite`))));
    validate(graph, { evaluate });
    const { regions, steps } = makePlan(graph, { backends: [coreBackend], hostOperators: 'allow', maxBytes: 2 ** 28, scratch });
    const intervals = regionLifetimes(
      regions.filter((region) => region.kind === 'arena'),
      steps,
    );
    const placed = placeIntervals(intervals);
    assertApart(intervals, placed);
    const bound = lowerBound(intervals);
    console.log(`  ${model}: ${placed.bytes} bytes, lower bound ${bound} (+${((100 * placed.bytes) / bound - 100).toFixed(1)} %)`);
    assert.ok(placed.bytes <= 1.15 * bound);
  });
}

test.run();
