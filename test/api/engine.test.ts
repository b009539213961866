// Tests what engines refuse: no WebAssembly, no SIMD, a policy that forbids compiling, and failures that are nobody's fault.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeText } from '../../src/core/byte-text';
import { compiledOnce, inlineCores } from '../../src/core/inline';
import { floatBytes } from '../../src/core/inline-float';
import { coreText } from '../../src/core/wasm';
import { type ErrorCode, loadSync, ModelError } from '../../src/index';
import { bindCore } from '../../src/model';
import { tiny } from './samples';

/** Runs `act` with members of WebAssembly, or all of it, replaced, and returns the ModelError that it ends in. */
async function refusalWith(replaced: Record<string, unknown> | undefined, act: () => unknown): Promise<ModelError> {
  const real = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')!;
  const stand = replaced && Object.create(WebAssembly, Object.getOwnPropertyDescriptors(replaced));
  Object.defineProperty(globalThis, 'WebAssembly', { value: stand, configurable: true, writable: true });
  try {
    await act();
  } catch (error) {
    assert.instance(error, ModelError, String(error));
    return error as ModelError;
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', real);
  }
  return assert.unreachable('nothing was thrown') as never;
}

const module = new WebAssembly.Module(decodeText(coreText));

/** A source of its own, since the entry keeps the module that it compiled. */
const fresh = () => bindCore(inlineCores());
const throws = (error: () => Error) =>
  class {
    constructor() {
      throw error();
    }
  };

test('no WebAssembly at all -> simd-required', async () => {
  for (const act of [() => fresh().loadSync(tiny()), () => fresh().load(tiny())]) {
    const error = await refusalWith(undefined, act);
    assert.is(error.code, 'simd-required');
    assert.match(error.message, /no WebAssembly; use Node/);
  }
});

test('WebAssembly without SIMD -> simd-required', async () => {
  const error = await refusalWith({ validate: () => false }, () => fresh().loadSync(tiny()));
  assert.is(error.code, 'simd-required');
  assert.match(error.message, /no WebAssembly SIMD; use Node/);
});

const refusals: [engine: string, error: () => Error][] = [
  [
    'Chromium',
    () =>
      new WebAssembly.CompileError("Refused to compile or instantiate WebAssembly module because 'unsafe-eval' is not an allowed source"),
  ],
  ['Firefox', () => new WebAssembly.CompileError('call to WebAssembly.compile() blocked by CSP')],
  ['workerd', () => new WebAssembly.CompileError('WebAssembly.compile(): Wasm code generation disallowed by embedder')],
  ['WebKit', () => new EvalError("Refused to create a WebAssembly object because 'unsafe-eval' is not an allowed source of script")],
];

for (const [engine, error] of refusals) {
  test(`a policy in ${engine} -> wasm-forbidden, which names the directive and never blames a module that nobody gave`, async () => {
    const compile = async () => {
      throw error();
    };
    const places: [string, Record<string, unknown>, () => unknown][] = [
      ['compile', { compile }, () => fresh().load(tiny())],
      ['Module', { Module: throws(error) }, () => fresh().loadSync(tiny())],
      ['Module of float', { Module: throws(error) }, () => compiledOnce(floatBytes.simd).sync()],
      ['Instance', { Instance: throws(error) }, () => fresh().loadSync(tiny())],
      ['Memory', { Memory: throws(error) }, () => fresh().loadSync(tiny())],
      ['Instance of a module that was given', { Instance: throws(error) }, () => loadSync(tiny(), { module })],
    ];
    for (const [place, replaced, act] of places) {
      const refusal = await refusalWith(replaced, act);
      assert.is(refusal.code, 'wasm-forbidden', place);
      assert.match(refusal.message, "script-src 'wasm-unsafe-eval'", place);
      assert.match(refusal.message, error().message, place);
      assert.is((refusal.cause as Error).message, error().message, place);
      assert.not.match(refusal.message, 'must be core.wasm', place);
    }
  });
}

test('another failure -> wasm-failed with its cause, the option module not blamed', async () => {
  const error = () => new RangeError('out of code space');
  for (const replaced of [{ Module: throws(error) }, { Instance: throws(error) }]) {
    const refusal = await refusalWith(replaced, () => fresh().loadSync(tiny()));
    assert.is(refusal.code, 'wasm-failed');
    assert.is((refusal.cause as Error).message, 'out of code space');
    assert.not.match(refusal.message, 'module');
  }
});

/** A module of sections, WebAssembly core specification 5.5. */
const wasm = (...sections: number[]) => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections));
const text = (name: string) => [name.length, ...Buffer.from(name)];
/** Type (func (result i32)); two functions of it that return 99, exported under the names of the core. */
const exporting = (abiVersion: string, run: string) => {
  const names = [2, ...text(abiVersion), 0, 0, ...text(run), 0, 1];
  return [
    1,
    5,
    1,
    0x60,
    0,
    1,
    0x7f,
    3,
    3,
    2,
    0,
    0,
    7,
    names.length,
    ...names,
    10,
    13,
    2,
    5,
    0,
    0x41,
    0xe3,
    0,
    0x0b,
    5,
    0,
    0x41,
    0xe3,
    0,
    0x0b,
  ];
};

test('a module that is not this core -> bad-argument that names the option', async () => {
  const foreign: [string, unknown][] = [
    ['no module', {}],
    ['a number', 5],
    ['null', null],
    ['bytes', decodeText(coreText)],
    ['empty', wasm()],
    ['imports a function', wasm(1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0)],
    ['lacks run', wasm(...exporting('abiVersion', 'walk'))],
    ['lacks abiVersion', wasm(...exporting('version', 'run'))],
    ['another version', wasm(...exporting('abiVersion', 'run'))],
  ];
  for (const [name, given] of foreign) {
    const error = await refusalWith({}, () => loadSync(tiny(), { module: given as object }));
    assert.is(error.code as ErrorCode, 'bad-argument', name);
    assert.match(error.message, /option module must be core\.wasm or core-relaxed\.wasm of this version/, name);
  }
});

test.run();
