// Owns the walk over the whole grids of all families: `npx tsx test/core/full-grid.ts [seconds]`, not part of the tests.
import { type Grid, gridCase, gridSize } from '../support/grid';
import { batchMatMul, computedWeights } from './families/batch-matmul';
import { dots, groups, kernels, pointwise } from './families/convolution';
import { anyKernel, fast3x3, fast5x5 } from './families/depthwise';
import { elementwise, extrema, steps } from './families/elementwise';
import { checkCase, type Family } from './families/family';
import { fullyConnected } from './families/fully-connected';
import { casts, gathers } from './families/gather';
import { graphs } from './families/graphs';
import * as int16 from './families/int16';
import * as int16Functions from './families/int16-functions';
import { concatenation, pad, resize } from './families/layout';
import { fromFloat, tables, toFloat } from './families/lookup';
import { movement } from './families/movement';
import { pools, reductions } from './families/pool';
import { anyAxes, positions } from './families/reduce';
import { softmax } from './families/softmax';
import { transposed } from './families/transpose-convolution';

const families = [
  ...[
    pointwise,
    dots,
    kernels,
    groups,
    fast3x3,
    fast5x5,
    anyKernel,
    fullyConnected,
    elementwise,
    extrema,
    pools,
    reductions,
    softmax,
    transposed,
  ],
  ...[tables, fromFloat, toFloat, concatenation, pad, resize, movement, graphs],
  ...Object.values(int16),
  ...Object.values(int16Functions),
  ...[steps, anyAxes, positions, batchMatMul, computedWeights, gathers, casts],
] as unknown as Family<Grid>[];

const seconds = Number(process.argv[2] ?? 600);
if (!(seconds > 0)) throw new RangeError(`${process.argv[2]} is no number of seconds`);

/** Whole grids hold up to 10^16 cases, so that each family gets its share of the time; every run covers the same cases first. */
for (const tested of families) {
  const end = performance.now() + (1000 * seconds) / families.length;
  const size = gridSize(tested.grid);
  let index = 0;
  while (index < size && performance.now() < end) checkCase(tested, gridCase(tested.grid, index++));
  console.log(`${tested.name}: ${index} of ${size.toExponential(1)} cases`);
}
