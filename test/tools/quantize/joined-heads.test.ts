// Tests joined output heads: cutting a network before the join, joins that stay float, nested joins, and what has no heads.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/graph/graph';
import { readModel } from '../../../src/tflite';
import { unevenJoins } from '../../../tools/quantize/joined-heads';
import { quantizeModel } from '../../../tools/quantize/model';
import type { QuantizeOptions } from '../../../tools/quantize/settings';
import { splitHeads } from '../../../tools/quantize/split-heads';
import { GraphBuilder } from '../../support/build';
import { refusesSync } from '../../support/errors';
import { asSamples, floatNetwork } from '../../support/float-network';

/** Boxes of up to 640 pixels and two heads of scores in [0, 1], joined: [1, 4] and twice [1, 2] to [1, 8]; scores are joined first. */
function detector(): Graph {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 4]);
  const [boxes] = b.node('MUL', { activation: 'NONE' }, [input, b.constant('float32', [1], [640])], { dtype: 'float32', name: 'boxes' });
  const scores = [0, 1].map((i) => {
    const weights = b.constant('float32', [2, 4], [1, -1, 1, -1, 0.5, 0.5, -0.5, i]);
    const [logits] = b.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [input, weights, undefined], {
      dtype: 'float32',
      name: `logits ${i}`,
    });
    return b.node('LOGISTIC', {}, [logits], { dtype: 'float32', name: `scores ${i}` })[0];
  });
  const join = { axis: 1, activation: 'NONE' as const };
  const [joined] = b.node('CONCATENATION', join, scores, { dtype: 'float32', name: 'scores' });
  const [found] = b.node('CONCATENATION', join, [boxes, joined], { dtype: 'float32', name: 'found' });
  const graph = b.outputs(found);
  graph.signatures = [{ key: 'serving_default', inputs: [{ name: 'x', value: input }], outputs: [{ name: 'found', value: found }] }];
  return graph;
}

test('operands of joined outputs become outputs, also through joins of joins', () => {
  const graph = splitHeads(detector());
  assert.equal(
    graph.outputs.map(({ name }) => name),
    ['boxes', 'scores 0', 'scores 1'],
  );
  assert.equal(
    graph.signatures[0].outputs.map(({ name, value }) => [name, value.name]),
    [
      ['found_0', 'boxes'],
      ['found_1', 'scores 0'],
      ['found_2', 'scores 1'],
    ],
  );
  assert.not.ok(graph.nodes.some(({ type }) => type === 'CONCATENATION'));
});

const samples = Array.from({ length: 8 }, (_, i) => [Float32Array.from({ length: 4 }, (_, k) => ((i * 7 + k * 5) % 11) / 10)]);
const quantized = async (options: QuantizeOptions = {}) => quantizeModel(detector(), asSamples(samples), options);
const given = { scheme: { outputs: 'int8' } } as const;

test('split, scores get steps of 1/256 beside boxes of 640, where one scale has steps of 2.5', async () => {
  const joined = readModel((await quantized(given)).bytes);
  const split = readModel((await quantized({ splitHeads: true })).bytes);
  assert.ok(joined.outputs[0].quantization!.scale[0] > 2);
  assert.is(split.outputs.length, 3);
  assert.equal(
    split.outputs.slice(1).map(({ quantization }) => quantization!.scale[0]),
    [1 / 256, 1 / 256],
  );
});

test('by default the join of boxes and scores is float, that of both scores is not; name and shape stay', async () => {
  const { bytes, skipped } = await quantized();
  assert.equal(skipped, ['found']);
  const { nodes, outputs } = readModel(bytes);
  assert.equal([outputs[0].name, outputs[0].dtype, outputs[0].shape], ['found', 'float32', [1, 8]]);
  const joins = nodes.filter(({ type }) => type === 'CONCATENATION').map(({ outputs: [output] }) => output.dtype);
  assert.equal(joins, ['int8', 'float32']);
});

test('a given type of the outputs is kept', async () => {
  const { bytes, skipped } = await quantized(given);
  assert.equal(skipped, []);
  assert.is(readModel(bytes).outputs[0].dtype, 'int8');
});

test('nodes that only move elements behind an uneven join stay float, too; even joins do not', () => {
  const graph = detector();
  const [found] = graph.outputs;
  const b = new GraphBuilder();
  const shape = b.ints(2, 4);
  const moved = { ...found, id: 99, name: 'moved', shape: [2, 4] };
  graph.values.push(moved, { ...shape, id: 98 });
  graph.nodes.push({
    type: 'RESHAPE',
    id: 9,
    version: 1,
    attributes: { newShape: [2, 4] },
    inputs: [found, graph.values.at(-1)],
    outputs: [moved],
  });
  graph.outputs = [moved];
  const range = (min: number, max: number) => ({ min, max });
  const ranges = { boxes: range(0, 640), scores: range(0, 1), 'scores 0': range(0, 1), 'scores 1': range(0, 0.5) };
  assert.equal([...unevenJoins(graph, ranges)].sort(), ['found', 'moved']);
  assert.equal([...unevenJoins(graph, { ...ranges, boxes: range(-7, 7) })], []);
});

test('every node is visited once, however many paths lead through it', () => {
  const b = new GraphBuilder();
  let value = b.input('float32', [1, 4]);
  for (let i = 0; i < 60; i++) [value] = b.node('MAXIMUM', {}, [value, value], { dtype: 'float32', shape: [1, 4], name: `maximum ${i}` });
  assert.is(unevenJoins(b.outputs(value), {}).size, 0);
});

test('a network without joined outputs is refused', () => {
  refusesSync(() => splitHeads(floatNetwork()), 'bad-argument', /no heads/);
});

test.run();
