// Owns the proof that damaged and malicious files end in a ModelError that names the place, with little work, and in nothing else.
// First of all, so that work is counted in every function.
import '../support/steps';

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../src/errors';
import type { Graph } from '../../src/graph/graph';
import { pointer, scalar, string, table, tables, vector, writeFlatBuffer } from '../../src/tflite/flatbuffer-writer';
import { readModel } from '../../src/tflite/read';
import { slots } from '../../src/tflite/schema';
import { writeModel } from '../../src/tflite/write';
import { runCampaign } from '../hostile/campaign';
import { seedModels, truncated } from '../hostile/seeds';
import { convolution, GraphBuilder } from '../support/build';
import { fileLayout } from '../support/file-layout';
import { convolutionModel, decoratedModel, detectionModel, detectionOptions } from '../support/sample-models';
import { takeSteps } from '../support/steps';

/** Overwrites the place that `path` names with `value`, as wide as it is there. */
function patch(file: Uint8Array, path: string, value: number): Uint8Array {
  const place = fileLayout(file).find((candidate) => candidate.path === path);
  if (!place) throw new Error(`the file has no ${path}`);
  const view = new DataView(file.buffer, file.byteOffset);
  if (place.bytes === 1) view.setUint8(place.position, value);
  else if (place.bytes === 2) view.setUint16(place.position, value, true);
  else view.setUint32(place.position, value, true);
  return file;
}

const decorated = (path: string, value: number) => () => patch(writeModel(decoratedModel()), path, value);
const tensor = 'Model.2[0].0[0]';
const operator = 'Model.2[0].3[0]';

/** The decorated model after `edit`, which may make it as bad as it likes: the writer checks little. */
function edited(edit: (graph: Graph) => void): () => Uint8Array {
  return () => {
    const graph = decoratedModel();
    edit(graph);
    return writeModel(graph);
  };
}

/** One int8 tensor [2, 3] with these quantization parameters. */
function quantization(scale: number[], zeroPoint: number[], axis = 0, dtype: 'int8' | 'uint8' = 'int8'): () => Uint8Array {
  return () => {
    const g = new GraphBuilder();
    g.input(dtype, [2, 3], { scale, zeroPoint, axis });
    return writeModel(g.graph);
  };
}

/** One operator on a float input [1, 2, 2, 1]; attributes are not checked. */
function operation(type: string, attributes: object): () => Uint8Array {
  return () => {
    const g = new GraphBuilder();
    const input = g.input('float32', [1, 2, 2, 1]);
    return writeModel(g.outputs(...g.node(type as never, attributes as never, [input, input], { dtype: 'float32' })));
  };
}

/** A model of raw tables: one subgraph with these tensors, one operator of this code and these fields. */
function raw(parts: {
  tensor?: object[][];
  operator?: object[][];
  code?: number;
  subgraphs?: number;
  buffer?: object[][];
  custom?: string;
}) {
  return () => {
    const { code = 0, custom } = parts;
    const subgraph = table(
      pointer(slots.SubGraph.tensors, tables([table(...((parts.tensor ?? []) as never[]))])),
      pointer(slots.SubGraph.operators, tables(parts.operator ? [table(...(parts.operator as never[]))] : [])),
    );
    const operatorCode = table(scalar(3, 'int32', code), custom === undefined ? [] : pointer(1, string(custom)));
    const model = table(
      scalar(slots.Model.version, 'int32', 3),
      pointer(slots.Model.operatorCodes, tables([operatorCode])),
      pointer(slots.Model.subgraphs, tables(new Array(parts.subgraphs ?? 1).fill(subgraph))),
      pointer(slots.Model.buffers, tables([table(...((parts.buffer ?? []) as never[]))])),
    );
    return writeFlatBuffer(model, 'TFL3');
  };
}

/** `count` tensors that are all one and the same table, with a name of `nameBytes`. */
function sharedTable(count: number, nameBytes: number): Uint8Array {
  const g = new GraphBuilder();
  for (let i = 0; i < count; i++) g.value({ dtype: 'int8', shape: [1], name: '' });
  g.value({ dtype: 'int8', shape: [1], name: 'x'.repeat(nameBytes) });
  const file = writeModel(g.graph);
  const view = new DataView(file.buffer);
  const entries = fileLayout(file).filter((place) => /^Model\.2\[0\]\.0\[\d+\]$/.test(place.path));
  const last = entries[entries.length - 1].position;
  const target = last + view.getUint32(last, true);
  for (const { position } of entries) view.setUint32(position, target - position, true);
  return file;
}

/** One constant of `elements` float32 for `count` tensors with a buffer each, at an odd address, so that views are impossible. */
function sharedUnaligned(count: number, elements: number): Uint8Array {
  const g = new GraphBuilder();
  g.constant('float32', [elements], [0]);
  for (let i = 1; i < count; i++) g.constant('float32', [1], [0]);
  const file = writeModel(g.graph);
  const view = new DataView(file.buffer);
  const layout = fileLayout(file);
  const first = layout.find((place) => place.path === 'Model.4[1]')!.position;
  const target = first + view.getUint32(first, true);
  for (const { path, position } of layout) {
    if (/^Model\.4\[[1-9]\d*\]$/.test(path)) view.setUint32(position, target - position, true);
    if (/^Model\.2\[0\]\.0\[\d+\]\.0\[0\]$/.test(path)) view.setUint32(position, elements, true);
  }
  const odd = new Uint8Array(file.length + 1).subarray(1);
  odd.set(file);
  return odd;
}

type Case = readonly [name: string, make: () => Uint8Array, expected: ErrorCode | 'accepted', message?: RegExp];

const structure: Case[] = [
  ['no bytes', () => new Uint8Array(), 'not-tflite', /no bytes/],
  ['seven bytes', () => Uint8Array.of(8, 0, 0, 0, 84, 70, 76), 'not-tflite'],
  ['identifier TFL2', () => Uint8Array.of(8, 0, 0, 0, 84, 70, 76, 50), 'not-tflite'],
  ['nothing but a header', () => Uint8Array.of(8, 0, 0, 0, 84, 70, 76, 51), 'malformed', /offset 8/],
  ['root offset 0', decorated('root', 0), 'malformed', /offset 0: an offset of 0/],
  ['root offset behind the end', decorated('root', 0xfffffffc), 'malformed', /offset 4294967292/],
  ['root in the last byte', () => patch(writeModel(decoratedModel()), 'root', writeModel(decoratedModel()).length - 1), 'malformed'],
  ['schema version 4', decorated('Model.0', 4), 'unsupported-version', /version 4/],
  ['no schema version', () => writeFlatBuffer(table(), 'TFL3'), 'unsupported-version', /version 0/],
  ['vtable outside the file', decorated('Model.vtable', 0x80000000), 'malformed'],
  ['vtable of 2 bytes', decorated('Model.vtable[0]', 2), 'malformed', /vtable has at least 4/],
  ['vtable as long as a vtable can be', decorated('Model.vtable[0]', 0xffff), 'malformed'],
  ['table of 0 bytes', decorated('Model.vtable[1]', 0), 'malformed', /table has at least 4/],
  ['table of 64 KB', decorated('Model.vtable[1]', 0xffff), 'malformed', /65535 bytes/],
  ['table that is its own vtable', decorated('Model.vtable', 0), 'malformed'],
  ['field behind the end', decorated('Model.vtable[2]', 0xffff), 'malformed'],
  ['a subgraph that is the model', () => selfReferring(), 'malformed'],
  ['tensor at offset 0', decorated(tensor, 0), 'malformed', /points at itself/],
  ['4 G tensors', decorated('Model.2[0].0.length', 0xffffffff), 'malformed', /17179869180 bytes/],
  ['a buffer of 4 GB', decorated('Model.4[1].0.length', 0xffffffff), 'malformed', /4294967295 bytes/],
  ['a name of 2 GB', decorated(`${tensor}.3.length`, 0x7fffffff), 'malformed'],
  ['a name that is not UTF-8', decorated(`${tensor}.3[5]`, 0xff), 'malformed', /UTF-8/],
  ['2 M operator codes', () => manyTables(1 << 21), 'too-large', /objects/],
  ['one tensor table a thousand times, with a long name', () => sharedTable(1000, 1 << 20), 'too-large', /objects/],
  ['one unaligned buffer a hundred times', () => sharedUnaligned(100, 1 << 16), 'accepted'],
  ['FlexBuffer offset outside the options', () => detection(46, 255), 'malformed', /FlexBuffer/],
  ['FlexBuffer of 255 entries', () => detection(50, 255), 'malformed', /FlexBuffer/],
  ['FlexBuffer root of width 255', () => detection(59, 255), 'malformed', /FlexBuffer/],
  ['FlexBuffer that is a vector', () => detection(58, 10 << 2), 'accepted'],
];

const indices: Case[] = [
  ['no subgraph', raw({ subgraphs: 0 }), 'bad-index', /subgraph 0/],
  ['operator code 7 of 1', raw({ operator: [scalar(0, 'int32', 7)] }), 'bad-index', /operator #0: operator code 7/],
  ['graph input -1', decorated('Model.2[0].1[0]', -1), 'bad-index', /tensor -1/],
  ['graph output 2^31-1', decorated('Model.2[0].2[0]', 0x7fffffff), 'bad-index', /tensor 2147483647/],
  ['operator input -2', decorated(`${operator}.1[2]`, -2), 'bad-index', /CONV_2D #0: tensor -2/],
  ['operator input 9 of 9', decorated(`${operator}.1[0]`, 9), 'bad-index', /CONV_2D #0/],
  ['operator output -1', decorated(`${operator}.2[0]`, -1), 'bad-index', /CONV_2D #0/],
  ['buffer 99', decorated('Model.2[0].0[1].2', 99), 'bad-index', /tensor 1 't1': buffer 99/],
  ['metadata buffer 99', decorated('Model.6[0].1', 99), 'bad-index', /min_runtime_version/],
  ['signature tensor 99', decorated('Model.7[0].1[0].1', 99), 'bad-index', /serving_default/],
  ['operator code 9999', raw({ code: 9999, operator: [] }), 'unsupported-operator', /builtin 9999 \(1\)/],
  ['operator code WHILE', raw({ code: 119, operator: [] }), 'unsupported-operator', /WHILE \(1\); it has control flow/],
  ['WHILE in one of two subgraphs', raw({ code: 119, operator: [], subgraphs: 2 }), 'unsupported-operator', /control flow/],
  ['negative operator code, which counts as 0', raw({ code: -5, operator: [[]] }), 'bad-option', /ADD #0/],
  ['custom operator', raw({ code: 32, custom: 'Foo', operator: [] }), 'unsupported-operator', /custom 'Foo' \(1\)/],
  ...(
    [
      ['edgetpu-custom-op', /compiled for the Edge TPU: use the file from before edgetpu_compiler$/],
      ['ethos-u', /Ethos-U: .* vela/],
      ['NeutronGraph', /Neutron: .* neutron-converter/],
      ['DISPATCH_OP', /compiled for another processor/],
      ['FlexErf', /SELECT_TF_OPS: convert it again with TFLITE_BUILTINS/],
    ] as const
  ).map(
    ([custom, message]): Case => [`custom operator ${custom}`, raw({ code: 32, custom, operator: [] }), 'unsupported-operator', message],
  ),
  ['custom operator named as a builtin', raw({ code: 32, custom: 'ADD', operator: [] }), 'unsupported-operator'],
  ['operator named as a property of Object', raw({ code: 32, custom: '__proto__', operator: [] }), 'unsupported-operator'],
  ['a node that consumes what a later node computes', cyclic, 'accepted'],
];

const tensors: Case[] = [
  ['2^62 elements', edited(({ values }) => Object.assign(values[0], { shape: [0x7fffffff, 0x7fffffff] })), 'too-large', /tensor 0/],
  ['2^31 elements beside a 0', edited(({ values }) => Object.assign(values[0], { shape: [65536, 32768, 0] })), 'too-large'],
  ['dimension -1', edited(({ values }) => Object.assign(values[2], { shape: [1, -1] })), 'bad-shape', /tensor 2 't2': dimension -1/],
  ['7 dimensions', edited(({ values }) => Object.assign(values[3], { shape: [1, 1, 1, 1, 1, 1, 1] })), 'bad-shape', /7 dimensions/],
  ['a constant that is too short', edited(({ values }) => Object.assign(values[1], { shape: [3, 3, 3, 1] })), 'bad-shape', /108 bytes/],
  ['a constant that is too long', edited(({ values }) => Object.assign(values[1], { shape: [1, 3, 3, 1] })), 'bad-shape'],
  ['a signature of another rank', edited(({ values }) => Object.assign(values[0], { shapeSignature: [-1] })), 'bad-shape', /signature/],
  ['a signature of -2', edited(({ values }) => Object.assign(values[0], { shapeSignature: [-2, 4, 4, 1] })), 'bad-shape'],
  ['STRING tensor', raw({ tensor: [scalar(slots.Tensor.type, 'int8', 5)] }), 'bad-dtype', /tensor 0 '': TensorType 5 \(string\)/],
  ['INT4 tensor', raw({ tensor: [scalar(slots.Tensor.type, 'int8', 17)] }), 'bad-dtype', /int4/],
  ['TensorType -1', raw({ tensor: [scalar(slots.Tensor.type, 'int8', -1)] }), 'bad-dtype'],
  ['sparse tensor without elements', raw({ tensor: [pointer(slots.Tensor.sparsity, table())] }), 'malformed', /sparse/],
  ['external data', raw({ tensor: [scalar(slots.Tensor.externalBuffer, 'int32', 1)] }), 'unsupported-feature', /external/],
  ['data behind 2 GB', raw({ buffer: [pointer(1, string('12345678'))] }), 'unsupported-feature', /buffer 0/],
  ['blockwise quantization', raw({ tensor: [pointer(4, table(scalar(4, 'int8', 2)))] }), 'unsupported-feature', /blockwise/],
  ['scale NaN', quantization([NaN], [0]), 'bad-quantization', /tensor 0 't0': scale NaN/],
  ['scale 0', quantization([0], [0]), 'bad-quantization'],
  ['scale -0', quantization([-0], [0]), 'bad-quantization'],
  ['scale -1', quantization([-1], [0]), 'bad-quantization'],
  ['scale Infinity', quantization([Infinity], [0]), 'bad-quantization'],
  ['scale below float32', quantization([1e-50], [0]), 'bad-quantization', /scale 0/],
  ['denormal scale', quantization([1e-45], [0]), 'accepted'],
  ['second scale of two 0', quantization([1, 0], [0, 0]), 'bad-quantization'],
  ['zero point 128 in int8', quantization([1], [128]), 'bad-quantization', /zero point 128/],
  ['zero point -1 in uint8', quantization([1], [-1], 0, 'uint8'), 'bad-quantization'],
  ['zero point 2^62', quantization([1], [2 ** 62]), 'bad-quantization'],
  ['no zero point', quantization([1], []), 'bad-quantization', /1 scales, but 0 zero points/],
  ['axis 2 of 2 dimensions', quantization([1, 1], [0, 0], 2), 'bad-quantization', /dimension 2/],
  ['axis -1', quantization([1, 1, 1], [0, 0, 0], -1), 'bad-quantization'],
  ['2 scales for 3 channels', quantization([1, 1], [0, 0], 1), 'bad-quantization', /2 scales for dimension 1/],
  ['axis out of range with one scale', quantization([1], [0], 7), 'accepted'],
];

const options: Case[] = [
  ['stride 0', operation('CONV_2D', { ...convolution, padding: 'SAME', strideH: 0 }), 'bad-option', /CONV_2D #0: strideH is 0/],
  ['stride -2^31', operation('CONV_2D', { ...convolution, strideW: -(2 ** 31) }), 'bad-option'],
  ['dilation -1', operation('DEPTHWISE_CONV_2D', { ...convolution, depthMultiplier: 1, dilationW: -1 }), 'bad-option', /dilationW/],
  ['dilation 0', operation('CONV_2D', { ...convolution, dilationH: 0 }), 'bad-option'],
  ['depth multiplier -1', operation('DEPTHWISE_CONV_2D', { ...convolution, depthMultiplier: -1 }), 'bad-option'],
  ['filter 0', operation('MAX_POOL_2D', { ...convolution, filterH: 0, filterW: 1 }), 'bad-option', /filterH/],
  ['beta NaN', operation('SOFTMAX', { beta: NaN }), 'bad-option', /beta is NaN/],
  ['alpha Infinity', operation('LEAKY_RELU', { alpha: Infinity }), 'bad-option', /alpha/],
  ['0 splits', operation('SPLIT', { numSplits: 0 }), 'bad-option'],
  ['block size -3', operation('SPACE_TO_DEPTH', { blockSize: -3 }), 'bad-option'],
  ['padding 2', () => raw({ code: 3, operator: conv(scalar(0, 'int8', 2)) })(), 'bad-option', /padding has the unknown value 2/],
  ['activation 6', () => raw({ code: 3, operator: conv(scalar(3, 'int8', 6)) })(), 'bad-option', /activation has the unknown value 6/],
  ['activation -1', () => raw({ code: 3, operator: conv(scalar(3, 'int8', -1)) })(), 'bad-option'],
  ['no options', raw({ code: 3, operator: [[]] }), 'bad-option', /needs builtin options of type 1, the file has type 0/],
  ['options of another operator', raw({ code: 3, operator: [scalar(3, 'int8', 5), pointer(4, table())] }), 'bad-option', /type 5/],
  ['options type without a table', raw({ code: 3, operator: [scalar(3, 'int8', 1)] }), 'bad-option'],
  ['RESHAPE without options', raw({ code: 22, operator: [[]] }), 'accepted'],
  ['ARG_MAX to float32', raw({ code: 56, operator: [scalar(3, 'int8', 40), pointer(4, table())] }), 'bad-option', /outputType/],
  ['shuffled weights', raw({ code: 9, operator: [scalar(3, 'int8', 8), pointer(4, table(scalar(1, 'int8', 1)))] }), 'unsupported-feature'],
];

/** Operator fields of a CONV_2D with good strides and the given option. */
function conv(option: object[]): object[][] {
  const good = [scalar(1, 'int32', 1), scalar(2, 'int32', 1)];
  return [scalar(3, 'int8', 1), pointer(4, table(...good, option as never))];
}

function selfReferring(): Uint8Array {
  const file = writeModel(decoratedModel());
  const view = new DataView(file.buffer);
  const place = fileLayout(file).find((candidate) => candidate.path === 'Model.2[0]')!;
  // Offsets are unsigned, so going back to the model takes a wrap around 2^32, which no reader should do.
  view.setUint32(place.position, 2 ** 32 - (place.position - view.getUint32(0, true)), true);
  return file;
}

function manyTables(count: number): Uint8Array {
  const codes = vector(new Int32Array(count).fill(4));
  const subgraphs = tables([table()]);
  return writeFlatBuffer(table(scalar(0, 'int32', 3), pointer(1, codes), pointer(2, subgraphs)), 'TFL3');
}

/** The detection model with one byte of its options changed. */
function detection(position: number, value: number): Uint8Array {
  const graph = detectionModel();
  const customOptions = detectionOptions.slice();
  customOptions[position] = value;
  Object.assign(graph.nodes[0].attributes, { customOptions });
  return writeModel(graph);
}

function cyclic(): Uint8Array {
  const g = new GraphBuilder();
  const x = g.value({ dtype: 'float32', shape: [1] });
  const [y] = g.node('EXP', {}, [x], { dtype: 'float32', shape: [1] });
  g.node('EXP', {}, [y], x);
  return writeModel(g.outputs(y));
}

/** As takeSteps counts; the long ones of these files execute up to 1e6, a lot of the campaign 4.5e6. */
const limitSteps = 1.5e7;

for (const [name, make, expected, message] of [...structure, ...indices, ...tensors, ...options]) {
  test(`${name}: ${expected}`, () => {
    const bytes = make();
    takeSteps();
    let error: unknown;
    try {
      readModel(bytes);
    } catch (thrown) {
      error = thrown;
    }
    const steps = takeSteps();
    assert.ok(steps < limitSteps, `executes ${steps} blocks of code`);
    if (error && !(error instanceof ModelError)) throw error;
    assert.is(error ? (error as ModelError).code : 'accepted', expected, String(error));
    if (message) assert.match((error as ModelError).message, message);
  });
}

test('all unsupported operators are listed with their counts', () => {
  const file = writeModel(convolutionModel('int8'));
  // Codes 3, 4, 1, 17, 67, 22, 9, 25 in order of use; three become UNIQUE, BUCKETIZE and UNIQUE.
  for (const [i, code] of [
    [0, 103],
    [3, 147],
    [5, 103],
  ]) {
    patch(file, `Model.1[${i}].3`, code);
    patch(file, `Model.1[${i}].0`, Math.min(code, 127));
  }
  try {
    readModel(file);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /: BUCKETIZE \(1\), UNIQUE \(2\)$/);
  }
});

test('short campaign of mutations, truncations and random files, seed 20', () => {
  const models = seedModels();
  const check = (bytes: Uint8Array) => void readModel(bytes);
  const report = runCampaign({ models, mutations: 10000, random: 1000, truncated, truncationStep: 7, seed: 20, check });
  assert.equal(report.bugs, []);
  assert.ok(report.mostSteps < limitSteps, `a lot executes ${report.mostSteps} blocks of code`);
  assert.ok(
    report.accepted > 500 && report.files > 11000,
    `${report.accepted} of ${report.files} files accepted: the mutations are too coarse`,
  );
});

test.run();
