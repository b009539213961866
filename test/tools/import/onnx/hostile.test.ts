// Tests that hostile ONNX files end in ModelError and nothing else: cut, with bytes changed, and whole files that say absurd things.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../src/errors';
import { importOnnx } from '../../../../tools/import/onnx/import';
import { Random } from '../../../support/random';
import { sharedPath, sharedTest } from '../../../support/shared';
import { onnxFile } from './file';
import { absurdFile, changedFile, everything, survives } from './mutations';

/** A file of one field again and again. */
function repeated(bytes: readonly number[], count: number): Uint8Array {
  const result = new Uint8Array(bytes.length * count);
  for (let i = 0; i < count; i++) result.set(bytes, i * bytes.length);
  return result;
}

for (const [title, bytes, code] of [
  ['3 million empty nodes', [0x3a, 2, 0x0a, 0], 'too-large'],
  ['3 million operator sets', [0x42, 0], 'too-large'],
  ['groups within groups', [0x0b], 'malformed'],
] as const) {
  test(`${title} -> ${code}`, () => {
    assert.throws(
      () => importOnnx(repeated(bytes, 3_000_000)),
      (error: unknown) => error instanceof ModelError && error.code === code,
    );
  });
}

test('a list of 3 million integers -> too-large', () => {
  const constants = { ...everything.constants, shape: { shape: [3_000_000], data: new Array(3_000_000).fill(1) } };
  const bytes = onnxFile({ ...everything, constants, listed: true });
  assert.throws(
    () => importOnnx(bytes),
    (error: unknown) => error instanceof ModelError && error.code === 'too-large' && /integers/.test(error.message),
  );
});

test('files cut short anywhere end in ModelError', () => {
  const bytes = onnxFile(everything);
  assert.ok(survives(bytes, 'the whole file'));
  for (let length = 0; length < bytes.length; length += length < 200 || length > bytes.length - 1200 ? 1 : 13) {
    survives(bytes.subarray(0, length), `cut to ${length}`);
  }
});

test('1500 files that say absurd things end in ModelError or load', () => {
  const generator = new Random(13);
  let accepted = 0;
  for (let i = 0; i < 1500; i++) {
    const { bytes, context } = absurdFile(generator);
    if (survives(bytes, `file ${i}: ${context}`)) accepted++;
  }
  assert.ok(accepted > 100 && accepted < 1400, `${accepted} of 1500 were accepted`);
});

test('1500 files with bytes changed end in ModelError or load', () => {
  const bytes = onnxFile(everything);
  const generator = new Random(11);
  let accepted = 0;
  for (let i = 0; i < 1500; i++) {
    const changed = changedFile(bytes, generator);
    if (survives(changed.bytes, changed.context)) accepted++;
  }
  assert.ok(accepted > 100 && accepted < 1400, `${accepted} of 1500 were accepted`);
});

sharedTest(test, 'real files with bytes changed near the start or cut short end in ModelError or load', () => {
  const bytes = new Uint8Array(readFileSync(sharedPath('models', 'mobilenet_v1_0.25_224_keras_bn.onnx')));
  const generator = new Random(12);
  for (let i = 0; i < 30; i++) {
    const copy = bytes.slice(0, generator.integer(0, 2) ? bytes.length : generator.integer(0, bytes.length));
    const at = generator.integer(0, 12000);
    copy[at] ^= 1 << generator.integer(0, 7);
    survives(copy, `byte ${at} of ${copy.length}`);
  }
});

test.run();
