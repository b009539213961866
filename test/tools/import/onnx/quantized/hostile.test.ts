// Tests that hostile quantized ONNX files end in ModelError and nothing else, and that the work of an import grows as the file does.
import '../../../../support/steps';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../../src/errors';
import { importOnnx } from '../../../../../tools/import/onnx/import';
import { Random } from '../../../../support/random';
import { countSteps } from '../../../../support/steps';
import { ints } from '../compare';
import { type FileModel, type FileNode, onnxFile } from '../file';
import { absurdFile, changedFile, survives } from '../mutations';
import { one, randomCodes, zero } from './file';

const scaled = (name: string) => [`${name}s`, `${name}z`];
const codes = (name: string) => [name, ...scaled(name)];
const contrib = 'com.microsoft';

/** Every operator of codes, in QDQ and QOperator form, and dynamic quantization. */
const everything: FileModel = {
  inputs: { x: [1, 4, 8, 8] },
  constants: {
    as: one(0.05),
    az: zero(120, 'uint8'),
    bs: one(0.03),
    bz: zero(3, 'uint8'),
    w: { shape: [4, 4, 3, 3], data: randomCodes('int8', 144, 1) },
    ws: { shape: [4], data: Float32Array.of(0.01, 0.02, 0.03, 0.04) },
    wz: { shape: [4], data: new Int8Array(4) },
    i: { shape: [4], data: Int32Array.of(1, -2, 300, 4) },
    v: { shape: [4, 1, 2, 2], data: randomCodes('uint8', 16, 2) },
    vs: one(0.02),
    vz: zero(90, 'uint8'),
    g: { shape: [4, 6], data: randomCodes('int8', 24, 3) },
    gs: one(0.02),
    gz: zero(0, 'int8'),
    low: one(0),
    high: one(4),
    real: { shape: [4], data: Float32Array.of(1, -1, 0.5, 2) },
    pads: ints(0, 0, 1, 1, 0, 0, 0, 0),
    flat: ints(1, 4),
  },
  nodes: [
    { type: 'QuantizeLinear', inputs: ['x', ...scaled('a')], outputs: ['q'] },
    {
      type: 'QLinearConv',
      inputs: ['q', ...scaled('a'), ...codes('w'), ...scaled('b'), 'i'],
      outputs: ['c'],
      attributes: { pads: [1, 1, 1, 1] },
    },
    { type: 'Pad', inputs: ['c', 'pads'], outputs: ['p'] },
    { type: 'MaxPool', inputs: ['p'], outputs: ['m'], attributes: { kernel_shape: [2, 2] } },
    { type: 'DequantizeLinear', inputs: ['m', ...scaled('b')], outputs: ['d'] },
    { type: 'DequantizeLinear', inputs: codes('v'), outputs: ['dv'] },
    { type: 'Conv', inputs: ['d', 'dv'], outputs: ['e'], attributes: { group: 4 } },
    { type: 'Mul', inputs: ['e', 'high'], outputs: ['e1'] },
    { type: 'Clip', inputs: ['e1', 'low', 'high'], outputs: ['f'] },
    { type: 'QuantizeLinear', inputs: ['f', ...scaled('a')], outputs: ['h'] },
    { type: 'QLinearAdd', domain: contrib, inputs: ['h', ...scaled('a'), 'h', ...scaled('a'), ...scaled('b')], outputs: ['s'] },
    { type: 'QLinearMul', domain: contrib, inputs: ['h', ...scaled('a'), 's', ...scaled('b'), ...scaled('b')], outputs: ['t'] },
    {
      type: 'QLinearConcat',
      domain: contrib,
      inputs: [...scaled('a'), 's', ...scaled('b'), 't', ...scaled('b')],
      outputs: ['u'],
      attributes: { axis: 2 },
    },
    { type: 'QLinearSigmoid', domain: contrib, inputs: ['u', ...scaled('a'), ...scaled('b')], outputs: ['u1'] },
    {
      type: 'QLinearAveragePool',
      domain: contrib,
      inputs: ['u1', ...scaled('b'), ...scaled('a')],
      outputs: ['u2'],
      attributes: { kernel_shape: [2, 2] },
    },
    { type: 'QLinearGlobalAveragePool', domain: contrib, inputs: ['u2', ...scaled('a'), ...scaled('b')], outputs: ['k'] },
    { type: 'Reshape', inputs: ['k', 'flat'], outputs: ['k1'] },
    { type: 'QGemm', domain: contrib, inputs: ['k1', ...scaled('b'), ...codes('g'), '', ...scaled('a')], outputs: ['l'] },
    {
      type: 'QLinearSoftmax',
      domain: contrib,
      inputs: ['l', ...scaled('a'), ...scaled('b')],
      outputs: ['y'],
      attributes: { axis: 1, opset: 13 },
    },
    { type: 'DequantizeLinear', inputs: ['k1', ...scaled('b')], outputs: ['n'] },
    { type: 'DynamicQuantizeLinear', inputs: ['n'], outputs: ['nq', 'ns', 'nz'] },
    { type: 'MatMulInteger', inputs: ['nq', 'g', 'nz', 'gz'], outputs: ['o'] },
    { type: 'Cast', inputs: ['o'], outputs: ['o1'], attributes: { to: 1 } },
    { type: 'Mul', inputs: ['ns', 'gs'], outputs: ['o2'] },
    { type: 'Mul', inputs: ['o1', 'o2'], outputs: ['z'] },
    { type: 'QuantizeLinear', inputs: ['real', ...scaled('a')], outputs: ['r'] },
    { type: 'DequantizeLinear', inputs: ['r', ...scaled('a')], outputs: ['r1'] },
    { type: 'Add', inputs: ['n', 'r1'], outputs: ['r2'] },
  ],
  outputs: ['y', 'z', 'r2'],
  outputType: 0,
};

test('files cut short anywhere end in ModelError', () => {
  const bytes = onnxFile(everything);
  assert.ok(survives(bytes, 'the whole file'));
  for (let length = 0; length < bytes.length; length += 3) survives(bytes.subarray(0, length), `cut to ${length}`);
});

test('800 files that say absurd things end in ModelError or load', () => {
  const generator = new Random(13);
  let accepted = 0;
  for (let i = 0; i < 800; i++) {
    const { bytes, context } = absurdFile(generator, everything);
    if (survives(bytes, `file ${i}: ${context}`)) accepted++;
  }
  assert.ok(accepted > 20 && accepted < 780, `${accepted} of 800 were accepted`);
});

test('800 files with bytes changed end in ModelError or load', () => {
  const bytes = onnxFile(everything);
  const generator = new Random(11);
  let accepted = 0;
  for (let i = 0; i < 800; i++) {
    const changed = changedFile(bytes, generator);
    if (survives(changed.bytes, changed.context)) accepted++;
  }
  assert.ok(accepted > 5 && accepted < 780, `${accepted} of 800 were accepted`);
});

const list = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));

/** A network of codes beside which `count` times something stands. */
const growing: readonly [title: string, family: (count: number) => FileNode[]][] = [
  [
    'operators of codes in a row',
    (count) =>
      list(count, (i) => ({
        type: 'QLinearAdd',
        domain: contrib,
        inputs: [i ? `s${i - 1}` : 'q', ...scaled('a'), 'q', ...scaled('a'), ...scaled('a')],
        outputs: [`s${i}`],
      })),
  ],
  [
    'moves of codes',
    (count) =>
      list(count, (i) => ({ type: 'Transpose', inputs: [i ? `s${i - 1}` : 'q'], outputs: [`s${i}`], attributes: { perm: [0, 1, 3, 2] } })),
  ],
  [
    'readers of the same codes',
    (count) => [
      ...list(count, (i) => ({ type: 'DequantizeLinear', inputs: ['q', ...scaled('a')], outputs: [`d${i}`] })),
      { type: 'Concat', inputs: list(count, (i) => `d${i}`), outputs: ['s'], attributes: { axis: 1 } },
    ],
  ],
  [
    'clamps before QuantizeLinear',
    (count) => [
      { type: 'DequantizeLinear', inputs: ['q', ...scaled('a')], outputs: ['c-1'] },
      ...list(count, (i) => ({ type: 'Clip', inputs: [`c${i - 1}`, 'low', 'high'], outputs: [`c${i}`] })),
      { type: 'QuantizeLinear', inputs: [`c${count - 1}`, ...scaled('a')], outputs: ['s'] },
    ],
  ],
  [
    'layers with the same weights',
    (count) =>
      list(count, (i) => ({ type: 'QLinearConv', inputs: ['q', ...scaled('a'), ...codes('w'), ...scaled('b')], outputs: [`s${i}`] })),
  ],
];

for (const [title, family] of growing) {
  test(`four times as many ${title} are at most five times the work`, () => {
    const model = (count: number): Uint8Array => {
      const nodes = [everything.nodes[0], ...family(count)];
      return onnxFile({
        ...everything,
        nodes,
        outputs: nodes.slice(-1)[0].outputs.concat(
          title.startsWith('layers')
            ? nodes
                .slice(1)
                .flatMap(({ outputs }) => outputs)
                .slice(0, -1)
            : [],
        ),
      });
    };
    const [few, many] = [model(60), model(240)];
    importOnnx(few);
    const [less, more] = [few, many].map((bytes) => countSteps(() => importOnnx(bytes)));
    assert.ok(more <= 5 * less, `${less} and ${more} steps`);
  });
}

test('many readers of large dequantized weights -> too-large', () => {
  const nodes = [
    everything.nodes[0],
    ...list(400, (i) => ({ type: 'QLinearConv', inputs: ['q', ...scaled('a'), 'w', 'vs', 'gz', ...scaled('b')], outputs: [`s${i}`] })),
  ];
  const constants = { ...everything.constants, w: { shape: [512, 4, 8, 8], data: randomCodes('int8', 512 * 256, 1) } };
  assert.throws(
    () => importOnnx(onnxFile({ ...everything, constants, nodes, outputs: nodes.slice(1).flatMap(({ outputs }) => outputs) })),
    (error: unknown) => error instanceof ModelError && error.code === 'too-large',
  );
});

test.run();
