// Tests loading through the public API: every form of bytes, every option, and what bad ones end in.

import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeText } from '../../src/core/byte-text';
import { coreText } from '../../src/core/wasm';
import type { ErrorCode } from '../../src/errors';
import { dequantize, type LoadOptions, load, loadSync, type Model, ModelError } from '../../src/index';
import { loadReference } from '../../src/reference';
import * as tflite from '../../src/tflite';
import { writeModel } from '../../src/tflite/write';
import { GraphBuilder } from '../support/build';
import { assertSameData } from '../support/equal';
import { expected, fill, results, samples, tiny } from './samples';

/** Outputs and trace of a model that was loaded from odd bytes have to be those of the reference. */
function assertIntact(model: Model, file: Uint8Array, context: string): void {
  const { outputs, values } = expected(file, 5);
  fill(model, 5);
  model.run();
  results(model).forEach((data, i) => {
    assertSameData(data, outputs[i], `output ${i}; ${context}`);
  });
  model.trace(({ name }, data) => assertSameData(data, values.get(name)!, `tensor ${name}; ${context}`));
}

/** The code of what `act` throws, which has to be a ModelError. */
function codeOf(act: () => unknown): ErrorCode {
  try {
    act();
  } catch (error) {
    assert.instance(error, ModelError, String(error));
    return (error as ModelError).code;
  }
  return assert.unreachable('nothing was thrown') as never;
}

/** The same of what a promise is rejected with. */
async function rejectionOf(promise: Promise<unknown>): Promise<ErrorCode> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  return codeOf(() => {
    if (error) throw error;
  });
}

for (const [name, file] of samples) {
  test(`${name}: a graph loads as its file does and stays as it was`, async () => {
    const graph = tflite.readModel(file);
    const before = tflite.printGraph(graph);
    for (const model of [loadSync(graph), await load(graph)]) assertIntact(model, file, 'from a graph');
    assert.is(tflite.printGraph(graph), before);
    // What is edited afterwards is not the model's.
    const model = loadSync(graph);
    graph.nodes.pop();
    assertIntact(model, file, 'from a graph that was edited after loading');
  });
}

test('what is neither bytes nor a graph is bad-argument, a graph that is not valid has the code of its file', () => {
  for (const source of [{}, { nodes: [] }, { values: [] }, [], 'text', undefined, null]) {
    assert.is(
      codeOf(() => loadSync(source as never)),
      'bad-argument',
    );
  }
  const graph = tflite.readModel(tiny());
  graph.nodes[0].inputs[1] = undefined;
  assert.is(
    codeOf(() => loadSync(graph)),
    codeOf(() => loadSync(writeModel(graph))),
  );
});

for (const [name, file] of samples) {
  test(`${name}: load and loadSync give what the reference kernels give`, async () => {
    assertIntact(loadSync(file), file, 'loadSync');
    assertIntact(await load(file), file, 'load');
  });

  test(`${name}: bytes at any offset, of any buffer, overwritten after load`, async () => {
    const padded = new Uint8Array(file.length + 7);
    const forms: Record<string, Uint8Array | ArrayBuffer> = {
      ArrayBuffer: file.slice().buffer,
      'SharedArrayBuffer-backed': new Uint8Array(new SharedArrayBuffer(file.length)),
      'Buffer of Node': Buffer.alloc(file.length),
    };
    for (const offset of [1, 2, 3, 5]) forms[`offset ${offset}`] = padded.slice().subarray(offset, offset + file.length);
    for (const [form, bytes] of Object.entries(forms)) {
      const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
      view.set(file);
      const model = loadSync(bytes);
      view.fill(0xa5);
      assertIntact(model, file, `loadSync, ${form}`);
      view.set(file);
      const pending = load(bytes);
      view.fill(0xa5);
      assertIntact(await pending, file, `load, ${form}`);
    }
  });
}

test('bytes of another realm', () => {
  const file = tiny();
  const realm = runInNewContext('({ Uint8Array, ArrayBuffer })') as { Uint8Array: Uint8ArrayConstructor };
  const foreign = realm.Uint8Array.from(file);
  assert.not.instance(foreign, Uint8Array);
  assertIntact(loadSync(foreign), file, 'Uint8Array of another realm');
  assertIntact(loadSync(foreign.buffer as ArrayBuffer), file, 'ArrayBuffer of another realm');
});

test('what is no file: bad-argument or not-tflite', async () => {
  const bad: unknown[] = [
    undefined,
    null,
    'model.tflite',
    5,
    {},
    [],
    new Int8Array(8),
    new DataView(new ArrayBuffer(8)),
    new URL('file:///'),
  ];
  bad.push(new Uint8ClampedArray(8), new SharedArrayBuffer(8), { length: 8, byteLength: 8 });
  for (const bytes of bad)
    assert.is(
      codeOf(() => loadSync(bytes as never)),
      'bad-argument',
      String(bytes),
    );
  const transferred = tiny();
  structuredClone(transferred.buffer, { transfer: [transferred.buffer] });
  for (const bytes of [new Uint8Array(), new ArrayBuffer(0), transferred, new Uint8Array(100)]) {
    assert.is(
      codeOf(() => loadSync(bytes)),
      'not-tflite',
    );
  }
  assert.is(await rejectionOf(load(new Uint8Array(9))), 'not-tflite');
});

test('transferred buffers are refused, and data of a model cannot be transferred', () => {
  const file = tiny();
  const model = loadSync(file);
  fill(model, 3);
  for (const { data } of [...model.inputs, ...model.outputs]) {
    // Memory of WebAssembly is never detached: engines throw, or copy as Node 20 does.
    try {
      structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
    } catch {}
    assert.ok(data.length > 0);
  }
  model.run();
  assertSameData(results(model)[0], expected(file, 3).outputs[0], 'after attempts to transfer');

  const reference = loadReference(file);
  const input = new Uint8Array(reference.inputs[0].shape.reduce((product, size) => product * size, 1));
  structuredClone(input.buffer, { transfer: [input.buffer] });
  const refused: [act: () => unknown, message: string][] = [
    [() => reference.run([input]), 'a transferred buffer has none'],
    [() => reference.run(undefined as never), 'inputs must be an array of'],
    [() => reference.run([undefined as never]), 'needs a'],
    [() => loadSync(input), 'was its ArrayBuffer transferred?'],
    [() => loadReference(input.buffer), 'was its ArrayBuffer transferred?'],
    [() => tflite.readModel(undefined as never), 'Uint8Array or ArrayBuffer, not as Undefined'],
    [() => loadReference('model.tflite' as never), 'Uint8Array or ArrayBuffer, not as String'],
    [() => dequantize(undefined as never), 'dequantize takes'],
  ];
  for (const [act, message] of refused) {
    assert.throws(act, (error: unknown) => error instanceof ModelError && error.message.includes(message), message);
  }
});

test('dequantize takes a tensor, or a description and other elements', () => {
  const model = loadSync(tiny());
  fill(model, 4);
  model.run();
  const [output] = model.outputs;
  assertSameData(dequantize(output), dequantize(output, output.data), 'elements of the tensor');
  const { data: _, ...description } = output;
  assertSameData(dequantize(description, output.data), dequantize(output), 'a description');
});

/** Sections of a module that exports `abiVersion`, a function that returns 99. */
const foreignCore = [
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[3, 2, 1, 0],
  ...[7, 14, 1, 10, ...Buffer.from('abiVersion'), 0, 0],
  ...[10, 7, 1, 5, 0, 0x41, 0xe3, 0, 0x0b],
];

const badOptions: [name: string, options: unknown, code: ErrorCode][] = [
  ['null', null, 'bad-argument'],
  ['a number', 5, 'bad-argument'],
  ['maxBytes 0', { maxBytes: 0 }, 'bad-argument'],
  ['maxBytes NaN', { maxBytes: Number.NaN }, 'bad-argument'],
  ["maxBytes '1e9'", { maxBytes: '1e9' }, 'bad-argument'],
  ['batch 0', { batch: 0 }, 'bad-argument'],
  ['batch 1.5', { batch: 1.5 }, 'bad-argument'],
  ["batch '2'", { batch: '2' }, 'bad-argument'],
  ["hostOperators 'never'", { hostOperators: 'never' }, 'bad-argument'],
  ["isa 'relaxed'", { isa: 'relaxed' }, 'bad-argument'],
  ['isa 1', { isa: 1 }, 'bad-argument'],
  ['module {}', { module: {} }, 'bad-argument'],
  ['module 5', { module: 5 }, 'bad-argument'],
  ['module that is empty', { module: wasm() }, 'bad-argument'],
  ['module that imports something else', { module: wasm(1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0) }, 'bad-argument'],
  ['module of another version', { module: wasm(...foreignCore) }, 'bad-argument'],
];

function wasm(...sections: number[]): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections));
}

for (const [name, options, code] of badOptions) {
  test(`options: ${name} -> ${code}`, async () => {
    assert.is(
      codeOf(() => loadSync(tiny(), options as LoadOptions)),
      code,
    );
    assert.is(await rejectionOf(load(tiny(), options as LoadOptions)), code);
  });
}

test('module: a core that the caller compiled serves many models', async () => {
  const module = new WebAssembly.Module(decodeText(coreText));
  for (const [name, file] of samples) {
    assertIntact(loadSync(file, { module, isa: 'simd' }), file, name);
    assertIntact(await load(file, { module }), file, name);
  }
});

test("hostOperators 'forbid' names every operator without a core kernel", () => {
  for (const [name, file] of samples) {
    const host = loadSync(file)
      .operators.filter(({ kernel }) => kernel === 'host')
      .map((operator) => operator.name);
    if (host.length === 0) {
      assertIntact(loadSync(file, { hostOperators: 'forbid' }), file, name);
      continue;
    }
    try {
      loadSync(file, { hostOperators: 'forbid' });
      assert.unreachable(name);
    } catch (error) {
      assert.is((error as ModelError).code, 'host-operator-forbidden');
      for (const operator of host) assert.ok((error as ModelError).message.includes(operator), `${name}: ${operator} in ${error}`);
    }
  }
  const g = new GraphBuilder();
  let value = g.input('float32', [1, 4]);
  for (const type of ['SIN', 'COS', 'FLOOR', 'CEIL', 'ROUND'] as const) [value] = g.node(type, {}, [value], { dtype: 'float32' });
  const file = writeModel(g.outputs(value));
  const host = loadSync(file).operators.filter(({ kernel }) => kernel === 'host');
  assert.ok(host.length > 3, 'the sample has several');
  assert.throws(
    () => loadSync(file, { hostOperators: 'forbid' }),
    ({ message }: Error) => host.every(({ name }) => message.includes(name)),
  );
});

test('a shape that depends on data -> dynamic-shape', () => {
  const g = new GraphBuilder();
  const [x, shape] = [g.input('int8', [1, 4]), g.input('int32', [2])];
  const [y] = g.node('RESHAPE', { newShape: undefined }, [x, shape], { dtype: 'int8', shape: [2, 2] });
  const file = writeModel(g.outputs(y));
  assert.is(
    codeOf(() => loadSync(file)),
    'dynamic-shape',
  );
});

test('an input whose leading dimension is open: batch gives it', () => {
  const g = new GraphBuilder();
  const x = g.input('int8', [0, 3], { scale: [1], zeroPoint: [0], axis: 0 });
  x.shapeSignature = [-1, 3];
  const file = writeModel(g.outputs(...g.node('RELU', {}, [x], { dtype: 'int8', shape: [0, 3], quantization: x.quantization })));
  assert.is(
    codeOf(() => loadSync(file)),
    'dynamic-shape',
  );
  assert.equal(loadSync(file, { batch: 2 }).outputs[0].shape, [2, 3]);
});

test('entries share one ModelError', () => {
  assert.is(tflite.ModelError, ModelError);
  try {
    loadSync(new Uint8Array(8));
  } catch (error) {
    assert.instance(error, tflite.ModelError);
    assert.instance(error, Error);
    assert.is((error as Error).name, 'ModelError');
  }
});

test.run();
