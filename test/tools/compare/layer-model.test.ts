// Tests tools/compare/layer-model.ts: a layer by itself gives the bytes that it gives inside its network, fused paddings included.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../../src/graph/validate';
import { loadSync } from '../../../src/index';
import { runPasses } from '../../../src/passes';
import { evaluate } from '../../../src/reference/run';
import { readModel, writeModel } from '../../../src/tflite';
import { layerModel } from '../../../tools/compare/layer-model';
import { convolution, GraphBuilder, perChannel, quantized } from '../../support/build';
import { Random } from '../../support/random';

const random = new Random(5);
const codes = (count: number) => Array.from({ length: count }, () => random.integer(-100, 100));

/** PAD -> CONV_2D 3x3 -> ADD of the convolution's output with itself, over [1, 5, 4, 3]. */
function network(): Uint8Array {
  const g = new GraphBuilder();
  const activation = (shape: number[], scale: number, zeroPoint: number) => ({
    dtype: 'int8' as const,
    shape,
    quantization: quantized(scale, zeroPoint),
  });
  const input = g.input('int8', [1, 5, 4, 3], quantized(0.1, -7));
  const paddings = g.constant('int32', [4, 2], [0, 0, 1, 2, 0, 1, 0, 0]);
  const [padded] = g.node('PAD', {}, [input, paddings], activation([1, 8, 5, 3], 0.1, -7));
  const weights = g.constant('int8', [4, 3, 3, 3], codes(108), perChannel([0.01, 0.02, 0.03, 0.04], 0));
  const bias = g.constant('int32', [4], codes(4), perChannel([0.001, 0.002, 0.003, 0.004], 0));
  const [y] = g.node('CONV_2D', convolution, [padded, weights, bias], activation([1, 6, 3, 4], 0.5, 4));
  return writeModel(g.outputs(...g.node('ADD', { activation: 'NONE' }, [y, y], activation([1, 6, 3, 4], 1, 0))));
}

test('CONV_2D with the padding of a fused PAD, and ADD of one value with itself', () => {
  const bytes = network();
  const graph = readModel(bytes);
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  const model = loadSync(bytes);
  (model.inputs[0].data as Int8Array).set(codes(60));
  const inside: Int8Array[] = [];
  model.trace((_, data) => inside.push(data as Int8Array));
  assert.equal(
    graph.nodes.map(({ type }) => type),
    ['CONV_2D', 'ADD'],
  );
  let data = model.inputs[0].data as Int8Array;
  for (const [i, node] of graph.nodes.entries()) {
    const isolated = layerModel(node);
    assert.is(isolated.inputs.length, 1, node.type);
    (isolated.model.inputs[0].data as Int8Array).set(data);
    isolated.model.run();
    data = isolated.model.outputs[0].data as Int8Array;
    assert.equal(Array.from(data), Array.from(inside[i]), node.type);
  }
});

test.run();
