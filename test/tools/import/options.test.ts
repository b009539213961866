// Tests the options of an import: shapes of free dimensions, and inputs that are constant.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../../src/errors';
import { writeModel } from '../../../src/tflite';
import { readFloatModel } from '../../../tools/import';
import { importOnnx } from '../../../tools/import/onnx/import';
import type { ImportOptions } from '../../../tools/import/options';
import { loadFloat, sampleBatch } from '../../../tools/model/float-model';
import { GraphBuilder } from '../../support/build';
import { type FileModel, onnxFile } from './onnx/file';

const open: FileModel = {
  inputs: { image: ['N', 3, 'H', 'W'], state: [2, 'N', 4] },
  nodes: [
    { type: 'Relu', inputs: ['image'], outputs: ['y'] },
    { type: 'Relu', inputs: ['state'], outputs: ['z'] },
  ],
  outputs: ['y', 'z'],
};
const fixed = { shapes: { image: [1, 3, 20, 12], state: [2, 1, 4] } };

function refuses(title: string, options: ImportOptions, code: ErrorCode, message: RegExp, file: FileModel = open): void {
  test(`${title} -> ${code}`, () => {
    assert.throws(
      () => readFloatModel(onnxFile(file), 'm.onnx', options),
      (error: unknown) => {
        assert.instance(error, ModelError);
        assert.is((error as ModelError).code, code);
        assert.match((error as ModelError).message, message);
        return true;
      },
    );
  });
}

test('shapes fix free dimensions in the order of the file; a batch of 1 stays open', () => {
  const graph = importOnnx(onnxFile(open), fixed);
  assert.equal(
    graph.inputs.map(({ shape, shapeSignature }) => [shape, shapeSignature]),
    [
      [
        [1, 20, 12, 3],
        [-1, 20, 12, 3],
      ],
      [[2, 1, 4], undefined],
    ],
  );
  assert.equal(graph.outputs[0].shape, [1, 20, 12, 3]);
});

test('a batch that is asked for is the one of the network', () => {
  const [image] = importOnnx(onnxFile(open), { shapes: { ...fixed.shapes, image: [4, 3, 8, 8] } }).inputs;
  assert.equal([image.shape, image.shapeSignature], [[4, 8, 8, 3], undefined]);
});

test('a network whose free dimension is the batch alone needs no shapes', () => {
  const [x] = importOnnx(onnxFile({ ...open, inputs: { image: ['N', 3, 4, 4], state: [2, 1, 4] } })).inputs;
  assert.equal(
    [x.shape, x.shapeSignature],
    [
      [1, 4, 4, 3],
      [-1, 4, 4, 3],
    ],
  );
});

refuses('free dimensions', {}, 'dynamic-shape', /input 'image'.*\[N,3,H,W\].*free \(N, H, W\).*--shape image=1x3x224x224.*option shapes/);
refuses('free dimensions of the other input', { shapes: { image: [1, 3, 8, 8] } }, 'dynamic-shape', /input 'state'.*--shape state=2xNx4/);
refuses('shapes of no input', { shapes: { img: [1] } }, 'bad-argument', /'img'.*no input.*'image', 'state'/);
refuses('another fixed size', { shapes: { ...fixed.shapes, image: [1, 4, 8, 8] } }, 'bad-argument', /\[1,4,8,8\] does not fit \[N,3,H,W\]/);
refuses('another rank', { shapes: { ...fixed.shapes, image: [1, 3, 8] } }, 'bad-argument', /\[1,3,8\] does not fit/);
refuses('a size of 0', { shapes: { image: [1, 3, 0, 8] } }, 'bad-argument', /whole numbers from 1/);
refuses('a size beyond every tensor', { shapes: { image: [1, 3, 2 ** 20, 2 ** 20] } }, 'bad-argument', /2\^31/);
refuses('unknown options', { shape: {} } as ImportOptions, 'bad-argument', /shape/);

/** y = x where the rate is 16000, else -x. */
const rated: FileModel = {
  inputs: { x: [1, 4], sr: [] },
  constants: { rate: { shape: [], data: Float32Array.of(16000) } },
  nodes: [
    { type: 'Equal', inputs: ['sr', 'rate'], outputs: ['c'] },
    { type: 'Cast', inputs: ['c'], outputs: ['b'], attributes: { to: 9 } },
    {
      type: 'If',
      inputs: ['b'],
      outputs: ['y'],
      attributes: {
        then_branch: { graph: { nodes: [{ type: 'Relu', inputs: ['x'], outputs: ['p'] }], outputs: ['p'] } },
        else_branch: { graph: { nodes: [{ type: 'Neg', inputs: ['x'], outputs: ['p'] }], outputs: ['p'] } },
      },
    },
  ],
  outputs: ['y'],
};

for (const [rate, type] of [
  [16000, 'RELU'],
  [8000, 'NEG'],
] as const) {
  test(`an input of the constant ${rate} chooses ${type} and is no input`, () => {
    const graph = importOnnx(onnxFile(rated), { constants: { sr: rate } });
    assert.equal([graph.inputs.map(({ name }) => name), graph.nodes.map((node) => node.type)], [['x'], [type]]);
  });
}
refuses('a condition that depends on an input', {}, 'unsupported-feature', /If 'y'.*condition 'b'.*input/, rated);
refuses('a constant of no input', { constants: { rate: 1 } }, 'bad-argument', /'rate'.*no input/, rated);
refuses('a constant of too many elements', { constants: { sr: [1, 2] } }, 'bad-argument', /2 elements for shape \[\]/, rated);
refuses('a constant that is no number', { constants: { sr: Number.NaN } }, 'bad-argument', /numbers/, rated);

test('a list of constants, and one number for all elements', () => {
  const model: FileModel = { inputs: { x: [1, 3], c: [3] }, nodes: [{ type: 'Mul', inputs: ['x', 'c'], outputs: ['y'] }], outputs: ['y'] };
  for (const [given, expected] of [
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
    [2, [2, 2, 2]],
  ] as const) {
    const graph = importOnnx(onnxFile(model), { constants: { c: given } });
    assert.equal(loadFloat(graph).run([Float32Array.of(1, 1, 1)]), [Float32Array.from(expected)]);
  }
});

function tflite(): Uint8Array {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 1, 1, 3]);
  input.shapeSignature = [-1, -1, -1, 3];
  const [out] = g.node('RELU', {}, [input], { dtype: 'float32', shape: [1, 1, 1, 3] });
  return writeModel(g.outputs(out));
}

test('shapes fix free dimensions of a .tflite, too', () => {
  const bytes = tflite();
  const { name } = readFloatModel(bytes, 'm').inputs[0];
  const read = (shape: number[]) => readFloatModel(bytes, 'm', { shapes: { [name]: shape } }).inputs[0].shape;
  assert.equal(read([1, 8, 6, 3]), [1, 8, 6, 3]);
  for (const shape of [
    [1, 8, 6, 4],
    [1, 8, 6],
  ]) {
    assert.throws(() => read(shape), /does not fit \[-1,-1,-1,3\]/);
  }
  assert.throws(() => readFloatModel(bytes, 'm', { shapes: { y: [1] } }), /'y'.*no input/);
  assert.throws(() => readFloatModel(bytes, 'm', { constants: { [name]: 1 } }), /are for ONNX/);
});

test('samples run one by one unless inputs have different leading dimensions', () => {
  assert.is(sampleBatch(importOnnx(onnxFile(open), fixed)), undefined);
  assert.is(sampleBatch(importOnnx(onnxFile(rated), { constants: { sr: 1 } })), 1);
  assert.is(sampleBatch(readFloatModel(tflite(), 'm')), 1);
});

test.run();
