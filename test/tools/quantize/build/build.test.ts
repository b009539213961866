// Tests the 8-bit form of graphs: shared, fixed and free parameters, converters between forms, biases, and layers that stay float.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph, Value } from '../../../../src/graph/graph';
import { loadSync } from '../../../../src/index';
import { writeModel } from '../../../../src/tflite';
import type { Ranges } from '../../../../tools/calibrate/ranges';
import { quantizeGraph } from '../../../../tools/quantize/model';
import { convolution, GraphBuilder, window } from '../../../support/build';
import { floatNetwork } from '../../../support/float-network';

function rangesOf(tensors: Ranges['tensors']): Ranges {
  return { format: 'zeropoint ranges', version: 1, model: '', data: '', settings: { observer: 'min-max' }, samples: 1, tensors };
}

const networkRanges = rangesOf({
  t0: { min: -1, max: 1 },
  stem: { min: 0, max: 2 },
  depthwise: { min: 0, max: 3 },
  project: { min: -2, max: 2 },
  sum: { min: -1, max: 3 },
  pooled: { min: -0.5, max: 1 },
  logits: { min: -4, max: 4 },
});

function named(graph: Graph, name: string): Value {
  return graph.values.find((value) => value.name === name)!;
}

function params(value: Value): [number, number] {
  return [value.quantization!.scale[0], value.quantization!.zeroPoint[0]];
}

test('int8: ranges give parameters, SOFTMAX its own, RESHAPE those of its input, and a global pool a scale of its own', () => {
  const graph = quantizeGraph(floatNetwork(), networkRanges);
  assert.equal(params(named(graph, 'stem')), [Math.fround(2 / 255), -128]);
  assert.equal(params(named(graph, 'scores')), [1 / 256, -128]);
  assert.equal(params(named(graph, 'flat')), params(named(graph, 'pooled')));
  assert.not.equal(params(named(graph, 'pooled')), params(named(graph, 'sum')));
  assert.equal(graph.nodes.map(({ type }) => type).includes('MEAN'), true);
});

for (const [name, perChannel] of [
  ['int8', 8],
  ['uint8', 1],
] as const) {
  test(`${name}: weights have ${perChannel} scales, biases int32 at input scale times weight scale`, () => {
    const graph = quantizeGraph(floatNetwork(), networkRanges, { scheme: { name } });
    const [, depthwise] = graph.nodes;
    const [input, weights, bias] = depthwise.inputs as Value[];
    assert.is(weights.quantization!.scale.length, perChannel);
    assert.is(weights.dtype, name);
    assert.is(bias.dtype, 'int32');
    const expected = weights.quantization!.scale.map((scale) => Math.fround(scale * input.quantization!.scale[0]));
    assert.equal(bias.quantization!.scale, expected);
    assert.ok((weights.data as Int8Array).every((code) => (name === 'int8' ? code >= -127 : code >= 1)));
  });
}

test('a bias that its weights leave no room for widens their scale until it fits', () => {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 2]);
  const dense = { activation: 'NONE' as const, keepNumDims: false };
  const [y] = b.node('FULLY_CONNECTED', dense, [input, b.constant('float32', [1, 2], [1e-9, -1e-9]), b.constant('float32', [1], [1000])], {
    dtype: 'float32',
    name: 'y',
  });
  const ranges = rangesOf({ t0: { min: -1, max: 1 }, y: { min: 0, max: 1000 } });
  for (const name of ['int8', 'uint8'] as const) {
    const graph = quantizeGraph(b.outputs(y), ranges, { scheme: { name } });
    const bias = graph.nodes[0].inputs[2]!;
    const real = (bias.data as Int32Array)[0] * bias.quantization!.scale[0];
    assert.ok(Math.abs(real - 1000) < 1, `${name}: bias is ${real}`);
    b.graph.outputs.length = 0;
  }
});

test('a layer without bias gets one of zeros', () => {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 2, 2, 1]);
  const [y] = b.node('CONV_2D', convolution, [input, b.constant('float32', [3, 1, 1, 1], [1, 2, 3])], { dtype: 'float32', name: 'y' });
  const graph = quantizeGraph(b.outputs(y), rangesOf({ t0: { min: 0, max: 1 }, y: { min: 0, max: 3 } }));
  assert.equal(graph.nodes[0].inputs[2]!.data, new Int32Array(3));
  loadSync(writeModel(graph));
});

test('CONCATENATION of a LOGISTIC and a wider value: the LOGISTIC keeps its scale and is requantized', () => {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 4]);
  const [sigmoid] = b.node('LOGISTIC', {}, [input], { dtype: 'float32', name: 'sigmoid' });
  const [joined] = b.node('CONCATENATION', { axis: 1, activation: 'NONE' }, [sigmoid, input], { dtype: 'float32', name: 'joined' });
  const graph = quantizeGraph(
    b.outputs(joined),
    rangesOf({ t0: { min: -3, max: 4 }, sigmoid: { min: 0, max: 1 }, joined: { min: -3, max: 4 } }),
  );
  assert.equal(
    graph.nodes.map(({ type }) => type),
    ['LOGISTIC', 'QUANTIZE', 'CONCATENATION'],
  );
  assert.equal(params(named(graph, 'sigmoid')), [1 / 256, -128]);
  assert.equal(params(named(graph, 'joined')), params(named(graph, 't0')));
  loadSync(writeModel(graph));
});

test('pools that are not global share their input range', () => {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 4, 4, 1]);
  const [y] = b.node('AVERAGE_POOL_2D', { ...window, filterH: 2, filterW: 2 }, [input], { dtype: 'float32', name: 'y' });
  const graph = quantizeGraph(b.outputs(y), rangesOf({ t0: { min: 0, max: 4 }, y: { min: 0, max: 1 } }));
  assert.equal(params(graph.outputs[0]), params(graph.inputs[0]));
});

test('operators without an 8-bit form stay float between DEQUANTIZE and QUANTIZE', () => {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 4]);
  const [sum] = b.node('ADD', { activation: 'RELU' }, [input, b.constant('float32', [4], [1])], { dtype: 'float32', name: 'sum' });
  const [root] = b.node('SQRT', {}, [sum], { dtype: 'float32', name: 'root' });
  const [twice] = b.node('MUL', { activation: 'NONE' }, [root, b.constant('float32', [1], [2])], { dtype: 'float32', name: 'twice' });
  const tensors = { t0: { min: 0, max: 3 }, sum: { min: 0, max: 4 }, root: { min: 0, max: 2 }, twice: { min: 0, max: 4 } };
  const graph = quantizeGraph(b.outputs(twice), rangesOf(tensors));
  assert.equal(
    graph.nodes.map(({ type }) => type),
    ['ADD', 'DEQUANTIZE', 'SQRT', 'QUANTIZE', 'MUL'],
  );
  loadSync(writeModel(graph));
});

test("skip 'depth*' keeps that layer's weights float; a glob that matches nothing is an error that names layers", () => {
  const graph = quantizeGraph(floatNetwork(), networkRanges, { skip: ['depth*'] });
  const layer = graph.nodes.find(({ type }) => type === 'DEPTHWISE_CONV_2D')!;
  assert.equal(
    layer.inputs.map((value) => value!.dtype),
    ['float32', 'float32', 'float32'],
  );
  loadSync(writeModel(graph));
  assert.throws(() => quantizeGraph(floatNetwork(), networkRanges, { skip: ['nothing'] }), /no layer is called 'nothing'.*'stem'/);
  const all = quantizeGraph(floatNetwork(), networkRanges, { skip: ['*'] });
  assert.ok(all.values.every(({ dtype }) => dtype === 'float32' || dtype === 'int32'));
});

test('a tensor without a range is an error that names it', () => {
  const { stem: _, ...tensors } = networkRanges.tensors as Record<string, { min: number; max: number }>;
  assert.throws(() => quantizeGraph(floatNetwork(), rangesOf(tensors)), /'stem'.*calibrate again/);
});

test.run();
