// Tests the ONNX file as a whole: versions, unknown operators, inputs and outputs, broken structure, and hostile bytes.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../../../src/errors';
import { printGraph } from '../../../../src/graph/print';
import { validate } from '../../../../src/graph/validate';
import { evaluate, runReference } from '../../../../src/reference/run';
import { readModel, writeModel } from '../../../../src/tflite';
import { readFloatModel } from '../../../../tools/import';
import { importOnnx } from '../../../../tools/import/onnx/import';
import { Random } from '../../../support/random';
import { sharedPath, sharedTest } from '../../../support/shared';
import { imported, ints, random, toFile } from './compare';
import { type FileModel, onnxFile } from './file';

const small: FileModel = {
  inputs: { x: ['N', 3, 8, 8] },
  constants: { w: toFile(random([4, 3, 3, 3], 1)), b: toFile(random([4], 2)), shape: ints(0, -1), d: toFile(random([64, 5], 3)) },
  nodes: [
    { type: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['c'], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } },
    { type: 'Relu', inputs: ['c'], outputs: ['r'] },
    { type: 'Reshape', inputs: ['r', 'shape'], outputs: ['f'] },
    { type: 'MatMul', inputs: ['f', 'd'], outputs: ['m'] },
    { type: 'Softmax', inputs: ['m'], outputs: ['y'] },
  ],
  outputs: ['y', 'r'],
};

/** Registers a test that importing throws this code. */
function refuses(title: string, code: ErrorCode, change: Partial<FileModel>, message = /./): void {
  test(`${title} -> ${code}`, () => {
    try {
      importOnnx(onnxFile({ ...small, ...change }));
    } catch (error) {
      assert.instance(error, ModelError);
      assert.is((error as ModelError).code, code, (error as ModelError).message);
      assert.match((error as ModelError).message, message);
      return;
    }
    assert.unreachable('it was imported');
  });
}

const relu = { type: 'Relu', inputs: ['x'], outputs: ['y'] } as const;

refuses('opset 6', 'unsupported-version', { opset: 6 }, /7 to 21/);
refuses('opset 22', 'unsupported-version', { opset: 22 }, /7 to 21/);
refuses(
  'unknown operators, named with their counts',
  'unsupported-operator',
  { nodes: [relu, { ...relu, type: 'Einsum' }, { ...relu, type: 'Einsum' }, { ...relu, type: 'FusedConv', domain: 'com.microsoft' }] },
  /Einsum \(2 times\), com\.microsoft\.FusedConv$/,
);
refuses('an input with open height', 'dynamic-shape', { inputs: { x: [1, 3, 'H', 8] } }, /input 'x'.*\[1,3,H,8\]/);
refuses('a tensor defined twice', 'bad-graph', { nodes: [relu, relu] }, /'y'.*twice/);
refuses('a node that reads what comes later', 'bad-graph', { nodes: [{ ...relu, inputs: ['z'] }] }, /Relu 'y'.*'z'/);
refuses('an output that nothing computes', 'bad-graph', { outputs: ['q'] }, /'q'/);
refuses(
  'weights that are an input',
  'unsupported-feature',
  { inputs: { x: [1, 3, 8, 8], w2: [4, 3, 3, 3] }, nodes: [{ ...small.nodes[0], inputs: ['x', 'w2'] }], outputs: ['c'] },
  /Conv 'c'.*constant/,
);
refuses('a kernel larger than the image', 'bad-shape', {
  inputs: { x: [1, 3, 1, 1] },
  nodes: [{ ...small.nodes[0], attributes: {} }],
  outputs: ['c'],
});
refuses(
  'an attribute of another type',
  'bad-option',
  { nodes: [{ ...small.nodes[0], attributes: { strides: 'two' } }], outputs: ['c'] },
  /strides/,
);
refuses('a Reshape to more elements', 'bad-shape', { constants: { ...small.constants, shape: ints(7, 7) } });
refuses(
  'a constant of fewer elements than its shape',
  'bad-shape',
  { constants: { ...small.constants, shape: { shape: [4], data: [0, -1] } } },
  /'shape'.*16 bytes/,
);
refuses('no nodes', 'malformed', { nodes: [] });

test('inputs and outputs are NHWC, keep their names, and an open batch stays open', () => {
  const graph = imported(small);
  const [x] = graph.inputs;
  assert.equal([x.name, x.shape, x.shapeSignature], ['x', [1, 8, 8, 3], [-1, 8, 8, 3]]);
  assert.equal(
    graph.outputs.map(({ name, shape }) => [name, shape]),
    [
      ['y', [1, 5]],
      ['r', [1, 4, 4, 4]],
    ],
  );
  assert.equal(graph.signatures[0].outputs[0].name, 'y');
  assert.is(new Set(graph.values.map(({ name }) => name)).size, graph.values.length);
});

test('several images per run give what they give one by one', () => {
  const [one, three] = [imported(small), imported(small, 3)];
  const x = Float32Array.from(random([3, 192], 5).data);
  const together = runReference(three, [x]);
  for (let i = 0; i < 3; i++) {
    runReference(one, [x.slice(192 * i, 192 * (i + 1))]).forEach((data, k) => {
      assert.equal(together[k].slice(data.length * i, data.length * (i + 1)), data, `image ${i}, output ${k}`);
    });
  }
});

test('float_data and int64_data count as raw_data does', () => {
  const bytes = [true, false].map((listed) => printGraph(importOnnx(onnxFile({ ...small, listed }))));
  assert.is(bytes[0], bytes[1]);
});

test('an image that the file turns to NCHW itself is taken as it is', () => {
  const graph = imported({
    ...small,
    inputs: { i: [1, 8, 8, 3] },
    nodes: [{ type: 'Transpose', inputs: ['i'], outputs: ['x'], attributes: { perm: [0, 3, 1, 2] } }, ...small.nodes],
  });
  assert.equal(graph.inputs[0].shape, [1, 8, 8, 3]);
  assert.not.match(graph.nodes.map(({ type }) => type).join(), /TRANSPOSE/);
});

test('an imported graph survives writing and reading .tflite', () => {
  const graph = importOnnx(onnxFile(small));
  validate(graph, { evaluate });
  const back = readModel(writeModel(graph));
  validate(back, { evaluate });
  const x = Float32Array.from(random([1, 192], 6).data);
  assert.equal(runReference(back, [x]), runReference(graph, [x]));
});

test('readFloatModel goes by content', () => {
  const onnx = onnxFile(small);
  assert.is(readFloatModel(onnx, 'a.tflite').inputs[0].name, 'x');
  const graph = importOnnx(onnx);
  validate(graph, { evaluate });
  assert.is(readFloatModel(writeModel(graph), 'a.onnx').inputs[0].name, 'x');
  for (const bytes of [new Uint8Array(0), new TextEncoder().encode('<!DOCTYPE html>')]) {
    assert.throws(
      () => readFloatModel(bytes, 'page.onnx'),
      (error: unknown) => error instanceof ModelError && error.code === 'malformed' && error.where === 'page.onnx',
    );
  }
});

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
    { type: 'ReduceMean', inputs: ['l'], outputs: ['m'], attributes: { axes: [2, 3], keepdims: 0 } },
    { type: 'Gemm', inputs: ['m', 'g'], outputs: ['n'], attributes: { transB: 1 } },
    { type: 'Softmax', inputs: ['n'], outputs: ['y'] },
  ],
  outputs: ['y'],
};

test('files cut short anywhere end in ModelError', () => {
  const bytes = onnxFile(everything);
  assert.ok(survives(bytes, 'the whole file'));
  for (let length = 0; length < bytes.length; length += length < 200 || length > bytes.length - 1200 ? 1 : 13) {
    survives(bytes.subarray(0, length), `cut to ${length}`);
  }
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
