// Tests the float core on whole networks: golden outputs of stock TensorFlow Lite, and every intermediate value of the reference kernels.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readModel } from '../../src/tflite/read';
import { loadFloat } from '../../tools/model/float-model';
import { floatError, floatTolerance, goldenCases, goldenModels, modelFile } from '../models/golden';
import { hasShared, sharedPath, sharedTest } from '../support/shared';
import { checkGraph } from './check';

const models = hasShared ? goldenModels('float') : [];

for (const name of models) {
  sharedTest(test, `${name}: golden outputs, observed or not`, () => {
    const model = loadFloat(new Uint8Array(modelFile(name)));
    for (const golden of goldenCases(name)) {
      const input = new Float32Array(golden.input.slice().buffer);
      for (const observe of [undefined, () => {}]) {
        const error = floatError(model.run([input], observe), golden);
        assert.ok(error <= floatTolerance(name), `${name}, ${golden.name}: ${error} of the range`);
      }
    }
  });
}

for (const name of [...models, 'mobilenet_v2_1.0_224_float', 'squeezenet1.1_float']) {
  sharedTest(test, `${name}: every value as in the reference kernels`, () => {
    checkGraph(readModel(new Uint8Array(readFileSync(sharedPath('models', `${name}.tflite`)))), 1e-5, name);
  });
}

test.run();
