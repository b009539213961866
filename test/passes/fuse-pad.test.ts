// Tests that fuse-pad moves exactly the paddings of images into convolutions, bit for bit.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Node, Quantization, Value } from '../../src/graph/graph';
import { fusePad } from '../../src/passes/fuse-pad';
import { convolution, GraphBuilder, perChannel, quantized } from '../support/build';
import { checkPass } from '../support/passes';
import { Random } from '../support/random';

interface Options {
  dtype?: 'float32' | 'uint8' | 'int8';
  depthwise?: boolean;
  paddings?: number[];
  padding?: 'SAME' | 'VALID';
  paddingsDtype?: DType;
  padded?: Quantization;
  stride?: number;
  dilation?: number;
}

/** PAD -> convolution with random weights; the input's zero point is far from 0. */
function padded(options: Options = {}) {
  const { dtype = 'int8', depthwise = false, stride = 1, dilation = 1 } = options;
  const random = new Random(7);
  const builder = new GraphBuilder();
  const scaled = (scale: number, zeroPoint = 0) => (dtype === 'float32' ? undefined : quantized(scale, zeroPoint));
  const zeroPoint = dtype === 'uint8' ? 200 : -101;
  const data = builder.input(dtype, [2, 6, 5, 3], scaled(0.05, zeroPoint));
  const paddings = builder.constant(options.paddingsDtype ?? 'int32', [4, 2], options.paddings ?? [0, 0, 1, 2, 3, 0, 0, 0]);
  const [middle] = builder.node('PAD', {}, [data, paddings], { dtype, quantization: options.padded ?? scaled(0.05, zeroPoint) });
  const shape = depthwise ? [1, 3, 2, 6] : [4, 3, 2, 3];
  const channels = depthwise ? 6 : 4;
  const weights = Array.from({ length: 36 * 2 }, () => (dtype === 'float32' ? random.normal() : random.integer(-120, 120)));
  const scales =
    dtype === 'int8'
      ? perChannel(
          Array.from({ length: channels }, (_, i) => 0.01 * (i + 1)),
          depthwise ? 3 : 0,
        )
      : scaled(0.02, 5);
  const filter = builder.constant(dtype, shape, weights, scales);
  const biasScale = dtype === 'uint8' ? quantized(Math.fround(Math.fround(0.05) * Math.fround(0.02))) : undefined;
  const bias = builder.constant(dtype === 'float32' ? dtype : 'int32', [channels], [300, -200, 10], biasScale);
  const attributes = {
    ...convolution,
    padding: options.padding ?? 'VALID',
    strideH: stride,
    strideW: stride,
    dilationH: dilation,
    dilationW: dilation,
  };
  const result = { dtype, quantization: scaled(0.2, 3) };
  const outputs = depthwise
    ? builder.node('DEPTHWISE_CONV_2D', { ...attributes, depthMultiplier: 2 }, [middle, filter, bias], result)
    : builder.node('CONV_2D', attributes, [middle, filter, bias], result);
  return { builder, data, middle, paddings, graph: builder.outputs(...outputs) };
}

for (const dtype of ['float32', 'uint8', 'int8'] as const) {
  for (const depthwise of [false, true]) {
    for (const [stride, dilation] of [
      [1, 1],
      [2, 1],
      [1, 2],
    ]) {
      const options = { dtype, depthwise, stride, dilation };
      test(`fuses ${JSON.stringify(options)} bit for bit`, () => {
        const { graph, data } = padded(options);
        assert.equal(checkPass(graph, fusePad), ['PAD #0 changed']);
        assert.is(graph.nodes.length, 1);
        const fused = graph.nodes[0] as Node<'CONV_2D'>;
        assert.equal(fused.attributes.padding, { top: 1, bottom: 2, left: 3, right: 0 });
        assert.is(fused.inputs[0], data);
      });
    }
  }
}

test('int64 paddings fuse like int32 ones', () => {
  assert.equal(checkPass(padded({ paddingsDtype: 'int64' }).graph, fusePad), ['PAD #0 changed']);
});

const declined: Record<string, () => ReturnType<typeof padded>> = {
  'padding of the batch': () => padded({ paddings: [1, 0, 1, 1, 1, 1, 0, 0] }),
  'padding of the channels': () => padded({ paddings: [0, 0, 1, 1, 1, 1, 0, 3], depthwise: false, dtype: 'float32' }),
  'a convolution with SAME padding': () => padded({ padding: 'SAME' }),
  'another zero point behind the PAD': () => padded({ padded: quantized(0.05, -100) }),
  'another scale behind the PAD': () => padded({ padded: quantized(0.06, -101) }),
  'a result that is a graph output too': () => {
    const made = padded();
    made.graph.outputs.push(made.middle);
    return made;
  },
  'a second reader': () => {
    const made = padded({ dtype: 'float32' });
    made.graph.outputs.push(...made.builder.node('RELU', {}, [made.middle], { dtype: 'float32' }));
    return made;
  },
};
for (const [reason, make] of Object.entries(declined)) {
  test(`declines ${reason}`, () => {
    const { graph } = make();
    // Channels padded by 3 need filters of 6.
    if (reason === 'padding of the channels') {
      const filter = graph.nodes[1].inputs[1] as Value;
      Object.assign(filter, { shape: [4, 3, 1, 6] });
    }
    assert.equal(checkPass(graph, fusePad), ['PAD #0 declined']);
    assert.is(graph.nodes[0].type, 'PAD');
  });
}

test('declines paddings that are not constant, and a PAD in front of something else', () => {
  const { graph, builder, paddings } = padded();
  const [computed] = builder.node('CAST', {}, [paddings], { dtype: 'int32' });
  graph.nodes[0].inputs[1] = computed;
  graph.nodes.unshift(graph.nodes.pop() as Node);
  assert.equal(checkPass(graph, fusePad), ['PAD #0 declined']);

  const other = new GraphBuilder();
  const [end] = other.node('PAD', {}, [other.input('float32', [2]), other.constant('int32', [1, 2], [1, 1])], { dtype: 'float32' });
  assert.equal(checkPass(other.outputs(...other.node('RELU', {}, [end], { dtype: 'float32' })), fusePad), ['PAD #0 declined']);
});

test.run();
