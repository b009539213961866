// Tests what validation refuses of int16 graphs, every case by one change to an example that validates, and what it accepts.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { Graph, Node, OperatorType, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { hasWideSums, type WeightedNode } from '../../src/graph/weighted';
import { evaluate, runReference } from '../../src/reference/run';
import { quantized } from '../support/build';
import { exampleGraph } from '../support/operator-examples';
import { accepts, refuses } from '../support/refuse';

const of = (type: OperatorType) => () => exampleGraph(type, 'int16');
const node = (graph: Graph): Node => graph.nodes[0];
const attributes = (graph: Graph) => node(graph).attributes as Record<string, unknown>;
const rescale = (value: Value | undefined, scale: number, zeroPoint = 0) =>
  Object.assign(value!, { quantization: quantized(scale, zeroPoint) });

const symmetric: readonly OperatorType[] = [
  ...(['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'BATCH_MATMUL', 'ADD', 'SUB', 'MUL', 'MEAN', 'SUM'] as const),
  ...([
    'CONCATENATION',
    'SOFTMAX',
    'LOGISTIC',
    'TANH',
    'RELU',
    'RELU6',
    'LEAKY_RELU',
    'PRELU',
    'GELU',
    'EXP',
    'LOG',
    'ABS',
    'RSQRT',
  ] as const),
];
for (const type of symmetric) {
  const scaleOf = (value: Value) => value.quantization!.scale[0];
  refuses(`${type} of int16 with an input zero point`, 'bad-quantization', of(type), (g) =>
    rescale(node(g).inputs[0], scaleOf(node(g).inputs[0]!), 1),
  );
  refuses(`${type} of int16 with an output zero point`, 'bad-quantization', of(type), (g) =>
    rescale(node(g).outputs[0], scaleOf(node(g).outputs[0]), -1),
  );
}
accepts('MAX_POOL_2D of int16 with a zero point', () => {
  const graph = exampleGraph('MAX_POOL_2D', 'int16');
  for (const value of [node(graph).inputs[0], node(graph).outputs[0]]) rescale(value, 0.5, 7);
  return graph;
});
refuses('SOFTMAX of int16 with another output scale', 'bad-quantization', of('SOFTMAX'), (g) => rescale(node(g).outputs[0], 2 ** -14));
const toInt16 = (scale: number, zeroPoint: number) => () => {
  const graph = exampleGraph('SOFTMAX', 'int8');
  Object.assign(node(graph).outputs[0], { dtype: 'int16', quantization: quantized(scale, zeroPoint) });
  return graph;
};
accepts('SOFTMAX of int8 to int16', toInt16(2 ** -16, -(2 ** 15)));
refuses('SOFTMAX of int8 to int16 with another scale', 'bad-quantization', toInt16(2 ** -15, -(2 ** 15)), () => {});
refuses('SOFTMAX of int8 to int16 with zero point 0', 'bad-quantization', toInt16(2 ** -16, 0), () => {});
refuses('LOGISTIC of int16 with another output scale', 'bad-quantization', of('LOGISTIC'), (g) => rescale(node(g).outputs[0], 1 / 256));
refuses('TANH of int16 with another output scale', 'bad-quantization', of('TANH'), (g) => rescale(node(g).outputs[0], 1 / 128));
refuses('LOGISTIC of int16 with an input scale whose products leave int32', 'unsupported-feature', of('LOGISTIC'), (g) =>
  rescale(node(g).inputs[0], 7),
);
refuses('SUB with scales that are all powers of two and would shift both operands', 'unsupported-feature', of('SUB'), (g) =>
  rescale(node(g).outputs[0], 1),
);
refuses('CONV_2D of int16 with a shift of more than 7', 'bad-quantization', of('CONV_2D'), (g) => rescale(node(g).outputs[0], 2 ** -11));
accepts('CONV_2D of int16 with a shift of 7', () => {
  const graph = exampleGraph('CONV_2D', 'int16');
  rescale(node(graph).outputs[0], 2 ** -8);
  return graph;
});
refuses('CONV_2D of int16 with int16 weights', 'bad-dtype', of('CONV_2D'), (g) =>
  Object.assign(node(g).inputs[1]!, { dtype: 'int16', data: new Int16Array(36) }),
);
refuses('DEPTHWISE_CONV_2D of int16 with an int32 bias', 'bad-dtype', of('DEPTHWISE_CONV_2D'), (g) =>
  Object.assign(node(g).inputs[2]!, { dtype: 'int32', data: new Int32Array(4) }),
);
refuses('a bias of another dtype than the option says', 'bad-dtype', of('CONV_2D'), (g) =>
  Object.assign(attributes(g), { quantizedBiasType: 'int32' }),
);
refuses('a bias type that is no dtype of a bias', 'bad-option', of('CONV_2D'), (g) => {
  node(g).inputs.pop();
  attributes(g).quantizedBiasType = 'int8';
});
refuses('potScaleInt16 that is no truth', 'bad-option', of('ADD'), (g) => Object.assign(attributes(g), { potScaleInt16: 1 }));
refuses(
  'QUANTIZE of int32 without a scale',
  'bad-quantization',
  () => exampleGraph('QUANTIZE', 'int32'),
  (g) => {
    node(g).inputs[0]!.quantization = undefined;
  },
);

test('sums are int64, or int32 where the option says so or the bias is int32', () => {
  const isWide = (type: 'CONV_2D' | 'TRANSPOSE_CONV' | 'FULLY_CONNECTED', change: (made: Node) => void) => {
    const made = node(exampleGraph(type, 'int16'));
    change(made);
    return hasWideSums(made as WeightedNode);
  };
  for (const [type, bias] of [
    ['CONV_2D', 2],
    ['TRANSPOSE_CONV', 3],
    ['FULLY_CONNECTED', 2],
  ] as const) {
    const option = (made: Node, quantizedBiasType: string) => Object.assign(made.attributes, { quantizedBiasType });
    assert.is(
      isWide(type, () => {}),
      true,
    );
    assert.is(
      isWide(type, (made) => made.inputs.splice(bias, 1)),
      true,
    );
    assert.is(
      isWide(type, (made) => Object.assign(made.inputs[bias]!, { dtype: 'int32' })),
      false,
    );
    assert.is(
      isWide(type, (made) => {
        made.inputs.splice(bias, 1);
        option(made, 'int32');
      }),
      false,
    );
    assert.is(
      isWide(type, (made) => option(made, 'int64')),
      true,
    );
  }
  assert.is(hasWideSums(node(exampleGraph('CONV_2D', 'int8')) as WeightedNode), false);
});

test('a bias of 2^47 ends in bad-data: its product would leave int64', () => {
  const graph = exampleGraph('CONV_2D', 'int16');
  validate(graph, { evaluate });
  const run = () => runReference(graph, [new Int16Array(32)]);
  run();
  (node(graph).inputs[2]!.data as BigInt64Array)[0] = 2n ** 47n;
  assert.throws(run, (error: unknown) => error instanceof ModelError && error.code === 'bad-data');
});

test.run();
