// Tests that a worker which does not arrive becomes one error in time, and that later runs give the same.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allocateMemory } from '../../src/core/core';
import { sharedCore } from '../../src/core/shared-memory';
import { ModelError } from '../../src/errors';
import { Team } from '../../src/threads/team';

/** Long enough for a worker to start, short enough to wait for. */
const soon = 1500;
const segment = { binary: 0, begin: 0, end: 1 };

/** Two threads over one descriptor of kind 0, which traps. */
async function team(): Promise<Team> {
  const module = (await sharedCore('simd')) as WebAssembly.Module;
  const memory = allocateMemory(65536, { shared: true });
  return new Team({ threads: 2, timeout: soon, divided: [true], memory, modules: [module], program: 64 });
}

function failure(error: unknown): ModelError {
  assert.instance(error, ModelError, String(error));
  assert.is((error as ModelError).code, 'worker-failed');
  return error as ModelError;
}

function thrown(act: () => void): ModelError {
  try {
    act();
  } catch (error) {
    return failure(error);
  }
  return assert.unreachable('nothing was thrown') as never;
}

test('a worker that is not there: worker-failed, and every later run gives the same error', async () => {
  const abandoned = await team();
  const first = thrown(() => abandoned.run(segment));
  assert.match(first.message, /no answer in time/);
  assert.is(
    thrown(() => abandoned.run(segment)),
    first,
  );
  assert.is(await abandoned.runAsync(segment).then(() => undefined, failure), first);
});

test('a trap in the core: worker-failed, on every thread', async () => {
  const trapping = await team();
  await trapping.start();
  assert.match(thrown(() => trapping.run(segment)).message, /trapped/);
});

test('a worker that ends: worker-failed', async () => {
  const ended = await team();
  await ended.start();
  ended.dispose();
  assert.match(thrown(() => ended.run(segment)).message, /no answer in time|trapped/);
});

test.run();
