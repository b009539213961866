// Tests packing by several threads: the same bytes with workers that are there, late, slow or missing, and one error where one never ends.
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allocateMemory, Core } from '../../src/core/core';
import { sharedCore } from '../../src/core/shared-memory';
import { ModelError } from '../../src/errors';
import { validate } from '../../src/graph/validate';
import { mobilenetV1 } from '../../src/mobilenet';
import { emitProgram, packWeights } from '../../src/plan/emit';
import { coreBackend } from '../../src/plan/lower';
import { type PackingQueue, singleQueue } from '../../src/plan/pack';
import { makePlan, type Plan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { readModel } from '../../src/tflite/read';
import { instancesOf, packStaged, places, type ThreadData } from '../../src/threads/segment';
import { Team } from '../../src/threads/team';
import type { Thread } from '../../src/threads/workers';
import { scratch } from '../support/scratch';

const graph = readModel(mobilenetV1({ alpha: 0.5, resolution: 96, classes: 100, dtype: 'int8' }));
validate(graph, { evaluate });
const made = makePlan(graph, { backends: [coreBackend], hostOperators: 'forbid', maxBytes: 2 ** 26, scratch });

/** The arena of the plan, which most weights fit into, and one that holds a few pieces, so that there are many batches. */
const arenas = [made.memory.arena, 140_000];
const planOf = (arena: number): Plan => ({ ...made, memory: { ...made.memory, arena } });
const module = (await sharedCore('simd')) as WebAssembly.Module;
const shared = () => allocateMemory(made.memory.total, { shared: true });

/** Packed weights and constants. */
const packedBytes = (buffer: ArrayBufferLike) =>
  new Uint8Array(buffer, made.programAddress, made.arenaAddress - made.programAddress).slice();

const alone = shared();
emitProgram(made, alone.buffer);
packWeights(
  made,
  alone.buffer,
  singleQueue((address) => new Core(module, alone).run(address, 0, 1)),
);
const expected = packedBytes(alone.buffer);

/** Packs by a team; `change` wraps its queue. `workers`: those of the test instead of real ones. */
async function packBy(
  threads: number,
  arena: number,
  { workers, start = true, timeout = 10_000, change = (queue: PackingQueue) => queue }: Parameters = {},
): Promise<Uint8Array> {
  const memory = shared();
  const team = new Team({ threads, timeout, divided: [], memory, modules: [module], program: made.programAddress, workers });
  const queue = team.openPacking();
  try {
    const started = start ? team.start() : Promise.resolve();
    started.catch(() => {});
    // Half of the workers of the cases below are there when packing begins, and half while it goes on.
    if (arena !== made.memory.arena && !workers) await started;
    emitProgram(made, memory.buffer);
    packWeights(planOf(arena), memory.buffer, change(queue));
    team.closePacking();
    if (!workers) await started;
    return packedBytes(memory.buffer);
  } finally {
    team.dispose();
  }
}

interface Parameters {
  workers?: readonly Thread[];
  start?: boolean;
  timeout?: number;
  change?: (queue: PackingQueue) => PackingQueue;
}

for (const threads of [1, 2, 3, 5]) {
  for (const arena of arenas) {
    test(`${threads} threads, ${arena} bytes of arena: the bytes of one thread`, async () => {
      for (let i = 0; i < 5; i++) assert.equal(await packBy(threads, arena), expected);
    });
  }
}

test('workers that never come: this thread packs everything, without waiting', async () => {
  for (const arena of arenas) assert.equal(await packBy(4, arena, { start: false, timeout: 1 }), expected);
});

/** A worker that executes each of its pieces only after some milliseconds, and counts them. */
function slowWorker(milliseconds: number, pieces: Int32Array): Thread {
  const text = `${instancesOf}\n${packStaged}
require('node:worker_threads').parentPort.once('message', ({ data, milliseconds, pieces }) => {
  const run = instancesOf(data.modules, data.memory)[0];
  const clock = new Int32Array(new SharedArrayBuffer(4));
  while (Atomics.load(data.control, data.places.staged) >= 0) packStaged(data, (...range) => {
    Atomics.add(pieces, 0, 1);
    Atomics.notify(pieces, 0);
    Atomics.wait(clock, 0, 0, milliseconds);
    run(...range);
  });
});`;
  const worker = new Worker(text, { eval: true });
  worker.unref();
  return { begin: (data) => worker.postMessage({ data, milliseconds, pieces }), terminate: () => void worker.terminate(), once() {} };
}

test('workers that are slow: the same bytes, and only their own pieces are waited for', async () => {
  for (const arena of arenas) {
    const pieces = new Int32Array(new SharedArrayBuffer(4));
    const workers = [slowWorker(5, pieces), slowWorker(1, pieces)];
    let pushed = 0;
    const change = (queue: PackingQueue): PackingQueue => ({
      ...queue,
      push(address) {
        const isDone = queue.push(address);
        // Nothing more is staged before a worker holds a piece.
        if (++pushed % 4 === 0) for (let count = 0; count * 4 < pushed; count = Atomics.load(pieces, 0)) Atomics.wait(pieces, 0, count);
        return isDone;
      },
    });
    assert.equal(await packBy(3, arena, { workers, change }), expected);
    assert.ok(pieces[0] > 1, `the workers took ${pieces[0]} pieces`);
  }
});

function failure(error: unknown): ModelError {
  assert.instance(error, ModelError, String(error));
  assert.is((error as ModelError).code, 'worker-failed');
  return error as ModelError;
}

test('a worker that ends while it holds a piece: worker-failed', async () => {
  let data: ThreadData | undefined;
  const worker: Thread = {
    begin(sent) {
      data = sent;
    },
    terminate() {},
    once() {},
  };
  let pushed = 0;
  const change = (queue: PackingQueue): PackingQueue => ({
    ...queue,
    push(address) {
      const isDone = queue.push(address);
      // Takes the piece and leaves it.
      if (++pushed === 3) Atomics.add(data!.control, places.taken, 1);
      return isDone;
    },
  });
  const error = await packBy(2, made.memory.arena, { workers: [worker], timeout: 100, change }).then(
    () => assert.unreachable('nothing was thrown') as never,
    failure,
  );
  assert.match(error.message, /no answer in time/);
});

test('a trap in a piece: worker-failed', async () => {
  const change = (queue: PackingQueue): PackingQueue => ({
    ...queue,
    push(address) {
      new Uint8Array(trapped.buffer)[address] = 0;
      return queue.push(address);
    },
  });
  const trapped = shared();
  const team = new Team({ threads: 2, timeout: 1000, divided: [], memory: trapped, modules: [module], program: made.programAddress });
  const queue = change(team.openPacking());
  try {
    packWeights(made, trapped.buffer, queue);
    assert.unreachable('nothing was thrown');
  } catch (error) {
    assert.match(failure(error).message, /trapped/);
  } finally {
    team.dispose();
  }
});

test.run();
