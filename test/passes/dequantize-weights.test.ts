// Tests hybrid and float16 networks: quantized weights of float layers become float constants.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph, Value } from '../../src/graph/graph';
import { loadFloat } from '../../tools/model/float-model';
import { convolution, GraphBuilder, perChannel, quantized } from '../support/build';

const reals = [1.5, -2, 0.5, 3];
const input = Float32Array.of(1, 2, 3, 4, -5, 6, 7, -8);

/** A pointwise convolution and a fully connected layer of two outputs on the same weights. */
function layers(weights: (b: GraphBuilder, shape: readonly number[]) => Value): Graph {
  const b = new GraphBuilder();
  const x = b.input('float32', [1, 2, 2, 2]);
  const [y] = b.node('CONV_2D', convolution, [x, weights(b, [2, 1, 1, 2])], { dtype: 'float32' });
  const [z] = b.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [y, weights(b, [2, 2])], { dtype: 'float32' });
  return b.outputs(z);
}

const expected = loadFloat(layers((b, shape) => b.constant('float32', shape, reals))).run([input]);

test('int8 weights per tensor', () => {
  const model = loadFloat(layers((b, shape) => b.constant('int8', shape, [3, -4, 1, 6], quantized(0.5))));
  assert.equal(model.run([input]), expected);
});

test('int8 weights per channel', () => {
  const model = loadFloat(layers((b, shape) => b.constant('int8', shape, [6, -8, 1, 6], perChannel([0.25, 0.5], 0))));
  assert.equal(model.run([input]), expected);
  assert.equal(
    model.graph.nodes.map(({ inputs }) => inputs[1]!.dtype),
    ['float32', 'float32'],
  );
});

test('uint8 weights with a zero point, shared by two layers', () => {
  const b = new GraphBuilder();
  const weights = b.constant('uint8', [2, 2], [13, 6, 11, 16], quantized(0.5, 10));
  const attributes = { activation: 'NONE', keepNumDims: false } as const;
  const [y] = b.node('FULLY_CONNECTED', attributes, [b.input('float32', [1, 2]), weights], { dtype: 'float32' });
  const [z] = b.node('FULLY_CONNECTED', attributes, [y, weights], { dtype: 'float32' });
  const model = loadFloat(b.outputs(z));
  // [1.5 -2; 0.5 3] squared times [1 2]: first [-2.5 6.5], then [-16.75 18.25].
  assert.equal(model.run([Float32Array.of(1, 2)]), [Float32Array.of(-16.75, 18.25)]);
  assert.is(model.graph.nodes[0].inputs[1], model.graph.nodes[1].inputs[1]);
});

test('float16 weights behind DEQUANTIZE are folded', () => {
  const model = loadFloat(
    layers((b, shape) => {
      // 1.5, -2, 0.5 and 3 as float16 bits.
      const half = b.constant('float16', shape, [0x3e00, 0xc000, 0x3800, 0x4200]);
      return b.node('DEQUANTIZE', {}, [half], { dtype: 'float32', shape })[0];
    }),
  );
  assert.equal(model.run([input]), expected);
  assert.is(model.graph.nodes.length, 2);
});

test('weights whose scales do not fit their shape are refused', () => {
  const graph = layers((b, shape) => b.constant('int8', shape, [1], perChannel([1, 2, 3], 0)));
  assert.throws(
    () => loadFloat(graph),
    ({ code }: { code: string }) => code === 'bad-dtype',
  );
});

test.run();
