// Tests that work on generated hostile files grows no faster than their size, by counted steps on small files; seconds are measure.ts's.
// First of all, so that work is counted in every function.
import '../support/steps';

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Account, defaultMaxBytes } from '../../src/account';
import { validate } from '../../src/graph/validate';
import { loadSync, ModelError } from '../../src/index';
import { runPasses } from '../../src/passes';
import { coreBackend } from '../../src/plan/lower';
import { makePlan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { readModel } from '../../src/tflite/read';
import { scratch } from '../support/scratch';
import { countSteps } from '../support/steps';
import { families, isVoluminous } from './families';

const smallBytes = 8192;
const factor = 4;
/** Of steps for `factor` times the bytes: n log n at these sizes, and what alignment changes. */
const maxGrowth = 5.2;
/** Fewer steps than this are the fixed part of loading. */
const minSteps = 20_000;

/** Families whose parts are visited again by every node that shares them: each visit is charged, so that the account bounds them. */
const charged: ReadonlySet<string> = new Set([
  'long reshape options/half',
  'long reshape options/all',
  ...['axes/half', 'axes/all', 'computed axes/half', 'computed axes/all'],
  ...['sparse constants/half', 'sparse constants/all'],
  // Every layer has requantization constants of its own for the channels that it shares.
  ...['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'].flatMap((type) => [
    `live channels ${type}/half`,
    `live channels ${type}/all`,
  ]),
]);
/** Of charged operations per file byte: the account's spare half second, and what follows from the length. */
const maxCharged = 5e8;

function loadAndRunOnce(file: Uint8Array, options: Parameters<typeof loadSync>[1]): string {
  try {
    loadSync(file, options).run();
    return 'ok';
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return error.code;
  }
}

/** Reads, checks and plans a file at the cost of `account`. */
function readAndCheck(file: Uint8Array, account: Account): void {
  try {
    const graph = readModel(file, account);
    validate(graph, { evaluate, account });
    runPasses(graph, { evaluate, account });
    makePlan(graph, { backends: [coreBackend], hostOperators: 'allow', maxBytes: defaultMaxBytes, account, scratch });
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
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
    const growth = many / Math.max(few, minSteps);
    const expected = maxGrowth * Math.max(1, large.length / small.length / factor);
    const text = `${small.length} bytes take ${few} steps, ${large.length} take ${many}: ${growth.toFixed(1)} times; they end in ${ends}`;
    if (!charged.has(name)) assert.ok(growth <= expected, text);
    else {
      const account = new Account(large.length);
      readAndCheck(large, account);
      assert.ok(account.operations <= maxCharged + 200 * large.length, `${account.operations} operations are charged`);
      assert.ok(account.operations >= many / 10, `${account.operations} operations are charged for ${many} steps`);
    }
  });
}

test.run();
