// Tests what an import keeps of a quantized ONNX file: codes, scales and zero points; and where it stays float or refuses the file.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync as loadFloatSync } from '../../../../../src/float';
import type { Graph, Node, Value } from '../../../../../src/graph/graph';
import { printGraph } from '../../../../../src/graph/print';
import { loadSync } from '../../../../../src/index';
import { runReference } from '../../../../../src/reference/run';
import { readModel, writeModel } from '../../../../../src/tflite';
import { importOnnx } from '../../../../../tools/import/onnx/import';
import { ints, random, toFile } from '../compare';
import { type FileModel, type FileNode, onnxFile } from '../file';
import { at, conv, map, pool, tensor, transpose } from '../nchw';
import { one, randomCodes, realsOf, zero } from './file';
import { codes, dequantize, layer, params, perChannel, quantize, scale, zeroPoint } from './layer';

const typesOf = (graph: Graph) => graph.nodes.map(({ type }) => type).join(' ');
const importModel = (model: FileModel) => importOnnx(onnxFile(model));
const nodeOf = (graph: Graph, type: Node['type']) => graph.nodes.find((node) => node.type === type)!;
const imageCodes = randomCodes('int8', 120, 5);
const image = realsOf([1, 4, 6, 5], imageCodes, codes);
const nhwc = (data: typeof image) => Float32Array.from(transpose(data, [0, 2, 3, 1]).data);

test('weights, biases, scales and zero points are those of the file', () => {
  const graph = importModel(layer);
  const [, weights, bias] = nodeOf(graph, 'CONV_2D').inputs as Value[];
  const stored = tensor([6, 4, 3, 3], ([o, i, h, w]) => layer.constants!.w.data[((o * 4 + i) * 3 + h) * 3 + w] as number);
  assert.equal(Array.from(weights.data as Int8Array), Array.from(transpose(stored, [0, 2, 3, 1]).data));
  assert.equal(weights.quantization!.scale, Array.from(layer.constants!.ws.data as Float32Array));
  assert.equal(Array.from(bias.data as Int32Array), Array.from(layer.constants!.b.data as Int32Array), 'beyond the precision of float32');
  assert.equal(graph.values.find(({ name }) => name === 'q')!.quantization, {
    scale: [Math.fround(scale)],
    zeroPoint: [zeroPoint],
    axis: 0,
  });
  assert.equal(graph.values.find(({ name }) => name === 'qy')!.quantization, { scale: [Math.fround(0.1)], zeroPoint: [3], axis: 0 });
});

test('a Gemm keeps the codes of its bias, behind Flatten of an image those of its weights in the order of the image', () => {
  const w = randomCodes('int8', 360, 8);
  const graph = importModel({
    ...layer,
    constants: {
      ...layer.constants,
      ...params('w', 0.01, 0),
      w: { shape: [3, 120], data: w },
      b: { shape: [3], data: Int32Array.of(2 ** 30 + 1, 2, 3) },
      bs: one(Math.fround(Math.fround(scale) * Math.fround(0.01))),
    },
    nodes: layer.nodes
      .map((node) => (node.type === 'Conv' ? { type: 'Gemm', inputs: ['f', 'dw', 'db'], outputs: ['r'], attributes: { transB: 1 } } : node))
      .toSpliced(2, 0, {
        type: 'Flatten',
        inputs: ['d'],
        outputs: ['f'],
      }),
  });
  const [, weights, bias] = nodeOf(graph, 'FULLY_CONNECTED').inputs as Value[];
  assert.equal(Array.from(bias.data as Int32Array), [2 ** 30 + 1, 2, 3]);
  const stored = tensor([3, 4, 6, 5], ([o, c, y, x]) => w[((o * 4 + c) * 6 + y) * 5 + x]);
  assert.equal(Array.from(weights.data as Int8Array), Array.from(transpose(stored, [0, 2, 3, 1]).data));
  assert.is(typesOf(graph), 'QUANTIZE FULLY_CONNECTED DEQUANTIZE');
});

test('codes as inputs and outputs keep their dtype: uint8 is int8 only inside', () => {
  const graph = importModel({
    ...layer,
    constants: { ...layer.constants, ...params('a', scale, zeroPoint + 128, 'uint8'), ...params('y', 0.1, 131, 'uint8') },
    nodes: layer.nodes.slice(1, 6).map((node) => (node.outputs[0] === 'd' ? { ...node, inputs: ['x', 'as', 'az'] } : node)),
    outputs: ['qy'],
    inputType: 2,
    outputType: 2,
  });
  assert.is(typesOf(graph), 'QUANTIZE CONV_2D QUANTIZE');
  assert.equal([graph.inputs[0].dtype, graph.outputs[0].dtype, graph.outputs[0].name], ['uint8', 'uint8', 'qy']);
  assert.equal(graph.signatures[0].outputs[0].value, graph.outputs[0]);
  const [expected] = runReference(importModel({ ...layer, nodes: layer.nodes.slice(0, 6), outputs: ['qy'], outputType: 3 }), [nhwc(image)]);
  const shifted = Uint8Array.from(
    transpose({ shape: [1, 4, 6, 5], data: Float64Array.from(imageCodes) }, [0, 2, 3, 1]).data,
    (code) => code + 128,
  );
  const [result] = runReference(graph, [shifted]);
  assert.equal(
    Array.from(result as Uint8Array, (code) => code - 128),
    Array.from(expected, Number),
  );
});

/** Operators between QuantizeLinear and DequantizeLinear: reals of their results, and what they become. */
const moving: readonly [
  title: string,
  FileNode,
  constants: FileModel['constants'],
  expected: (x: typeof image) => typeof image,
  types: string,
][] = [
  [
    'MaxPool',
    { type: 'MaxPool', inputs: ['q'], outputs: ['m'], attributes: { kernel_shape: [2, 2], pads: [1, 1, 1, 1] } },
    {},
    (x) => pool(x, [2, 2], { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] }, (inside) => Math.max(...inside)),
    'QUANTIZE MIRROR_PAD MAX_POOL_2D DEQUANTIZE',
  ],
  [
    'Transpose',
    { type: 'Transpose', inputs: ['q'], outputs: ['m'], attributes: { perm: [0, 2, 1, 3] } },
    {},
    (x) => transpose(x, [0, 2, 1, 3]),
    'QUANTIZE TRANSPOSE DEQUANTIZE',
  ],
  [
    'Pad with code 0',
    { type: 'Pad', inputs: ['q', 'pads'], outputs: ['m'] },
    { pads: ints(0, 0, 1, 0, 0, 0, 0, 2) },
    (x) => tensor([1, 4, 7, 7], ([n, c, y, z]) => (y > 0 && z < 5 ? at(x, [n, c, y - 1, z]) : Math.fround(scale) * -zeroPoint)),
    'QUANTIZE PADV2 DEQUANTIZE',
  ],
  [
    'Pad with a code',
    { type: 'Pad', inputs: ['q', 'pads', 'fill'], outputs: ['m'] },
    { pads: ints(0, 0, 1, 0, 0, 0, 0, 2), fill: zero(zeroPoint, 'int8') },
    (x) => tensor([1, 4, 7, 7], ([n, c, y, z]) => (y > 0 && z < 5 ? at(x, [n, c, y - 1, z]) : 0)),
    'QUANTIZE PAD DEQUANTIZE',
  ],
  [
    'Concat',
    { type: 'Concat', inputs: ['q', 'q'], outputs: ['m'], attributes: { axis: 1 } },
    {},
    (x) => tensor([1, 8, 6, 5], ([n, c, y, z]) => at(x, [n, c % 4, y, z])),
    'QUANTIZE CONCATENATION DEQUANTIZE',
  ],
  [
    'Gather',
    { type: 'Gather', inputs: ['q', 'order'], outputs: ['m'], attributes: { axis: 1 } },
    { order: ints(3, 1) },
    (x) => tensor([1, 2, 6, 5], ([n, c, y, z]) => at(x, [n, 3 - 2 * c, y, z])),
    'QUANTIZE GATHER DEQUANTIZE',
  ],
];

for (const [title, node, constants, expected, types] of moving) {
  test(`${title} of codes gives codes of the same scale`, () => {
    const graph = importModel({
      ...layer,
      constants: { ...params('a', scale, zeroPoint), ...constants },
      nodes: [quantize('x', 'q'), node, dequantize('m', 'y')],
    });
    assert.is(typesOf(graph), types, printGraph(graph));
    const [result] = runReference(graph, [nhwc(image)]);
    assert.equal(Array.from(result, Number), Array.from(nhwc(expected(image))));
  });
}

test('codes that are read with another scale and zero point are other reals', () => {
  const graph = importModel({
    ...layer,
    constants: { ...params('a', 0.5, 2), ...params('b', 0.25, -6) },
    nodes: [quantize('x', 'q'), dequantize('q', 'y', 'b')],
  });
  const [result] = runReference(graph, [Float32Array.from({ length: 120 }, (_, i) => (i - 60) * 0.5)]);
  assert.equal(
    Array.from(result, Number),
    Array.from({ length: 120 }, (_, i) => 0.25 * (i - 60 + 2 + 6)),
  );
});

test('weights that the file quantizes itself become codes', () => {
  const reals = map(random([6, 4, 3, 3], 4), (value) => 0.3 * value);
  const graph = importModel({
    ...layer,
    constants: { ...layer.constants, w: toFile(reals) },
    nodes: [
      { ...quantize('w', 'qw', 'w'), attributes: { axis: 0 } },
      ...layer.nodes.map((node) => (node.outputs[0] === 'dw' ? dequantize('qw', 'dw', 'w') : node)),
    ],
  });
  const weights = nodeOf(graph, 'CONV_2D').inputs[1]!;
  const expected = tensor([6, 4, 3, 3], (index) =>
    Math.max(-128, Math.min(127, Math.round(at(reals, index) / Math.fround(0.01 * (index[0] + 1))))),
  );
  assert.equal([weights.dtype, ...(weights.data as Int8Array)], ['int8', ...transpose(expected, [0, 2, 3, 1]).data]);
});

test('a bias in floats is rounded to the scale of input times weights', () => {
  const graph = importModel({
    ...layer,
    constants: { ...layer.constants, db: { shape: [6], data: Float32Array.of(1, -1, 0.5, 0, 0.1, 2) } },
    nodes: layer.nodes.filter(({ outputs: [name] }) => name !== 'db'),
  });
  const bias = nodeOf(graph, 'CONV_2D').inputs[2]!;
  assert.equal(
    Array.from(bias.data as Int32Array),
    [1, -1, 0.5, 0, 0.1, 2].map((real, c) => Math.round(real / (scale * 0.01 * (c + 1)))),
  );
});

const kept = (graph: Graph) => runReference(graph, [nhwc(image)]).map((output) => Array.from(output, Number));
const realWeights = tensor(
  [6, 4, 3, 3],
  ([o, i, h, w]) => Math.fround(0.01 * (o + 1)) * (layer.constants!.w.data[((o * 4 + i) * 3 + h) * 3 + w] as number),
);
const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };

test('a layer whose results are not quantized stays float, and its weights codes', () => {
  const graph = importModel({ ...layer, nodes: [...layer.nodes.slice(0, 3), { type: 'Conv', inputs: ['d', 'dw'], outputs: ['y'] }] });
  assert.is(typesOf(graph), 'QUANTIZE DEQUANTIZE DEQUANTIZE CONV_2D', printGraph(graph));
  const expected = nhwc(conv(image, realWeights, undefined, 1, plain));
  const worst = Math.max(...kept(graph)[0].map((value, i) => Math.abs(value - expected[i])));
  assert.ok(worst < 1e-4, String(worst));
  loadSync(writeModel(graph)).dispose();
});

test('an operator whose float results are read elsewhere, too, stays float', () => {
  const graph = importModel({ ...layer, outputs: ['y', 'r'] });
  assert.is(typesOf(graph), 'QUANTIZE DEQUANTIZE DEQUANTIZE CONV_2D QUANTIZE DEQUANTIZE', printGraph(graph));
});

test('weights per channel with zero points that no kernel takes stay float', () => {
  const w = { shape: [6, 4, 3, 3], data: randomCodes('uint8', 216, 7) };
  const graph = importModel({ ...layer, constants: { ...layer.constants, ...perChannel('w', 6, 'uint8', 20), w }, nodes: layer.nodes });
  assert.is(typesOf(graph), 'QUANTIZE DEQUANTIZE CONV_2D QUANTIZE DEQUANTIZE', printGraph(graph));
});

test('a layer with a zero point among others per channel is uint8 between QUANTIZE', () => {
  const constants = {
    ...layer.constants,
    ...params('v', 0.02, 70, 'uint8'),
    v: { shape: [4, 4, 1, 1], data: randomCodes('uint8', 16, 9) },
    ...params('m', 0.2, 1),
  };
  const first = [
    quantize('x', 'q0'),
    dequantize('q0', 'd0'),
    dequantize('v', 'dv', 'v'),
    { type: 'Conv', inputs: ['d0', 'dv'], outputs: ['r0'] },
    quantize('r0', 'q'),
  ];
  const graph = importModel({ ...layer, constants, nodes: [...first, ...layer.nodes.slice(1)] });
  assert.is(typesOf(graph), 'QUANTIZE QUANTIZE CONV_2D QUANTIZE CONV_2D DEQUANTIZE', printGraph(graph));
  const [weights] = graph.nodes.filter(({ type }) => type === 'CONV_2D').map(({ inputs }) => inputs[1]!);
  assert.equal([weights.dtype, weights.quantization!.zeroPoint[0]], ['uint8', 70]);
  loadSync(graph).dispose();
});

/** Dynamic quantization as ONNX Runtime writes it. */
function dynamic(
  type: 'MatMulInteger' | 'ConvInteger',
  x: readonly number[],
  shape: readonly number[],
  more: readonly FileNode[] = [],
): FileModel {
  const count = shape.reduce((product, size) => product * size, 1);
  return {
    inputs: { x },
    constants: { w: { shape, data: randomCodes('int8', count, 3) }, ...params('w', 0.02, 0), bias: toFile(random([shape.at(-1)!], 6)) },
    nodes: [
      { type: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 's', 'z'] },
      { type, inputs: ['q', 'w', 'z', 'wz'], outputs: ['i'] },
      { type: 'Cast', inputs: ['i'], outputs: ['f'], attributes: { to: 1 } },
      { type: 'Mul', inputs: ['s', 'ws'], outputs: ['sw'] },
      { type: 'Mul', inputs: ['f', 'sw'], outputs: ['y'] },
      ...more,
    ],
    outputs: [more.length > 0 ? 'sum' : 'y'],
  };
}

test('dynamic quantization becomes hybrid layers: 8-bit weights, float activations', () => {
  for (const [model, type] of [
    [dynamic('MatMulInteger', [2, 12], [12, 5], [{ type: 'Add', inputs: ['y', 'bias'], outputs: ['sum'] }]), 'FULLY_CONNECTED'],
    [dynamic('ConvInteger', [1, 4, 6, 5], [3, 4, 2, 2]), 'CONV_2D'],
  ] as const) {
    const graph = importModel(model);
    assert.is(typesOf(graph), type, printGraph(graph));
    const node = graph.nodes[0];
    assert.equal(
      node.inputs.map((value) => value!.dtype),
      ['float32', 'int8', 'float32'],
    );
    const file = writeModel(graph);
    assert.is(readModel(file).nodes[0].inputs[1]!.dtype, 'int8');
    assert.throws(() => loadSync(file), /hybrid layer.*zeropoint\/float/);
    loadFloatSync(file).dispose();
  }
});

test('products of integers that Cast and Mul scale are layers of codes', () => {
  for (const isSingle of [false, true]) {
    const scales: FileNode[] = isSingle ? [] : [{ type: 'Mul', inputs: ['as', 'ws'], outputs: ['sw'] }];
    const graph = importModel({
      inputs: { x: [2, 12] },
      constants: {
        ...params('a', scale, zeroPoint),
        ...params('w', 0.02, 3),
        ...params('y', 0.1, 0),
        w: { shape: [12, 5], data: randomCodes('int8', 60, 3) },
        ...(isSingle ? { sw: one(Math.fround(Math.fround(0.02) * Math.fround(scale))) } : {}),
      },
      nodes: [
        quantize('x', 'q'),
        { type: 'MatMulInteger', inputs: ['q', 'w', 'az', 'wz'], outputs: ['i'] },
        ...scales,
        { type: 'Cast', inputs: ['i'], outputs: ['f'], attributes: { to: 1 } },
        { type: 'Mul', inputs: ['f', 'sw'], outputs: ['r'] },
        quantize('r', 'qy', 'y'),
        dequantize('qy', 'y', 'y'),
      ],
      outputs: ['y'],
    });
    assert.is(typesOf(graph), 'QUANTIZE FULLY_CONNECTED DEQUANTIZE', printGraph(graph));
    const { quantization } = nodeOf(graph, 'FULLY_CONNECTED').inputs[1]!;
    assert.ok(Math.abs(quantization!.scale[0] / 0.02 - 1) < 1e-6);
  }
});

test('a batch normalization after a layer of codes changes its scales and turns codes, and the layer stays one of codes', () => {
  const factors = [0.5, -2, 1.25, -0.75, 3, 1];
  const constants = {
    ...layer.constants,
    b: { shape: [6], data: Int32Array.of(100, 200, -300, 400, 500, 600) },
    w: { shape: [6, 4, 3, 3], data: randomCodes('int8', 216, 7, [-127, 127]) },
    factor: { shape: [6], data: Float32Array.from(factors) },
    offset: { shape: [6], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    none: { shape: [6], data: new Float32Array(6) },
    one: { shape: [6], data: new Float32Array(6).fill(1) },
  };
  const normalization = {
    type: 'BatchNormalization',
    inputs: ['c', 'factor', 'offset', 'none', 'one'],
    outputs: ['r'],
    attributes: { epsilon: { float: 0 } },
  };
  const nodes = layer.nodes.flatMap((node) => (node.type === 'Conv' ? [{ ...node, outputs: ['c'] }, normalization] : [node]));
  const graph = importModel({ ...layer, constants, nodes });
  assert.is(typesOf(graph), 'QUANTIZE CONV_2D DEQUANTIZE', printGraph(graph));
  const weights = nodeOf(graph, 'CONV_2D').inputs[1]!;
  assert.equal(
    weights.quantization!.scale,
    factors.map((factor, c) => Math.fround(Math.fround(0.01 * (c + 1)) * Math.abs(factor))),
  );
  const reals = tensor([6, 4, 3, 3], ([o, i, h, w]) => 0.01 * (o + 1) * (constants.w.data[((o * 4 + i) * 3 + h) * 3 + w] as number));
  const sums = conv(
    image,
    reals,
    tensor([6], ([c]) => constants.b.data[c] * scale * 0.01 * (c + 1)),
    1,
    plain,
  );
  const expected = nhwc(tensor(sums.shape, (index) => at(sums, index) * factors[index[1]] + index[1] + 1));
  const [result] = kept(graph);
  const differences = result.map((value, i) =>
    Math.abs(Math.round(value / 0.1) - Math.min(Math.max(Math.round(expected[i] / 0.1), -131), 124)),
  );
  assert.ok(Math.max(...differences) <= 1, String(differences));
});

test.run();
