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
import { converters } from '../../../../tools/import/onnx/operators';
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

/** `depth` conditions around one node. */
function nested(depth: number, type = 'Relu'): Partial<FileModel> {
  let inner: Omit<FileModel, 'inputs'> = { nodes: [{ type, inputs: ['x'], outputs: ['o'] }], outputs: ['o'] };
  for (let i = 0; i < depth; i++) {
    const attributes = { then_branch: { graph: inner }, else_branch: { graph: { nodes: [relu], outputs: ['y'] } } };
    inner = { nodes: [{ type: 'If', inputs: ['yes'], outputs: ['o'], attributes }], outputs: ['o'] };
  }
  return { ...inner, constants: { yes: { shape: [], data: Uint8Array.of(1), type: 9 } } };
}

refuses('opset 6', 'unsupported-version', { opset: 6 }, /7 to 21/);
refuses('opset 22', 'unsupported-version', { opset: 22 }, /7 to 21/);
refuses(
  'unknown operators, each named with its count and a node',
  'unsupported-operator',
  {
    nodes: [
      relu,
      { ...relu, type: 'Einsum', outputs: ['e'] },
      { ...relu, type: 'Einsum' },
      { ...relu, type: 'FusedConv', outputs: ['f'], domain: 'com.microsoft' },
    ],
  },
  /Einsum \(2 times, first 'e'\), com\.microsoft\.FusedConv 'f'$/,
);
refuses(
  'an input with open height',
  'dynamic-shape',
  { inputs: { x: [1, 3, 'H', 8] } },
  /input 'x'.*\[1,3,H,8\] leaves dimensions free \(H\).*--shape x=1x3x224x8/,
);
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
refuses(
  'elements in another file, and no way to files',
  'unsupported-feature',
  { constants: { ...small.constants, d: { ...toFile(random([64, 5], 3)), external: { location: 'w.data' } } } },
  /'d'.*'w\.data'.*option external/,
);
refuses(
  'a mask that something reads',
  'unsupported-feature',
  {
    nodes: [
      { type: 'Dropout', inputs: ['x'], outputs: ['kept', 'mask'] },
      { ...relu, inputs: ['mask'] },
    ],
    outputs: ['y'],
  },
  /Relu 'y'.*'mask'/,
);
refuses(
  'Dropout in training',
  'unsupported-feature',
  {
    constants: { yes: { shape: [], data: Uint8Array.of(1) } },
    nodes: [{ type: 'Dropout', inputs: ['x', '', 'yes'], outputs: ['y'] }],
    outputs: ['y'],
  },
  /for inference/,
);
refuses('integers as input', 'bad-dtype', { inputType: 7 }, /input 'x'.*--constant x=N/);
refuses('more outputs than a network has', 'too-large', { outputs: new Array(2000).fill('y') }, /2000 outputs/);
refuses('an operand of no elements', 'bad-shape', {
  constants: { none: { shape: [0], data: new Float32Array(0) } },
  nodes: [{ type: 'Add', inputs: ['none', 'none'], outputs: ['y'] }],
  outputs: ['y'],
});
refuses('an Add of one list', 'bad-graph', { nodes: [{ type: 'Add', inputs: ['shape'], outputs: ['y'] }], outputs: ['y'] }, /input 1/);
const whole = { w: { shape: [1, 1, 1, 2], data: [1, 2] }, f: toFile(random([2, 2], 1)), v: { shape: [2, 1], data: [1, 2] } };
for (const [title, inputs, type, code] of [
  ['a product of constants of integers', ['w', 'v'], 'MatMul', 'bad-dtype'],
  ['a sum of floats and integers', ['f', 'v'], 'Add', 'bad-dtype'],
  ['a softmax of integers', ['v'], 'Softmax', 'bad-dtype'],
  ['a logical and of floats', ['f', 'f'], 'And', 'bad-dtype'],
] as const) {
  refuses(title, code, { constants: whole, nodes: [{ type, inputs, outputs: ['y'] }], outputs: ['y'] }, new RegExp(`${type} 'y'`));
}
refuses('an If in many an If', 'too-large', { ...nested(20) }, /branches within branches/);
refuses('an unknown operator in the branch that is taken', 'unsupported-operator', { ...nested(2, 'Einsum') }, /Einsum/);
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

test('an image that the file turns to NCHW behind preprocessing is taken as it is', () => {
  const graph = imported({
    ...small,
    inputs: { i: [1, 6, 6, 3] },
    constants: { ...small.constants, pads: ints(0, 1, 1, 0, 0, 1, 1, 0), mean: toFile(random([3], 4)) },
    nodes: [
      { type: 'Sub', inputs: ['i', 'mean'], outputs: ['s'] },
      { type: 'Pad', inputs: ['s', 'pads'], outputs: ['p'] },
      { type: 'Transpose', inputs: ['p'], outputs: ['x'], attributes: { perm: [0, 3, 1, 2] } },
      ...small.nodes,
    ],
  });
  assert.equal(graph.inputs[0].shape, [1, 6, 6, 3]);
  assert.not.match(graph.nodes.map(({ type }) => type).join(), /TRANSPOSE/);
});

/** Elements that every type can hold. */
const halves = [0.5, -2, 1.5, 0, -0.25];
const halfBits = [0x3800, 0xc000, 0x3e00, 0, 0xb400];

for (const [title, data] of [
  ['FLOAT', Float32Array.from(halves)],
  ['DOUBLE', Float64Array.from(halves)],
  ['FLOAT16', Uint16Array.from(halfBits)],
] as const) {
  for (const listed of [true, false]) {
    test(`weights of ${title}, ${listed ? 'listed' : 'raw'}, become float32`, () => {
      const nodes = [{ type: 'Mul', inputs: ['x', 'c'], outputs: ['y'] }];
      const graph = imported({ inputs: { x: [1, 5] }, constants: { c: { shape: [5], data } }, nodes, outputs: ['y'], listed });
      assert.equal(runReference(graph, [new Float32Array(5).fill(1)])[0], Float32Array.from(halves));
    });
  }
}

for (const data of [[2, -1], Int32Array.of(2, -1), Int8Array.of(2, -1)]) {
  for (const listed of [true, false]) {
    test(`a shape of ${data.constructor.name}, ${listed ? 'listed' : 'raw'}`, () => {
      const nodes = [{ type: 'Reshape', inputs: ['x', 's'], outputs: ['y'] }];
      const graph = imported({ inputs: { x: [4, 5] }, constants: { s: { shape: [2], data } }, nodes, outputs: ['y'], listed });
      assert.equal(graph.outputs[0].shape, [2, 10]);
    });
  }
}

for (const [title, inputType] of [
  ['FLOAT16', 10],
  ['DOUBLE', 11],
] as const) {
  test(`an input of ${title} is a float32 input`, () => assert.is(imported({ ...small, inputType }).inputs[0].dtype, 'float32'));
}

test('constants that are listed as inputs are no inputs', () => {
  assert.equal(
    imported({ ...small, defaults: ['w', 'b', 'shape', 'd'] }).inputs.map(({ name }) => name),
    ['x'],
  );
});

test('names may hold anything', () => {
  const names = ['input:0', 'a b/c\n"d"', '\u{1f98a}', 'constructor', '__proto__'];
  const nodes = names.slice(1).map((name, i) => ({ type: 'Sigmoid', inputs: [names[i]], outputs: [name] }));
  const graph = imported({ inputs: { [names[0]]: [1, 5] }, nodes, outputs: names.slice(1) });
  assert.is(graph.inputs[0].name, names[0]);
  assert.equal(
    graph.outputs.map(({ name }) => name),
    names.slice(1),
  );
});

test('outputs that only training has may be named as long as nothing reads them', () => {
  const graph = imported({
    ...small,
    nodes: [
      { type: 'Dropout', inputs: ['x'], outputs: ['kept', 'mask'] },
      { type: 'MaxPool', inputs: ['kept'], outputs: ['y', 'indices'], attributes: { kernel_shape: [2, 2] } },
    ],
    outputs: ['y'],
  });
  assert.is(graph.nodes.map(({ type }) => type).join(), 'MAX_POOL_2D');
});

test('an imported graph survives writing and reading .tflite', () => {
  const graph = importOnnx(onnxFile(small));
  validate(graph, { evaluate });
  const back = readModel(writeModel(graph));
  validate(back, { evaluate });
  const x = Float32Array.from(random([1, 192], 6).data);
  assert.equal(runReference(back, [x]), runReference(graph, [x]));
});

test('the README of the tools lists the operators', () => {
  const text = readFileSync(new URL('../../../../tools/README.md', import.meta.url), 'utf8');
  const [list] = text.split('\nOperators: ')[1].split('.');
  assert.equal(list.split(/,\s+/), [...converters.keys()]);
});

test('readFloatModel goes by content', () => {
  const onnx = onnxFile(small);
  assert.is(readFloatModel(onnx, 'a.tflite').inputs[0].name, 'x');
  const graph = importOnnx(onnx);
  validate(graph, { evaluate });
  assert.is(readFloatModel(writeModel(graph), 'a.onnx').inputs[0].name, 'x');
  for (const [bytes, message] of [
    [new Uint8Array(0), /not a \.tflite file, an ONNX file or a TensorFlow\.js model/],
    [new TextEncoder().encode('<!DOCTYPE html>'), /web page/],
    [Uint8Array.of(8, 4, 0x12, 3, 10, 1, 10, 0), /Core ML/],
    [Uint8Array.of(8, 1, 0x12, 0xff, 9), /SavedModel/],
  ] as const) {
    assert.throws(
      () => readFloatModel(bytes, 'page.onnx'),
      (error: unknown) =>
        error instanceof ModelError && error.code === 'malformed' && error.where === 'page.onnx' && message.test(error.message),
    );
  }
});

test.run();
