// Tests what a model takes and gives back: allocation within maxBytes, memory that never grows, a quiet heap, dispose.
// First of all, so that work is counted in every function.
import '../support/steps';

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { load, loadSync, ModelError } from '../../src/index';
import { writeModel } from '../../src/tflite/write';
import { GraphBuilder } from '../support/build';
import { countSteps, takeSteps } from '../support/steps';
import { fill, results, samples, tiny } from './samples';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of every WebAssembly memory that `act` allocates, besides a page to compute by while loading, which can grow. */
async function allocations(act: () => unknown): Promise<number[]> {
  const { Memory } = WebAssembly;
  const bytes: number[] = [];
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      if (descriptor.maximum === undefined) assert.is(descriptor.initial, 1);
      else {
        bytes.push(descriptor.initial * 65536);
        assert.is(descriptor.maximum, descriptor.initial, 'it can never grow');
      }
    }
  };
  try {
    await act();
  } finally {
    WebAssembly.Memory = Memory;
  }
  return bytes;
}

/** A check for assert.throws: a ModelError, of this code if one is given. */
const refuses = (code?: string) => (error: unknown) => error instanceof ModelError && (code === undefined || error.code === code);

test('load allocates exactly memory.total, once; runs allocate nothing', async () => {
  for (const [name, file] of samples) {
    const total = loadSync(file).memory.total;
    assert.equal(await allocations(() => loadSync(file)), [total], name);
    assert.equal(await allocations(() => load(file)), [total], `${name}, load`);
    const model = loadSync(file);
    const running = () => {
      for (let run = 0; run < 20; run++) model.run();
      model.profile(2);
    };
    assert.equal(await allocations(running), [], name);
    assert.is(model.inputs[0].data.buffer.byteLength, total);
  }
});

test('maxBytes: exactly enough is enough; less is too-large before anything is allocated', async () => {
  for (const [name, file] of samples) {
    const { total } = loadSync(file).memory;
    const enough = Math.max(total, file.length);
    assert.is(loadSync(file, { maxBytes: enough }).memory.total, total, name);
    for (const maxBytes of [total - 1, file.length - 1, 1]) {
      const refused = await allocations(() => assert.throws(() => loadSync(file, { maxBytes }), refuses('too-large')));
      assert.equal(refused, [], `${name}, maxBytes ${maxBytes}`);
    }
  }
});

test('a batch beyond maxBytes is refused before anything is allocated, with no more work than a load', async () => {
  const file = tiny();
  const most = countSteps(() => loadSync(file));
  for (const batch of [10_000, 500_000, 2 ** 31, 2 ** 53]) {
    takeSteps();
    const refused = await allocations(() => assert.throws(() => loadSync(file, { batch, maxBytes: 2 ** 25 }), refuses(), `batch ${batch}`));
    const steps = takeSteps();
    assert.equal(refused, [], `batch ${batch}`);
    assert.ok(steps <= most, `batch ${batch}: ${steps} blocks of code, a load executes ${most}`);
  }
});

test('a trace takes no second memory', () => {
  const file = tiny();
  const model = loadSync(file, { maxBytes: loadSync(file).memory.total });
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class {
    constructor() {
      throw new Error('a memory was allocated');
    }
  } as never;
  try {
    let tensors = 0;
    model.trace(() => void tensors++);
    assert.is(tensors, model.operators.length);
    assert.throws(() => loadSync(file), refuses('too-large'));
  } finally {
    WebAssembly.Memory = Memory;
  }
});

test('a failed load leaves nothing behind: the next one works', () => {
  const file = tiny();
  const model = loadSync(file);
  fill(model, 1);
  model.run();
  const before = results(model)[0];
  for (let length = 0; length < file.length; length += 997) {
    assert.throws(() => loadSync(file.subarray(0, length)), refuses());
  }
  const again = loadSync(file);
  fill(again, 1);
  again.run();
  assert.equal(results(again)[0], before);
});

test('10,000 runs leave the JavaScript heap within 64 KB', () => {
  const model = loadSync(tiny());
  assert.ok(model.operators.every(({ kernel }) => kernel !== 'host'));
  const measure = (runs: number): number => {
    const before = heap();
    for (let run = 0; run < runs; run++) model.run();
    return heap() - before;
  };
  // Engines compile and collect statistics about the first runs, now and then about later ones; a leak shows in every window.
  measure(1000);
  const grown = Math.min(measure(10_000), measure(10_000), measure(10_000));
  assert.ok(grown < 65536, `the heap grew by ${grown} bytes`);
});

function heap(): number {
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}

test('dispose: data and computation throw disposed, descriptions stay, twice is fine', () => {
  for (const [name, file] of samples) {
    const model = loadSync(file);
    const { memory } = model;
    model.dispose();
    model.dispose();
    const uses = [
      () => model.inputs,
      () => model.outputs,
      () => model.run(),
      () => model.profile(),
      () => model.profile(0),
      () => model.trace(() => {}),
    ];
    for (const use of uses) assert.throws(use, refuses('disposed'), `${name}: ${use}`);
    assert.is(model.memory, memory);
    assert.ok(model.operators.length > 0);
  }
});

test('Symbol.dispose disposes, where the engine has it', () => {
  if (typeof Symbol.dispose !== 'symbol') return;
  const model = loadSync(tiny());
  model[Symbol.dispose]();
  assert.throws(() => model.run(), refuses('disposed'));
});

test('dispose lets go of the linear memory while the model itself is still held', async () => {
  const model = loadSync(samples.get('convolution int8')!);
  model.run();
  model.trace(() => {});
  const memory = new WeakRef(model.inputs[0].data.buffer);
  model.dispose();
  assert.ok(await collected(memory));
  assert.is(model.operators.length, 8);
});

test('a model that nobody holds is collected without dispose', async () => {
  const model = new WeakRef(loadSync(tiny()));
  assert.ok(await collected(model));
});

/** Whether the target of a reference goes away. References are kept until the current task ends, so tasks have to end. */
async function collected(reference: WeakRef<object>): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
    if (reference.deref() === undefined) return true;
  }
  return false;
}

test('memory that the engine refuses: too-large', () => {
  const g = new GraphBuilder();
  // 2 GB and 2 GB, less than 2^32 bytes together, which no test machine has to have.
  const x = g.input('float32', [500_000_000]);
  const file = writeModel(g.outputs(...g.node('EXP', {}, [x], { dtype: 'float32', shape: [500_000_000] })));
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super({ initial: 0 });
      throw new RangeError(`no ${descriptor.initial} pages`);
    }
  };
  try {
    assert.throws(() => loadSync(file, { maxBytes: 2 ** 32 }), refuses('too-large'));
  } finally {
    WebAssembly.Memory = Memory;
  }
});

test.run();
