// Owns the tests of reading: real models against stock traces, views and copies, what files may leave out, FlexBuffer maps, trailers.
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Value } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { pointer, scalar, string, table, tables, vector, writeFlatBuffer } from '../../src/tflite/flatbuffer-writer';
import { readFlexMap } from '../../src/tflite/flexbuffer';
import { readModel } from '../../src/tflite/read';
import { slots } from '../../src/tflite/schema';
import { writeModel } from '../../src/tflite/write';
import { convolutionModel, decoratedModel, detectionModel, detectionOptions, storedZip } from '../support/sample-models';
import { hasShared, sharedPath, sharedTest } from '../support/shared';

interface Trace {
  outputs: { tensor: number }[];
  ops: {
    op: number;
    builtin: string;
    inputs: number[];
    outputs: { tensor: number; name: string; dtype: string; scale?: number; zero_point?: number }[];
  }[];
}

function load(name: string): Uint8Array {
  return new Uint8Array(readFileSync(sharedPath('models', `${name}.tflite`)));
}

const traced = hasShared ? readdirSync(sharedPath('golden')) : [];

for (const name of traced) {
  sharedTest(test, `${name}: operators, operands, names, dtypes and quantization are those of the stock interpreter`, () => {
    const folder = sharedPath('golden', name);
    const file = readdirSync(folder).find((entry) => entry.startsWith('trace_'))!;
    const trace = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Trace;
    const graph = readModel(load(name));
    assert.equal(
      graph.outputs.map(({ id }) => id),
      trace.outputs.map(({ tensor }) => tensor),
    );
    assert.is(graph.nodes.length, trace.ops.length);
    for (const { op, builtin, inputs, outputs } of trace.ops) {
      const node = graph.nodes[op];
      assert.is(node.type, builtin, `${name} #${op}`);
      assert.equal(
        node.inputs.map((value) => value?.id ?? -1),
        inputs,
        `${name} #${op}`,
      );
      node.outputs.forEach((value, i) => {
        const { tensor, name: expectedName, dtype, scale = 0, zero_point = 0 } = outputs[i];
        const quantization = value.quantization ?? { scale: [0], zeroPoint: [0] };
        assert.equal([value.id, value.name, value.dtype.toUpperCase()], [tensor, expectedName, dtype], `${name} #${op}`);
        // The trace prints 9 digits of the float32.
        assert.equal([quantization.scale[0], quantization.zeroPoint[0]], [Math.fround(scale), zero_point], `${name} #${op}`);
      });
    }
  });
}

sharedTest(test, 'coco_ssd: options of the detection operator, and labels in the trailer', () => {
  const graph = readModel(load('coco_ssd_mobilenet_v1_1.0_quant_2018_06_29'));
  const node = graph.nodes[63];
  if (node.type !== 'TFLite_Detection_PostProcess') throw new Error(node.type);
  const { customOptions, ...attributes } = node.attributes;
  assert.ok(customOptions.length > 100);
  assert.equal(attributes, {
    maxDetections: 10,
    maxClassesPerDetection: 1,
    detectionsPerClass: 100,
    useRegularNms: false,
    nmsScoreThreshold: Math.fround(1e-8),
    nmsIouThreshold: Math.fround(0.6),
    numClasses: 90,
    yScale: 10,
    xScale: 10,
    hScale: 5,
    wScale: 5,
  });
  const text = new TextDecoder('latin1').decode(graph.trailer);
  assert.ok(text.startsWith('PK\x03\x04') && text.includes('person\nbicycle\n'));
});

sharedTest(test, 'person_detect: biases whose quantized_dimension is out of range have axis 0', () => {
  const bias = readModel(load('person_detect')).values[33];
  assert.equal([bias.quantization!.axis, bias.quantization!.scale.length, bias.shape], [0, 8, [8]]);
});

test('constants view aligned files and are copied from unaligned ones, with equal elements', () => {
  const file = writeModel(convolutionModel('int8'));
  const shifted = new Uint8Array(file.length + 1).subarray(1);
  shifted.set(file);
  const graph = readModel(file);
  assert.ok(graph.values.filter(({ data }) => data).every(({ data }) => data!.buffer === file.buffer));
  const copied = readModel(shifted);
  assert.is(printGraph(copied), printGraph(graph));
  const isView = (value: Value) => value.data?.buffer === shifted.buffer;
  assert.ok(copied.values.every((value) => !value.data || isView(value) === (value.data.BYTES_PER_ELEMENT === 1)));
});

test('tensors that share a buffer share its elements, in unaligned files as well', () => {
  const file = writeModel(decoratedModel());
  for (const offset of [0, 1, 2]) {
    const shifted = new Uint8Array(file.length + offset).subarray(offset);
    shifted.set(file);
    const { values } = readModel(shifted);
    assert.is(values[2].data!.buffer, values[1].data!.buffer, `offset ${offset}`);
    assert.is(values[2].data!.byteOffset, values[1].data!.byteOffset, `offset ${offset}`);
  }
});

test('a Buffer of Node, at an odd address in its pool, is read as any bytes', () => {
  const file = writeModel(decoratedModel());
  const pool = Buffer.alloc(file.length + 9, 1);
  pool.set(file, 3);
  assert.is(printGraph(readModel(pool.subarray(3, 3 + file.length))), printGraph(readModel(file)));
});

test('memory that threads share is read too', () => {
  const file = writeModel(decoratedModel());
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  assert.is(printGraph(readModel(shared)), printGraph(readModel(file)));
});

test('bytes behind the FlatBuffer are the trailer, padding zeros are not', () => {
  const graph = decoratedModel();
  graph.trailer = new Uint8Array();
  const file = writeModel(graph);
  for (const [zeros, tail] of [
    [0, 'x'],
    [3, 'PK\x03\x04'],
    [17, 'zip'],
    [5, ''],
  ] as const) {
    const longer = new Uint8Array(file.length + zeros + tail.length);
    longer.set(file);
    longer.set(new TextEncoder().encode(tail), file.length + zeros);
    assert.is(new TextDecoder().decode(readModel(longer).trailer), tail, `${zeros} zeros, then ${tail}`);
  }
});

test('what a file may leave out has its defaults', () => {
  const operator = table(pointer(1, vector(Int32Array.of(0))), pointer(2, vector(Int32Array.of(0))));
  const tensor = table(pointer(slots.Tensor.quantization, table()));
  const subgraph = table(pointer(0, tables([tensor])), pointer(3, tables([operator])));
  // Files before schema 3a hold only the 8-bit code: 22 is RESHAPE.
  const code = table(scalar(0, 'int8', 22));
  const model = table(scalar(0, 'int32', 3), pointer(1, tables([code])), pointer(2, tables([subgraph])), pointer(4, tables([table()])));
  const graph = readModel(writeFlatBuffer(model, 'TFL3'));
  assert.equal([graph.name, graph.description, graph.inputs, graph.signatures], ['', '', [], []]);
  assert.equal(graph.values, [{ id: 0, name: '', dtype: 'float32', shape: [] }]);
  const { type, version, attributes } = graph.nodes[0];
  assert.equal([type, version, attributes], ['RESHAPE', 1, { newShape: undefined }]);
});

test('SQUEEZE without dimensions squeezes all; a buffer of 0 bytes is no constant where the shape has elements', () => {
  const options = [...scalar(3, 'int8', 30), ...pointer(4, table())];
  const operator = table(pointer(1, vector(Int32Array.of(0))), pointer(2, vector(Int32Array.of(0))), options);
  const tensor = table(pointer(slots.Tensor.shape, vector(Int32Array.of(1, 3))), scalar(slots.Tensor.buffer, 'int32', 1));
  const subgraph = table(pointer(0, tables([tensor])), pointer(3, tables([operator])));
  const code = table(scalar(3, 'int32', 43));
  const buffers = tables([table(), table(pointer(slots.Buffer.data, vector(new Uint8Array())))]);
  const model = table(scalar(0, 'int32', 3), pointer(1, tables([code])), pointer(2, tables([subgraph])), pointer(4, buffers));
  const graph = readModel(writeFlatBuffer(model, 'TFL3'));
  assert.equal([graph.nodes[0].attributes, graph.values[0].data], [{ squeezeDims: [] }, undefined]);
});

test('an operand without elements is a constant though it has no buffer; a computed value is not', () => {
  const empty = table(pointer(slots.Tensor.shape, vector(Int32Array.of(0))));
  const operator = table(pointer(1, vector(Int32Array.of(0))), pointer(2, vector(Int32Array.of(1))));
  const subgraph = table(pointer(0, tables([empty, empty])), pointer(3, tables([operator])));
  const code = table(scalar(3, 'int32', 75), pointer(1, string('')));
  const model = table(scalar(0, 'int32', 3), pointer(1, tables([code])), pointer(2, tables([subgraph])), pointer(4, tables([table()])));
  const { values } = readModel(writeFlatBuffer(model, 'TFL3'));
  assert.equal(
    values.map(({ data }) => data?.length),
    [0, undefined],
  );
});

test('FlexBuffer map: direct, boolean and indirect numbers', () => {
  assert.equal(
    [...readFlexMap(detectionOptions)],
    [
      ['max_detections', 3],
      ['use_regular_nms', 1],
      ['y_scale', 10],
    ],
  );
});

test('FlexBuffer map: nothing, or no map, gives no keys', () => {
  assert.is(readFlexMap(new Uint8Array()).size, 0);
  assert.is(readFlexMap(Uint8Array.of(5, 1 << 2, 1)).size, 0);
});

/** Numbers of every width as the single value of { a: ... }: type << 2 | width code, little-endian bytes, what is read. */
const numbers: [packedType: number, bytes: number[], expected: number][] = [
  [1 << 2, [0xff], -1],
  [(1 << 2) | 1, [0xfe, 0xff], -2],
  [(1 << 2) | 2, [0, 0, 0, 0x80], -(2 ** 31)],
  [(1 << 2) | 3, [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -3],
  [2 << 2, [0xff], 255],
  [(2 << 2) | 2, [0, 0, 0, 0x80], 2 ** 31],
  [(3 << 2) | 2, [0, 0, 0xc0, 0x3f], 1.5],
  [(3 << 2) | 3, [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], -1.5],
];

for (const [packedType, bytes, expected] of numbers) {
  test(`FlexBuffer number of type ${packedType >> 2}, width ${bytes.length}: ${expected}`, () => {
    const width = bytes.length;
    const wide = (value: number) => [value, ...new Array(width - 1).fill(0)];
    // 'a\0', a keys vector of bytes, then the map in the number's width.
    const keys = [97, 0, 1, 3];
    const map = [...wide(keys.length - 3), ...wide(1), ...wide(1), ...bytes, packedType];
    const root = [width + 1, (9 << 2) | Math.log2(width), 1];
    assert.equal([...readFlexMap(Uint8Array.from([...keys, ...map, ...root]))], [['a', expected]]);
  });
}

test('a detection operator without options has zeros, and 100 detections per class', () => {
  const graph = detectionModel();
  Object.assign(graph.nodes[0].attributes, { customOptions: new Uint8Array() });
  const { attributes } = readModel(writeModel(graph)).nodes[0];
  const { maxDetections, detectionsPerClass, useRegularNms } = attributes as never;
  assert.equal([maxDetections, detectionsPerClass, useRegularNms], [0, 100, false]);
});

test('a trailer that is only an archive is kept byte for byte', () => {
  assert.equal(readModel(writeModel(decoratedModel())).trailer, storedZip('labels.txt', 'cat\ndog\n'));
});

test.run();
