// Tests which core a model runs on, and that it gives the same bytes on each.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cores } from '../../src/core/choose';
import { inlineCores } from '../../src/core/inline';
import { compiledModule } from '../../src/core/source';
import { type LoadOptions, load, loadSync, type Model } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { bindCore } from '../../src/model';
import { realSemantics, relaxedCore, wrongSemantics } from '../support/semantics';

const files = (['uint8', 'int8'] as const).map((dtype) => mobilenetV1({ alpha: 0.25, resolution: 64, classes: 20, dtype }));

function codesOf(model: Model): string {
  for (const { data } of model.inputs)
    data.forEach((_, i) => {
      data[i] = 37 * i;
    });
  model.run();
  return model.outputs.map(({ data }) => `${data}`).join();
}

const expected = files.map((file) => codesOf(loadSync(file, { isa: 'simd' })));
const modules = new Map<string, WebAssembly.Module>();
for (const [name, semantics] of Object.entries({ ...realSemantics, ...wrongSemantics })) modules.set(name, await relaxedCore(semantics));

/** Loads every file both ways, and checks what they run on and what they compute. */
async function check(loaders: { load: typeof load; loadSync: typeof loadSync }, options: LoadOptions, isa: string): Promise<void> {
  for (const [i, file] of files.entries()) {
    for (const model of [loaders.loadSync(file, options), await loaders.load(file, options)]) {
      assert.is(model.isa, isa);
      assert.is(codesOf(model), expected[i]);
    }
  }
}

for (const [name, { isa }] of Object.entries({ ...realSemantics, ...wrongSemantics })) {
  test(`the option module with ${name}: ${isa}`, async () => {
    await check({ load, loadSync }, { module: modules.get(name)! }, isa);
  });
}

test('the option isa forces the core without dot products', async () => {
  await check({ load, loadSync }, { isa: 'simd' }, 'simd');
  await check({ load, loadSync }, { isa: 'simd', module: modules.get('signed')! }, 'simd');
});

/** An engine that accepts relaxed SIMD, whatever this one does, and records which cores are compiled. */
async function checkEntry(relaxed: string, isa: string, compiled: readonly string[]): Promise<void> {
  const used = new Set<string>();
  const recorded = (name: keyof Cores, module: object) => {
    const source = compiledModule(module);
    return {
      sync: () => {
        used.add(name);
        return source.sync();
      },
      async: () => {
        used.add(name);
        return source.async();
      },
    };
  };
  const cores = { simd: recorded('simd', inlineCores().simd.sync()), relaxed: recorded('relaxed', modules.get(relaxed)!) };
  const real = WebAssembly.validate;
  WebAssembly.validate = () => true;
  try {
    await check(bindCore(cores), {}, isa);
  } finally {
    WebAssembly.validate = real;
  }
  assert.equal([...used].sort(), compiled);
}

for (const [name, { isa }] of Object.entries(realSemantics)) {
  test(`an engine with ${name} dot products compiles the relaxed core alone`, () => checkEntry(name, isa, ['relaxed']));
}

for (const name of Object.keys(wrongSemantics)) {
  test(`an engine with ${name} runs the core without dot products`, () => checkEntry(name, 'simd', ['relaxed', 'simd']));
}

test('an engine without relaxed SIMD compiles the core without dot products alone', () => {
  const real = WebAssembly.validate;
  // The probe of relaxed SIMD is the longer one.
  WebAssembly.validate = (bytes) => (bytes as Uint8Array).length < 36 && real(bytes);
  const relaxed = { sync: () => assert.unreachable('compiled'), async: () => assert.unreachable('compiled') } as never;
  try {
    assert.is(bindCore({ simd: inlineCores().simd, relaxed }).loadSync(files[0]).isa, 'simd');
  } finally {
    WebAssembly.validate = real;
  }
});

test.run();
