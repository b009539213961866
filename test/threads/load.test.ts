// Tests models that several threads run: the same bytes for every number of threads, and what becomes of workers.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, loadSync, type Model, ModelError } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { writeModel } from '../../src/tflite';
import { loadThreaded, type ThreadedModel } from '../../src/threads';
import { arithmeticModel } from '../support/sample-models';

const files = {
  uint8: mobilenetV1({ alpha: 0.5, resolution: 96, classes: 100, dtype: 'uint8' }),
  int8: mobilenetV1({ alpha: 0.5, resolution: 96, classes: 100, dtype: 'int8' }),
  'with operators of the host': writeModel(arithmeticModel('int8')),
};

function fill(model: Model, seed: number): void {
  for (const { data } of model.inputs) for (let i = 0; i < data.length; i++) data[i] = seed + 37 * i;
}

const codesOf = (model: Model) => model.outputs.map(({ data }) => `${data}`).join();

function expected(file: Uint8Array, seed: number): string {
  const model = loadSync(file);
  fill(model, seed);
  model.run();
  return codesOf(model);
}

async function withModel(file: Uint8Array, threads: number, check: (model: ThreadedModel) => unknown): Promise<void> {
  const model = await loadThreaded(file, { threads });
  try {
    await check(model);
  } finally {
    model.dispose();
  }
}

for (const [name, file] of Object.entries(files)) {
  for (const threads of [1, 2, 3, 5]) {
    test(`${name}, ${threads} threads: the bytes of one thread, by run and runAsync, in turns`, () =>
      withModel(file, threads, async (model) => {
        assert.is(model.threads, threads);
        assert.is(model.notice, undefined);
        for (let seed = 0; seed < 6; seed++) {
          fill(model, seed);
          if (seed & 1) await model.runAsync();
          else model.run();
          assert.is(codesOf(model), expected(file, seed), `run ${seed}`);
        }
      }));
  }
}

test('trace and profile', () =>
  withModel(files.int8, 2, (model) => {
    const single = loadSync(files.int8);
    const traced = [single, model].map((each) => {
      fill(each, 3);
      const tensors: string[] = [];
      each.trace((tensor, data) => tensors.push(`${tensor.name} ${data}`));
      return tensors;
    });
    assert.equal(traced[1], traced[0]);
    assert.is(model.profile(1).length, model.operators.length);
    fill(model, 4);
    model.run();
    assert.is(codesOf(model), expected(files.int8, 4));
  }));

test('two models at once', () =>
  withModel(files.uint8, 2, (first) =>
    withModel(files.int8, 3, async (second) => {
      for (let seed = 0; seed < 3; seed++) {
        fill(first, seed);
        fill(second, seed);
        const running = [first.runAsync(), second.runAsync()];
        await Promise.all(running);
        assert.is(codesOf(first), expected(files.uint8, seed));
        assert.is(codesOf(second), expected(files.int8, seed));
      }
    }),
  ));

async function refusal(act: () => unknown): Promise<ErrorCode> {
  try {
    await act();
  } catch (error) {
    assert.instance(error, ModelError, String(error));
    return (error as ModelError).code;
  }
  return assert.unreachable('nothing was thrown') as never;
}

test('after dispose: disposed, and the workers end', async () => {
  const model = await loadThreaded(files.uint8, { threads: 2 });
  model.run();
  model.dispose();
  model.dispose();
  assert.is(await refusal(() => model.run()), 'disposed');
  assert.is(await refusal(() => model.runAsync()), 'disposed');
});

test('many loads, runs and disposes', async () => {
  for (let i = 0; i < 30; i++) await withModel(files.uint8, 3, (model) => model.run());
});

test('a bad file and bad options are refused before workers start', async () => {
  assert.is(await refusal(() => loadThreaded(new Uint8Array(9), { threads: 2 })), 'not-tflite');
  for (const options of [{ threads: 0 }, { threads: 1.5 }, { threads: 65 }, { timeout: 0 }, { thread: 2 }, { module: {} }]) {
    assert.is(await refusal(() => loadThreaded(files.uint8, options as object)), 'bad-argument', JSON.stringify(options));
  }
});

test('without shared memory: one thread, and a notice', async () => {
  const shared = globalThis.SharedArrayBuffer;
  Object.defineProperty(globalThis, 'SharedArrayBuffer', { value: undefined, configurable: true, writable: true });
  try {
    const model = await loadThreaded(files.uint8, { threads: 2 });
    assert.is(model.threads, 1);
    assert.match(model.notice!, /no shared memory/);
    fill(model, 1);
    await model.runAsync();
    assert.is(codesOf(model), expected(files.uint8, 1));
  } finally {
    Object.defineProperty(globalThis, 'SharedArrayBuffer', { value: shared, configurable: true, writable: true });
  }
});

test.run();
