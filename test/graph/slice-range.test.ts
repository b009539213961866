// Owns the tests of slice ranges: masks, negative indices and what is refused.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { sliceRange, stridedSliceRange } from '../../src/graph/slice-range';

const none = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };

const code = (expected: string) => (error: unknown) => error instanceof ModelError && error.code === expected;

test('SLICE of [4,3] from [1,0] with size [-1,2] takes rows 1..3 and two columns', () => {
  assert.equal(sliceRange([4, 3], [1, 0], [-1, 2]), { starts: [1, 0], steps: [1, 1], counts: [3, 2], outputShape: [3, 2] });
  assert.equal(sliceRange([4], BigInt64Array.of(4n), BigInt64Array.of(-1n)).counts, [0], 'int64 operands, empty end');
  assert.equal(sliceRange([], [], []).outputShape, [], 'scalar');
});

for (const [begin, size] of [
  [[-1], [1]],
  [[0], [-2]],
  [[3], [2]],
  [[5], [-1]],
  [
    [0, 0],
    [1, 1],
  ],
]) {
  test(`SLICE of [4] from [${begin}] with size [${size}] is refused as bad-shape`, () => {
    assert.throws(() => sliceRange([4], begin, size), code('bad-shape'));
  });
}

/** Positions that Python's `range(n)[begin:end:step]` holds, found by walking from the first position inside. */
function pythonSlice(n: number, begin: number | undefined, end: number | undefined, step: number): number[] {
  const absolute = (index: number) => (index < 0 ? index + n : index);
  const found: number[] = [];
  const first = begin === undefined ? (step > 0 ? 0 : n - 1) : absolute(begin);
  // A begin outside moves to the nearest position in the walking direction.
  for (let i = step > 0 ? Math.max(first, 0) : Math.min(first, n - 1); i >= 0 && i < n; i += step) {
    if (end !== undefined && (step > 0 ? i >= absolute(end) : i <= absolute(end))) break;
    found.push(i);
  }
  return found;
}

test('STRIDED_SLICE of one axis takes what a Python slice takes', () => {
  const index = fc.integer({ min: -9, max: 9 });
  const step = fc.integer({ min: -4, max: 4 }).filter((s) => s !== 0);
  fc.assert(
    fc.property(fc.nat(6), index, index, step, fc.boolean(), fc.boolean(), (n, begin, end, stride, openBegin, openEnd) => {
      const masks = { ...none, beginMask: Number(openBegin), endMask: Number(openEnd) };
      const { starts, steps, counts, outputShape } = stridedSliceRange(masks, [n], [begin], [end], [stride]);
      const taken = Array.from({ length: counts[0] }, (_, i) => starts[0] + i * steps[0]);
      assert.equal(taken, pythonSlice(n, openBegin ? undefined : begin, openEnd ? undefined : end, stride));
      assert.equal(outputShape, counts);
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test('x[..., newaxis, 1] of [2,3,4] has shape [2,3,1] and takes column 1', () => {
  const range = stridedSliceRange(
    { ...none, ellipsisMask: 1, newAxisMask: 2, shrinkAxisMask: 4 },
    [2, 3, 4],
    [0, 0, 1],
    [0, 0, 0],
    [1, 1, 1],
  );
  assert.equal(range, { starts: [0, 0, 1], steps: [1, 1, 1], counts: [2, 3, 1], outputShape: [2, 3, 1] });
});

test('x[1, ..., ::2] of [2,3,4,5] has shape [3,4,3]', () => {
  const range = stridedSliceRange(
    { ...none, shrinkAxisMask: 1, ellipsisMask: 2, beginMask: 4, endMask: 4 },
    [2, 3, 4, 5],
    [1, 0, 0],
    [0, 0, 0],
    [1, 1, 2],
  );
  assert.equal(range, { starts: [1, 0, 0, 0], steps: [1, 1, 1, 2], counts: [1, 3, 4, 3], outputShape: [3, 4, 3] });
});

test('x[newaxis, -1] of [3,2]: axes behind the last item are whole, dropped -1 is the last row', () => {
  const range = stridedSliceRange({ ...none, newAxisMask: 1, shrinkAxisMask: 2 }, [3, 2], [0, -1], [0, 0], [1, 1]);
  assert.equal(range, { starts: [2, 0], steps: [1, 1], counts: [1, 2], outputShape: [1, 2] });
});

test('with offset, end 2 counts from begin 1', () => {
  assert.equal(stridedSliceRange({ ...none, offset: true }, [5], [1], [2], [1]).counts, [2]);
  assert.equal(stridedSliceRange({ ...none, offset: true }, [5], [-4], [3], [2]), {
    starts: [1],
    steps: [2],
    counts: [2],
    outputShape: [2],
  });
});

test('an ellipsis wins over the other masks of its item', () => {
  const masks = { ...none, ellipsisMask: 1, newAxisMask: 1, shrinkAxisMask: 1 };
  assert.equal(stridedSliceRange(masks, [2, 3], [0], [0], [1]).outputShape, [2, 3]);
});

test('refused: stride 0, too many items, begin outside a dropped axis, ragged operands', () => {
  assert.throws(() => stridedSliceRange(none, [4], [0], [4], [0]), code('bad-shape'));
  assert.throws(() => stridedSliceRange(none, [4], [0, 0], [4, 4], [1, 1]), code('bad-shape'));
  assert.throws(() => stridedSliceRange({ ...none, shrinkAxisMask: 1 }, [4], [4], [5], [1]), code('bad-shape'));
  assert.throws(() => stridedSliceRange(none, [4], [0], [4, 4], [1]), code('bad-shape'));
});

test('refused as undefined in TensorFlow Lite: an ellipsis over no axis, a dropped axis walked backwards', () => {
  assert.throws(() => stridedSliceRange({ ...none, ellipsisMask: 1 }, [4], [0, 0], [0, 4], [1, 1]), code('unsupported-feature'));
  assert.throws(() => stridedSliceRange({ ...none, shrinkAxisMask: 1 }, [4], [0], [1], [-1]), code('unsupported-feature'));
});

test.run();
