// Owns the tests of writing: everything survives read and write, bytes are stable and aligned, versions and archives are right.
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { DType, Graph, Node, OperatorType } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { FlatBuffer } from '../../src/tflite/flatbuffer';
import { readModel } from '../../src/tflite/read';
import { builtinNames, slots } from '../../src/tflite/schema';
import { writeModel } from '../../src/tflite/write';
import { convolution, GraphBuilder, perChannel, quantized } from '../support/build';
import { fileLayout } from '../support/file-layout';
import {
  arithmeticModel,
  convolutionModel,
  decoratedModel,
  detectionModel,
  everyOperator,
  movementModel,
  storedZip,
} from '../support/sample-models';
import { hasShared, sharedPath, sharedTest } from '../support/shared';

/** Graphs made here, by name. */
const graphs: [name: string, make: () => Graph][] = [
  ['convolution uint8', () => convolutionModel('uint8')],
  ['convolution int8', () => convolutionModel('int8')],
  ['arithmetic uint8', () => arithmeticModel('uint8')],
  ['arithmetic int8', () => arithmeticModel('int8')],
  ['movement int8', () => movementModel('int8')],
  ['decorated', decoratedModel],
  ['detection', detectionModel],
  ['every operator float32', () => everyOperator('float32')],
  ['every operator int8, 5 dimensions', () => everyOperator('int8', 5)],
];

/** The text of a graph without what writing may change: operator versions, which rise, and offsets inside the trailing archive. */
function essence(graph: Graph): string {
  return printGraph(graph)
    .replace(/^(node #\d+ \w+) v\d+/gm, '$1')
    .replace(/^(trailer \d+ bytes).*/m, '$1');
}

/** Checks what the FlatBuffers verifier demands: offsets, scalars and elements lie at multiples of their size, strings end in a NUL. */
function assertVerifiable(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  for (const { kind, position, bytes: size, path } of fileLayout(bytes)) {
    // Tensor names.
    if (/^Model\.2\[0\]\.0\[\d+\]\.3\.length$/.test(path)) assert.is(bytes[position + 4 + view.getUint32(position, true)], 0, path);
    if (position % size !== 0) throw new Error(`${path} (${kind}, ${size} bytes) at ${position} is not aligned`);
    if (/^Model\.4\[\d+\]\.0\.length$/.test(path)) assert.is((position + 4) % 16, 0, `${path} at ${position}`);
  }
}

for (const [name, make] of graphs) {
  test(`${name}: survives writing and reading; bytes are stable and aligned`, () => {
    const graph = make();
    const bytes = writeModel(graph);
    const read = readModel(bytes);
    assert.is(essence(read), essence(graph));
    assert.equal(writeModel(read), bytes);
    assertVerifiable(bytes);
  });
}

const models = hasShared ? readdirSync(sharedPath('models')).filter((name) => name.endsWith('.tflite')) : [];

for (const name of models) {
  sharedTest(test, `${name}: survives reading and writing; a second writing gives the same bytes`, () => {
    const file = new Uint8Array(readFileSync(sharedPath('models', name)));
    const graph = readModel(file);
    const bytes = writeModel(graph);
    const again = readModel(bytes);
    assert.is(essence(again), essence(graph));
    assert.equal(archiveFiles(bytes), archiveFiles(file));
    for (const [i, node] of again.nodes.entries()) assert.ok(node.version >= graph.nodes[i].version, `#${i}`);
    assert.is(Buffer.compare(writeModel(again), bytes), 0);
    assertVerifiable(bytes);
    // Nothing is stored twice: our tables may be a little larger than the original's, which are packed by other rules.
    assert.ok(bytes.length < file.length * 1.01 + 1024, `${bytes.length} bytes, was ${file.length}`);
  });
}

test('every supported operator is a builtin name or the custom one', () => {
  const types = readModel(writeModel(everyOperator('int8'))).nodes.map(({ type }) => type);
  assert.ok(types.length > 50 && types.every((type) => builtinNames.includes(type)));
  // Numbers as in schema.fbs, spread over the list.
  assert.equal(
    ['ADD', 'CUSTOM', 'UNPACK', 'HARD_SWISH', 'CUMSUM', 'GELU', 'RIGHT_SHIFT'].map((name) => builtinNames.indexOf(name)),
    [0, 32, 88, 117, 128, 150, 161],
  );
});

/** Names and places of a zip archive's files by its central directory, read as strict readers do: offsets count from the file's start. */
function archiveFiles(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number) => new TextDecoder('latin1').decode(bytes.subarray(at, at + length));
  const end = bytes.length - 22;
  if (end < 0 || text(end, 4) !== 'PK\x05\x06') return [];
  let entry = view.getUint32(end + 16, true);
  return Array.from({ length: view.getUint16(end + 10, true) }, () => {
    assert.is(text(entry, 4), 'PK\x01\x02');
    const nameLength = view.getUint16(entry + 28, true);
    const local = view.getUint32(entry + 42, true);
    const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    assert.is(text(local, 4), 'PK\x03\x04');
    const file = text(entry + 46, nameLength) + text(data, view.getUint32(entry + 20, true));
    entry += 46 + nameLength + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
    return file;
  });
}

test('an archive with offsets from the start of the file moves with its model', () => {
  const graph = decoratedModel();
  const zip = storedZip('labels.txt', 'cat\ndog\n');
  const view = new DataView(zip.buffer);
  // As behind a model of 5000 bytes; then the same graph grows by a long description.
  view.setUint32(zip.length - 6, view.getUint32(zip.length - 6, true) + 5000, true);
  view.setUint32(zip.length - 22 - 'labels.txt'.length - 4, 5000, true);
  graph.trailer = zip;
  for (const description of ['', 'x'.repeat(10000)]) {
    graph.description = description;
    assert.equal(archiveFiles(writeModel(graph)), ['labels.txtcat\ndog\n']);
  }
});

test('constants are stored once where values share them', () => {
  const g = new GraphBuilder();
  const first = g.constant('int8', [100000], [1]);
  for (let i = 0; i < 10; i++) g.value({ dtype: 'int8', shape: [100000] }).data = first.data;
  const bytes = writeModel(g.graph);
  assert.ok(bytes.length < 110000, `${bytes.length} bytes`);
  assert.ok(readModel(bytes).values.every(({ data }) => data!.length === 100000));
});

test('zero points are stored once where values have the same, behind all that points at them', () => {
  const channels = 512;
  const scales = Array<number>(channels).fill(0.5);
  const g = new GraphBuilder();
  const added = [1, 2].map((code) => {
    g.constant('int8', [channels, 1, 1, 4], Array(4 * channels).fill(code), perChannel(scales, 0));
    return writeModel(g.graph).length;
  });
  // The second value adds 4 bytes of weights and 4 of scale per channel and less than 200 of tables, but no zero points of 8 bytes per channel.
  const tables = added[1] - added[0] - 8 * channels;
  assert.ok(tables > 0 && tables < 200, `${tables} bytes`);
  const zeroPoints = readModel(writeModel(g.graph)).values.map(({ quantization }) => quantization!.zeroPoint);
  assert.equal(zeroPoints, [Array(channels).fill(0), Array(channels).fill(0)]);
});

test('operators of one type and version share a code; CAST stores its dtypes; scalars and known shapes have a rank', () => {
  const g = new GraphBuilder();
  const input = g.input('uint8', [2]);
  const shape = [2];
  const [a] = g.node('CAST', {}, [input], { dtype: 'int32', shape });
  const [b] = g.node('CAST', {}, [a], { dtype: 'float32', shape });
  const [c] = g.node('DIV', { activation: 'NONE' }, [b, g.constant('float32', [], [2])], { dtype: 'float32' });
  const bytes = writeModel(g.outputs(c));
  const layout = fileLayout(bytes);
  const byte = (path: string) => bytes[layout.find((place) => place.path === path)?.position ?? -1];
  assert.is(layout.filter(({ path }) => /^Model\.1\[\d\]$/.test(path)).length, 2);
  // TensorType: FLOAT32 0 is the default, INT32 2, UINT8 3.
  const cast = 'Model.2[0].3';
  assert.equal([byte(`${cast}[0].4.0`), byte(`${cast}[0].4.1`), byte(`${cast}[1].4.0`), byte(`${cast}[1].4.1`)], [3, 2, 2, undefined]);
  const ranks = g.graph.values.map((_, i) => byte(`Model.2[0].0[${i}].8`));
  assert.equal(ranks, [1, 1, 1, 1, undefined]);
});

test('a trailer whose directory is damaged is kept as it is', () => {
  const graph = decoratedModel();
  const zip = storedZip('labels.txt', 'cat\ndog\n');
  zip[zip.length - 6] += 100;
  zip[zip.length - 22 - 'labels.txt'.length - 46] = 0;
  graph.trailer = zip;
  assert.equal(readModel(writeModel(graph)).trailer, zip);
});

test('a graph whose ids have gaps is numbered by position', () => {
  const graph = convolutionModel('int8');
  graph.values.reverse();
  const read = readModel(writeModel(graph));
  assert.equal(
    read.values.map(({ name }) => name),
    graph.values.map(({ name }) => name),
  );
  assert.is(read.nodes[0].inputs[1]!.name, graph.nodes[0].inputs[1]!.name);
});

/** Lowest versions that stock runtimes demand: operator, dtype of its operands, version. */
const versions: [type: OperatorType, dtype: DType, version: number][] = [
  ['CONV_2D', 'uint8', 1],
  ['CONV_2D', 'int8', 3],
  ['DEPTHWISE_CONV_2D', 'float32', 2],
  ['TRANSPOSE_CONV', 'int8', 4],
  ['FULLY_CONNECTED', 'int8', 6],
  ['ADD', 'uint8', 1],
  ['ADD', 'int8', 2],
  ['SOFTMAX', 'int8', 2],
  ['RELU', 'uint8', 2],
  ['RELU6', 'uint8', 1],
  ['RELU6', 'int8', 2],
  ['RELU_N1_TO_1', 'int8', 1],
  ['UNPACK', 'uint8', 2],
  ['RESIZE_BILINEAR', 'int8', 2],
  ['RESIZE_NEAREST_NEIGHBOR', 'uint8', 3],
  ['STRIDED_SLICE', 'uint8', 8],
  ['CAST', 'int8', 3],
  ['CAST', 'float16', 5],
  ['DEQUANTIZE', 'float16', 3],
  ['RESHAPE', 'int8', 1],
  ['TILE', 'int8', 3],
  ['REDUCE_MAX', 'int8', 2],
  ['SQUARED_DIFFERENCE', 'int8', 2],
  ['LOG_SOFTMAX', 'uint8', 1],
  ['SIGN', 'int32', 2],
  // Of these, everyOperator says that sums are int32 or int64, and that ADD and SUB have general scales.
  ['CONV_2D', 'int16', 8],
  ['DEPTHWISE_CONV_2D', 'int16', 5],
  ['FULLY_CONNECTED', 'int16', 11],
  ['TRANSPOSE_CONV', 'int16', 5],
  ['ADD', 'int16', 3],
  ['SUB', 'int16', 5],
  ['MUL', 'int16', 4],
  ['SOFTMAX', 'int16', 3],
  ['LEAKY_RELU', 'int16', 2],
  ['TRANSPOSE', 'int16', 5],
];

for (const [type, dtype, version] of versions) {
  test(`${type} of ${dtype} is written with version ${version}, or a higher one of its own`, () => {
    const graph = everyOperator(dtype);
    const written = () => readModel(writeModel(graph)).nodes.find((node) => node.type === type)!.version;
    assert.is(written(), version);
    graph.nodes.find((node) => node.type === type)!.version = version + 1;
    assert.is(written(), version + 1);
  });
}

test('operators of more than 4 dimensions are written with the version that knows them', () => {
  const found = new Map(readModel(writeModel(everyOperator('int8', 6))).nodes.map(({ type, version }) => [type, version]));
  const types: OperatorType[] = ['SUB', 'MAXIMUM', 'DIV', 'SLICE', 'PAD', 'TRANSPOSE'];
  assert.equal(
    types.map((type) => found.get(type)),
    [3, 3, 2, 5, 4, 6],
  );
});

test('MUL with a real multiplier of 1 or more has version 3; per-channel DEQUANTIZE of int8 5, QUANTIZE 3', () => {
  const g = new GraphBuilder();
  const x = g.input('int8', [2], quantized(2));
  const [y] = g.node('MUL', { activation: 'NONE' }, [x, x], { dtype: 'int8', quantization: quantized(4) });
  const channels = perChannel([1, 2], 0);
  const [z] = g.node('DEQUANTIZE', {}, [g.constant('int8', [2], [1], channels)], { dtype: 'float32' });
  const [q] = g.node('QUANTIZE', {}, [z], { dtype: 'int8', shape: [2], quantization: channels });
  const { nodes } = readModel(writeModel(g.outputs(y, q)));
  assert.equal(
    nodes.map(({ version }) => version),
    [3, 5, 3],
  );
});

test('codes above 127 are written as 127 in the 8-bit field of old readers', () => {
  const g = new GraphBuilder();
  const graph = g.outputs(...g.node('GELU', { approximate: true }, [g.input('float32', [2])], { dtype: 'float32' }));
  const [code] = new FlatBuffer(writeModel(graph)).root().tables(slots.Model.operatorCodes);
  const slot = slots.OperatorCode;
  assert.equal([code.int8(slot.deprecatedBuiltinCode), code.int32(slot.builtinCode)], [127, 150]);
});

test('explicit padding has no form in a file', () => {
  const g = new GraphBuilder();
  const padding = { top: 1, bottom: 0, left: 0, right: 0 };
  const input = g.input('float32', [1, 2, 2, 1]);
  const graph = g.outputs(...g.node('CONV_2D', { ...convolution, padding }, [input, input], { dtype: 'float32' }));
  assert.throws(
    () => writeModel(graph),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-option' && error.where === 'CONV_2D #0',
  );
});

test('an operand that is not among the values is refused', () => {
  const graph = convolutionModel('int8');
  const node: Node = graph.nodes[0];
  node.inputs[1] = { ...node.inputs[1]! };
  assert.throws(
    () => writeModel(graph),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-graph' && error.where === 'CONV_2D #0',
  );
});

test.run();
