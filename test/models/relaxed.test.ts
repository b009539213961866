// Tests whole real models on relaxed cores with the dot products of every kind of processor: outputs, byte for byte.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/index';
import { realSemantics, relaxedCore } from '../support/semantics';
import { hasShared, sharedTest } from '../support/shared';
import { checkRun, goldenCases, goldenModels, modelFile } from './golden';

const modules = new Map<string, WebAssembly.Module>();
if (hasShared) for (const [name, semantics] of Object.entries(realSemantics)) modules.set(name, await relaxedCore(semantics));

for (const name of hasShared ? goldenModels('quantized') : []) {
  for (const [processor, { isa }] of Object.entries(realSemantics)) {
    sharedTest(test, `${name}, ${processor}`, () => {
      const model = loadSync(modelFile(name), { module: modules.get(processor)! });
      assert.is(model.isa, isa);
      assert.ok(isa === 'relaxed-saturating' || model.operators.some(({ kernel }) => kernel.endsWith(' dot')));
      for (const golden of goldenCases(name)) checkRun(model, golden);
    });
  }
}

test.run();
