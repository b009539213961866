// Tests that hostile ONNX files end in ModelError and nothing else: cut, with bytes changed, and whole files that say absurd things.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../src/errors';
import { validate } from '../../../../src/graph/validate';
import { evaluate } from '../../../../src/reference/run';
import { importOnnx } from '../../../../tools/import/onnx/import';
import { Random } from '../../../support/random';
import { sharedPath, sharedTest } from '../../../support/shared';
import { absurd } from './absurd';
import { ints, random, toFile } from './compare';
import { type FileModel, onnxFile } from './file';

/** Imports and validates; anything but a ModelError is a bug. Returns whether it was accepted. */
function survives(bytes: Uint8Array, context: string): boolean {
  try {
    validate(importOnnx(bytes), { evaluate });
    return true;
  } catch (error) {
    if (!(error instanceof ModelError)) throw new Error(`${context}: ${(error as Error).stack}`);
    return false;
  }
}

const everything: FileModel = {
  inputs: { x: [1, 4, 9, 9] },
  constants: {
    w: toFile(random([4, 4, 3, 3], 1)),
    t: toFile(random([4, 2, 2, 2], 2)),
    v: toFile(random([4], 3)),
    p: { shape: [4], data: new Float32Array(4).fill(2) },
    pads: ints(0, 0, 1, 1, 0, 0, 1, 1),
    sizes: ints(1, 4, 12, 12),
    g: toFile(random([5, 4], 4)),
    split: ints(1, 3),
    shape: ints(1, 2, 2, -1, 12),
    low: { shape: [], data: Float32Array.of(0) },
    none: { shape: [0], data: new Float32Array(0) },
    from: ints(1),
    to: ints(2 ** 53),
    rows: ints(2),
    flat: ints(0, -1),
    order: ints(0, 2, 1),
  },
  nodes: [
    { type: 'Conv', inputs: ['x', 'w', 'v'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
    { type: 'BatchNormalization', inputs: ['a', 'v', 'v', 'v', 'p'], outputs: ['b'], attributes: { epsilon: { float: 1e-3 } } },
    { type: 'MaxPool', inputs: ['b'], outputs: ['c'], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
    { type: 'AveragePool', inputs: ['c'], outputs: ['d'], attributes: { kernel_shape: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 } },
    { type: 'Pad', inputs: ['d', 'pads'], outputs: ['e'] },
    { type: 'Resize', inputs: ['e', '', '', 'sizes'], outputs: ['f'], attributes: { mode: 'linear' } },
    { type: 'Reshape', inputs: ['f', 'shape'], outputs: ['r'] },
    { type: 'Transpose', inputs: ['r'], outputs: ['s'], attributes: { perm: [0, 2, 1, 3, 4] } },
    { type: 'Reshape', inputs: ['s', 'sizes'], outputs: ['h'] },
    { type: 'ConvTranspose', inputs: ['h', 't'], outputs: ['i'], attributes: { strides: [2, 2], group: 2, pads: [1, 0, 0, 1] } },
    { type: 'Split', inputs: ['i', 'split'], outputs: ['j', 'k'], attributes: { axis: 1 } },
    { type: 'Concat', inputs: ['k', 'j'], outputs: ['l'], attributes: { axis: 1 } },
    { type: 'Slice', inputs: ['l', 'from', 'to', 'rows'], outputs: ['l1'] },
    { type: 'Gather', inputs: ['l1', 'order'], outputs: ['l2'], attributes: { axis: 1 } },
    { type: 'PRelu', inputs: ['l2', 'low'], outputs: ['l3'] },
    { type: 'LeakyRelu', inputs: ['l3'], outputs: ['l4'], attributes: { alpha: { float: 0.1 } } },
    { type: 'Clip', inputs: ['l4', 'low'], outputs: ['l5'] },
    { type: 'HardSigmoid', inputs: ['l5'], outputs: ['l6'] },
    { type: 'Mul', inputs: ['l5', 'l6'], outputs: ['l7'] },
    { type: 'GlobalMaxPool', inputs: ['l7'], outputs: ['l8'] },
    { type: 'Squeeze', inputs: ['l8'], outputs: ['l9'] },
    { type: 'ReduceMean', inputs: ['l'], outputs: ['m'], attributes: { axes: [2, 3], keepdims: 0 } },
    { type: 'Gemm', inputs: ['m', 'g'], outputs: ['n'], attributes: { transB: 1 } },
    { type: 'Softmax', inputs: ['n'], outputs: ['y'] },
    { type: 'Shape', inputs: ['l7'], outputs: ['s1'] },
    { type: 'ConstantOfShape', inputs: ['s1'], outputs: ['s2'] },
    { type: 'Add', inputs: ['l7', 's2'], outputs: ['s3'] },
    { type: 'Reshape', inputs: ['s3', 'flat'], outputs: ['z'] },
  ],
  outputs: ['y', 'z', 'l9'],
};

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
    const model = absurd(everything, generator);
    if (survives(onnxFile(model), `file ${i}: ${JSON.stringify([model.opset, model.nodes, model.inputs, model.constants])}`)) accepted++;
  }
  assert.ok(accepted > 100 && accepted < 1400, `${accepted} of 1500 were accepted`);
});

test('1500 files with bytes changed end in ModelError or load', () => {
  const bytes = onnxFile(everything);
  const generator = new Random(11);
  // Weights fill most of the file: nodes and shapes are at both ends of what is not raw data.
  let accepted = 0;
  for (let i = 0; i < 1500; i++) {
    const copy = bytes.slice();
    const changes: string[] = [];
    for (let k = generator.integer(1, 3); k > 0; k--) {
      const at = generator.integer(0, generator.integer(0, 3) ? 1100 : bytes.length - 1);
      copy[at] = generator.pick([0, 1, 0x7f, 0x80, 0xff, generator.integer(0, 255)]);
      changes.push(`${at}: ${copy[at]}`);
    }
    if (survives(copy, `bytes ${changes}`)) accepted++;
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
