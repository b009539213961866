// Tests that what cannot be imported of a quantized ONNX file is named, all at once, with its node and what to do.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../../src/errors';
import { importOnnx } from '../../../../../tools/import/onnx/import';
import { type FileModel, type FileNode, onnxFile } from '../file';
import { one } from './file';
import { dequantize, layer, params, perChannel, quantize } from './layer';

const importModel = (model: FileModel) => importOnnx(onnxFile(model));

/** Registers a test that importing throws this message. */
function refuses(title: string, change: Partial<FileModel>, message: RegExp, code = 'unsupported-feature'): void {
  test(`${title} is refused`, () => {
    try {
      importModel({ ...layer, ...change });
    } catch (error) {
      assert.instance(error, ModelError);
      assert.match((error as ModelError).message, message);
      assert.is((error as ModelError).code, code);
      return;
    }
    assert.unreachable('it was imported');
  });
}

const product: FileNode[] = [
  { type: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['dq', 'ds', 'dz'] },
  { type: 'ConvInteger', inputs: ['dq', 'w', 'dz'], outputs: ['i'] },
];
refuses(
  'dynamic quantization that is not scaled back',
  { nodes: product, outputs: ['i'] },
  /DynamicQuantizeLinear 'dq' is dynamic quantization.*ConvInteger 'i'.*quantize_static/,
);
refuses(
  'everything at once, each with its node',
  {
    nodes: [
      ...product,
      { type: 'Relu', inputs: ['q'], outputs: ['relu'] },
      ...layer.nodes.slice(0, 1),
      { type: 'Sigmoid', inputs: ['q'], outputs: ['y'] },
    ],
    outputs: ['y'],
  },
  /'dq'.*'i'.*Sigmoid 'y' computes with q, which holds codes; put DequantizeLinear/,
);
refuses(
  'quantization and unknown operators',
  { nodes: [...product, { type: 'Einsum', inputs: ['x'], outputs: ['y'] }] },
  /Einsum 'y'; how the ONNX file is quantized.*'dq'/,
  'unsupported-operator',
);
refuses(
  '16-bit codes',
  { constants: { ...layer.constants, az: { shape: [], data: Int16Array.of(0) } } },
  /QuantizeLinear 'q' has int16 codes; quantize to int8/,
);
refuses(
  'scales per channel of activations',
  { constants: { ...layer.constants, ...perChannel('a', 4) } },
  /QuantizeLinear 'q' has a scale per channel of activations/,
);
refuses('scales per block', { nodes: [{ ...layer.nodes[0], attributes: { block_size: 2 } }, ...layer.nodes.slice(1)] }, /scale per block/);
refuses(
  'a scale that is computed',
  { inputs: { x: [1, 4, 6, 5], given: [1] }, nodes: [{ ...layer.nodes[0], inputs: ['x', 'given', 'az'] }, ...layer.nodes.slice(1)] },
  /scale or zero point that the network computes/,
);
refuses(
  'channels last',
  {
    nodes: [
      layer.nodes[0],
      {
        type: 'QLinearGlobalAveragePool',
        domain: 'com.microsoft',
        inputs: ['q', 'as', 'az', 'as', 'az'],
        outputs: ['y'],
        attributes: { channels_last: 1 },
      },
    ],
  },
  /channels last/,
);
refuses(
  'joined codes of different scales',
  {
    constants: { ...layer.constants, ...params('b', 0.3, 0) },
    nodes: [
      quantize('x', 'q'),
      quantize('x', 'p', 'b'),
      { type: 'Concat', inputs: ['q', 'p'], outputs: ['c'], attributes: { axis: 1 } },
      dequantize('c', 'y'),
    ],
  },
  /joins codes with different scales/,
);
refuses('a scale of 0', { constants: { ...layer.constants, as: one(0) } }, /scale must be above 0/, 'bad-quantization');
refuses('dequantized floats', { nodes: [dequantize('x', 'y')] }, /holds floats, not codes/, 'bad-dtype');

test.run();
