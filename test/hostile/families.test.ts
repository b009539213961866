// Tests that work on generated hostile files grows no faster than their size, by counted steps on small files; seconds are measure.ts's.
// First of all, so that work is counted in every function.
import '../support/steps';

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { countSteps } from '../support/steps';
import { families, isVoluminous } from './families';

const smallBytes = 8192;
const factor = 4;
/** Of steps for `factor` times the bytes: n log n at these sizes, and what alignment changes. */
const mostGrowth = 4.8;
/** Fewer steps than this are the fixed part of loading. */
const leastSteps = 20_000;

/** A family on the list of faults grows at least so much: counting is exact to 10 %. */
const leastFault = 4.3;

/** Families that grow faster today, by the reason. */
const knownFaults: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'every node parses the options that it shares': [
      'custom options/half',
      'custom options/all',
      'custom options of long keys/half',
      'custom options of long keys/all',
      'custom options of one key/half',
      'custom options of one key/all',
    ],
    'every node checks and converts the channels that it shares': [
      'channels CONV_2D/half',
      'channels CONV_2D/all',
      'live channels CONV_2D/none',
      'live channels CONV_2D/half',
      'live channels CONV_2D/all',
      'channels DEPTHWISE_CONV_2D/half',
      'channels DEPTHWISE_CONV_2D/all',
      'live channels DEPTHWISE_CONV_2D/none',
      'live channels DEPTHWISE_CONV_2D/half',
      'live channels DEPTHWISE_CONV_2D/all',
      'channels FULLY_CONNECTED/half',
      'channels FULLY_CONNECTED/all',
      'live channels FULLY_CONNECTED/none',
      'live channels FULLY_CONNECTED/half',
      'live channels FULLY_CONNECTED/all',
      'channels TRANSPOSE_CONV/half',
      'channels TRANSPOSE_CONV/all',
      'live channels TRANSPOSE_CONV/half',
      'live channels TRANSPOSE_CONV/all',
    ],
    'every node copies the shape operand that it shares': ['axes/none', 'axes/half', 'axes/all', 'computed axes/half', 'computed axes/all'],
    'every node dequantizes the constant that it shares': ['dequantize/half', 'dequantize/all'],
    'memory planning compares every pair of regions': [
      'operators/none',
      'operators/all',
      'tables/all',
      'live operators/none',
      'live operators/all',
      'live concat/none',
      'pack/none',
      'concat of own/none',
      'live split/none',
      'live split/half',
      'live split/all',
      'live split/few',
      'split_v/few',
      'live unpack/none',
      'live unpack/half',
      'live unpack/all',
      'live unpack/few',
      'matrix CONV_2D/none',
      'matrix CONV_2D/all',
      'matrix FULLY_CONNECTED/none',
      'matrix FULLY_CONNECTED/all',
      'arena/none',
      'arena/all',
      'arena of sizes/none',
      'arena of sizes/all',
      'inputs/none',
      'read inputs/none',
      'read inputs/all',
      'inputs, batch 1000/none',
      'inputs, batch 1000/all',
      'live dequantize/none',
      'live dequantize/half',
      'live dequantize/all',
    ],
  }).flatMap(([reason, names]) => names.map((name) => [name, reason])),
);

function loadAndRunOnce(file: Uint8Array, options: Parameters<typeof loadSync>[1]): string {
  try {
    loadSync(file, options).run();
    return 'ok';
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return error.code;
  }
}

for (const { name, make, options } of families().filter(({ name }) => !isVoluminous(name))) {
  test(name, () => {
    const [small, large] = [make(smallBytes), make(factor * smallBytes)];
    let ends = '';
    const few = countSteps(() => {
      ends = loadAndRunOnce(small, options);
    });
    const many = countSteps(() => {
      ends += ` and ${loadAndRunOnce(large, options)}`;
    });
    const growth = many / Math.max(few, leastSteps);
    const expected = mostGrowth * Math.max(1, large.length / small.length / factor);
    const text = `${small.length} bytes take ${few} steps, ${large.length} take ${many}: ${growth.toFixed(1)} times; they end in ${ends}`;
    const known = knownFaults.get(name);
    if (known) assert.ok(growth > leastFault, `${text}; take it off the list of faults: ${known}`);
    else assert.ok(growth <= expected, text);
  });
}

test.run();
