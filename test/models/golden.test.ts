// Tests whole real models against golden runs of the stock reference kernels: outputs and every operator, byte for byte.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { loadReference } from '../../src/reference';
import { poisonArena } from '../api/poison';
import { hasShared, sharedTest } from '../support/shared';
import {
  bytesOf,
  checkBatch,
  checkReference,
  checkRun,
  checkTrace,
  floatTolerance,
  goldenCases,
  goldenModels,
  modelFile,
  referenceFloatError,
  runFloatError,
} from './golden';

const models = (kind: 'quantized' | 'float') => (hasShared ? goldenModels(kind) : []);

for (const name of models('quantized')) {
  sharedTest(test, `${name}: outputs of every input`, () => {
    const model = loadSync(modelFile(name));
    const cases = goldenCases(name);
    assert.ok(cases.length > 0);
    for (const golden of cases) checkRun(model, golden);
  });

  sharedTest(test, `${name}: every operator of every input`, () => {
    const model = loadSync(modelFile(name));
    const changes = model.passes.filter(({ changed }) => changed).length;
    for (const golden of goldenCases(name)) {
      const removed = checkTrace(model, golden);
      assert.ok(removed.length <= changes, `${golden.name}: passes made ${changes} changes, but the trace lacks ${removed}`);
    }
  });
}

/** Their outputs are lists of one image's findings. */
const singleImage = ['coco_ssd_mobilenet_v1_1.0_quant_2018_06_29', 'movenet_single_pose_lightning_ptq'];

for (const name of models('quantized')) {
  if (singleImage.includes(name)) {
    sharedTest(test, `${name}: a batch is refused`, () => {
      assert.throws(
        () => loadSync(modelFile(name), { batch: 2 }),
        (error: unknown) => error instanceof ModelError && error.code === 'bad-shape',
      );
    });
    continue;
  }
  sharedTest(test, `${name}: all inputs in one batch, on an arena of garbage`, () => {
    const cases = goldenCases(name);
    const model = loadSync(modelFile(name), { batch: cases.length });
    poisonArena(model);
    checkBatch(model, cases);
  });
}

// The reference takes seconds per image of a large model: one input each, not the same for all; test/models/full.ts runs all of them.
models('quantized').forEach((name, i) => {
  const cases = goldenCases(name);
  const golden = cases[i % cases.length];
  sharedTest(test, `${name}: reference kernels on ${golden.name}, outputs and every operator`, () => {
    checkReference(loadReference(modelFile(name)), golden);
  });
});

for (const name of models('float')) {
  sharedTest(test, `${name}: float outputs within ${floatTolerance(name)} of their range, host operators and reference kernels`, () => {
    const model = loadSync(modelFile(name));
    const reference = loadReference(modelFile(name));
    for (const golden of goldenCases(name)) {
      const errors = { hostOperators: runFloatError(model, golden), reference: referenceFloatError(reference, golden) };
      for (const [path, error] of Object.entries(errors)) {
        assert.ok(error <= floatTolerance(name), `${golden.name}, ${path}: largest difference is ${error} of the range`);
      }
    }
  });
}

sharedTest(test, 'MobileNetV1 1.0-224 in two models: the head continues with what the extractor computed', () => {
  const extractor = loadSync(modelFile('mobilenet_v1_1.0_224_quant_embedding_extractor'));
  const head = loadSync(modelFile('mobilenet_quant_v1_224_head_layers'));
  const { scale, zeroPoint } = extractor.outputs[0];
  assert.is(head.inputs[0].scale, scale);
  assert.is(head.inputs[0].zeroPoint, zeroPoint);
  const heads = new Map(goldenCases('mobilenet_quant_v1_224_head_layers').map((golden) => [golden.name, golden]));
  const pictures = goldenCases('mobilenet_v1_1.0_224_quant_embedding_extractor').filter(({ name }) => name !== 'random');
  assert.is(pictures.length, 3);
  for (const picture of pictures) {
    checkRun(extractor, picture);
    checkRun(head, { ...heads.get(picture.name)!, input: bytesOf(extractor.outputs[0].data) });
  }
});

test.run();
