// Tests tools/model/results.ts: classes, objects or statistics, by the network's task.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { interpret } from '../../../tools/model/results';
import { source, tensor } from '../../support/results';

test('a classifier gives its best classes by real score, equal ones in the order of classes', () => {
  const output = tensor(Uint8Array.of(3, 200, 9, 200), 'uint8', [1, 1, 4], { scale: 0.5, zeroPoint: 100 });
  const { outputs, detections } = interpret(source([output]), [['a', 'b', 'c', 'd']], 3);
  assert.is(detections, undefined);
  assert.equal(outputs[0].classes, [
    { class: 1, label: 'b', score: 50 },
    { class: 3, label: 'd', score: 50 },
    { class: 2, label: 'c', score: -45.5 },
  ]);
});

test('echoes of the input, images, indices and several outputs are summarized', () => {
  const line = tensor(Float32Array.of(1, Number.NaN, 4), 'float32', [1, 3]);
  assert.equal(interpret({ ...source([line]), inputs: [{ shape: [1, 3] }] }, [], 5).outputs[0].summary, { min: 1, max: 4, mean: 2.5 });
  const indices = tensor(BigInt64Array.of(5n, 7n), 'int64', [1, 2]);
  assert.equal(interpret(source([indices]), [], 5).outputs[0].summary, { min: 5, max: 7, mean: 6 });
  assert.ok(interpret(source([line, line]), [], 5).outputs.every(({ summary }) => summary));
  assert.ok(interpret(source([tensor(new Uint8Array(4), 'uint8', [2, 2])]), [], 5).outputs[0].summary);
});

test('a detector gives objects with boxes, as many as it counted', () => {
  const outputs = [
    tensor(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0, 0, 0, 0), 'float32', [1, 2, 4]),
    tensor(Float32Array.of(1, 0), 'float32', [1, 2]),
    tensor(Float32Array.of(0.75, 0.5), 'float32', [1, 2]),
    tensor(Float32Array.of(1), 'float32', [1]),
  ];
  const { detections } = interpret(source(outputs, [{ type: 'TFLite_Detection_PostProcess' }]), [undefined, ['person', 'cat']], 5);
  assert.is(detections?.length, 1);
  assert.is(detections?.[0].label, 'cat');
  assert.is(detections?.[0].score, 0.75);
  assert.equal(
    Object.values(detections?.[0].box ?? {}).map((side) => Math.round(side * 10)),
    [1, 2, 3, 4],
  );
});

test('a detector whose graph lists scores, boxes, count, classes, as TensorFlow 2 does, gives the same objects', () => {
  const boxes = tensor(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.75, 0.75), 'float32', [1, 2, 4]);
  const classes = tensor(Float32Array.of(0, 0), 'float32', [1, 2]);
  const scores = tensor(Float32Array.of(0.75, 0.5), 'float32', [1, 2]);
  const count = tensor(Float32Array.of(2), 'float32', [1]);
  const inOrder = source([boxes, classes, scores, count], [{ type: 'TFLite_Detection_PostProcess' }]);
  const [operator] = inOrder.graph.nodes;
  const order = [2, 0, 3, 1];
  const outputs = order.map((i) => inOrder.outputs[i]);
  const shuffled = { ...inOrder, outputs, graph: { nodes: [operator], outputs: order.map((i) => operator.outputs[i]) } };
  const { detections } = interpret(shuffled, [], 5);
  assert.equal(detections, interpret(inOrder, [], 5).detections);
  assert.equal(
    detections?.map(({ class: index, score }) => [index, score]),
    [
      [0, 0.75],
      [0, 0.5],
    ],
  );
});

test.run();
