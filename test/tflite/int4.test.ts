// Tests constants of 4 bits: packing by TFLite's order, reading and writing, refusals, and the network of int8 that they equal.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { load } from '../../src/index';
import { packInt4, unpackInt4 } from '../../src/tflite/int4';
import { readModel } from '../../src/tflite/read';
import { writeModel } from '../../src/tflite/write';
import { refusesSync } from '../support/errors';
import { convolutionModel } from '../support/sample-models';

test('two elements in a byte, the first in the low bits', () => {
  // As UnpackDenseInt4IntoInt8 of tflite/kernels/internal/portable_tensor_utils.cc: low bits first, both signed.
  assert.equal([...unpackInt4(Uint8Array.of(0x21, 0xf8, 0x07), 5)], [1, 2, -8, -1, 7]);
  assert.equal([...packInt4([1, 2, -8, -1, 7])], [0x21, 0xf8, 0x07]);
  for (const count of [0, 1, 2, 15, 16]) {
    const elements = Int8Array.from({ length: count }, (_, i) => (i % 16) - 8);
    assert.equal(unpackInt4(packInt4(elements), count), elements);
  }
});

/** A convolution whose weights lie in -8..7, stored in 4 bits or in 8. */
function network(isInt4: boolean): Graph {
  const graph = convolutionModel('int8');
  for (const { type, inputs } of graph.nodes) {
    const weights = type === 'CONV_2D' || type === 'DEPTHWISE_CONV_2D' ? inputs[1] : undefined;
    if (!weights) continue;
    weights.data = Int8Array.from(weights.data as Int8Array, (code) => code >> 4);
    if (isInt4) weights.storedBits = 4;
  }
  return graph;
}

test('weights of int4 survive writing and reading, take half the bytes and raise the versions', () => {
  const bytes = writeModel(network(true));
  const read = readModel(bytes);
  const layers = read.nodes.filter(({ inputs }) => inputs[1]?.storedBits === 4);
  assert.ok(layers.length > 0);
  for (const { version } of layers) assert.is(version, 7);
  assert.match(printGraph(read), /int4\[/);
  assert.equal(writeModel(read), bytes);
  assert.ok(bytes.length < writeModel(network(false)).length);
});

/** The outputs of a model for codes that repeat after 251 elements. */
async function outputsOf(bytes: Uint8Array): Promise<unknown[]> {
  const model = await load(bytes);
  for (const { data } of model.inputs) data.set(Int8Array.from({ length: data.length }, (_, i) => (i * 37) % 251) as never);
  model.run();
  const outputs = model.outputs.map(({ data }) => data.slice());
  model.dispose();
  return outputs;
}

test('a network with weights of int4 gives what the same codes of int8 give', async () => {
  assert.equal(await outputsOf(writeModel(network(true))), await outputsOf(writeModel(network(false))));
});

test('what 4 bits cannot hold is refused', () => {
  const graph = network(true);
  (graph.nodes[0].inputs[1]!.data as Int8Array)[0] = 8;
  refusesSync(() => writeModel(graph), 'bad-graph', /-8\.\.7/);
});

test('a buffer of another length is refused', () => {
  const graph = network(true);
  const weights = graph.nodes[0].inputs[1]!;
  weights.shape = [...weights.shape.slice(0, -1), weights.shape[weights.shape.length - 1] + 2];
  refusesSync(() => readModel(writeModel(graph)), 'bad-shape', /buffer/);
});

test.run();
