// Tests that fuse-dilation replaces exactly the convolutions between blocks whose paddings cover the crops, bit for bit.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph, Node } from '../../src/graph/graph';
import { loadSync } from '../../src/index';
import { fuseDilation } from '../../src/passes/fuse-dilation';
import { runReference } from '../../src/reference/run';
import { writeModel } from '../../src/tflite/write';
import { convolution, GraphBuilder, quantized } from '../support/build';
import { assertSameData } from '../support/equal';
import { checkPass, randomInputs } from '../support/passes';
import { Random } from '../support/random';

interface Case {
  dtype: 'float32' | 'int8' | 'uint8';
  depthwise: boolean;
  batch: number;
  size: [number, number];
  block: [number, number];
  kernel: [number, number];
  dilation: [number, number];
  paddings: number[];
  crops: number[];
  attributes?: object;
}

const plain: Case = {
  dtype: 'int8',
  depthwise: false,
  batch: 1,
  size: [7, 6],
  block: [2, 3],
  kernel: [3, 2],
  dilation: [1, 1],
  paddings: [2, 3, 1, 2],
  crops: [0, 1, 0, 2],
};

function surrounded(options: Partial<Case>, random = new Random(3)) {
  const c = { ...plain, ...options };
  const b = new GraphBuilder();
  const of = (scale: number, zeroPoint: number) =>
    c.dtype === 'float32' ? undefined : quantized(scale, zeroPoint + (c.dtype === 'uint8' ? 128 : 0));
  const [input, middle, result] = [of(0.05, -101), of(0.05, -101), of(0.2, 3)];
  const data = b.input(c.dtype, [c.batch, ...c.size, 3], input);
  const pairs = (amounts: number[]) => b.constant('int32', [2, 2], amounts);
  const [blocks] = b.node('SPACE_TO_BATCH_ND', {}, [data, b.ints(...c.block), pairs(c.paddings)], { dtype: c.dtype, quantization: middle });
  const shape = c.depthwise ? [1, ...c.kernel, 6] : [4, ...c.kernel, 3];
  const weights = Array.from({ length: 97 }, () => (c.dtype === 'float32' ? random.normal() : random.integer(0, 255)));
  const filter = b.constant(c.dtype, shape, weights, of(0.02, c.dtype === 'int8' ? 0 : 5));
  const attributes = { ...convolution, dilationH: c.dilation[0], dilationW: c.dilation[1], depthMultiplier: 2, ...c.attributes };
  const [sums] = b.node(c.depthwise ? 'DEPTHWISE_CONV_2D' : 'CONV_2D', attributes, [blocks, filter, undefined], {
    dtype: c.dtype,
    quantization: result,
  });
  const [output] = b.node('BATCH_TO_SPACE_ND', {}, [sums, b.ints(...c.block), pairs(c.crops)], { dtype: c.dtype, quantization: result });
  return { b, data, blocks, sums, output };
}

/** Padding that is left of the crops, and makes the image a multiple of the block; the window fits. */
function randomCase(random: Random): Case {
  const axis = () => {
    const block = random.integer(1, 4);
    const dilation = random.integer(1, 2);
    const kernel = random.integer(1, 3);
    const span = (kernel - 1) * dilation + 1;
    const crops = [random.integer(0, 2), random.integer(0, block)];
    const before = crops[0] + random.integer(0, 3);
    const size = random.integer(1, 9) + crops[0] + crops[1];
    let after = crops[1] + random.integer(0, 3);
    while ((before + size + after) % block !== 0 || (before + size + after) / block < span + crops[0] + crops[1]) after++;
    return { block, dilation, kernel, size, paddings: [before, after], crops };
  };
  const [rows, columns] = [axis(), axis()];
  return {
    dtype: random.pick(['float32', 'int8', 'uint8']),
    depthwise: random.integer(0, 1) === 1,
    batch: random.integer(1, 3),
    size: [rows.size, columns.size],
    block: [rows.block, columns.block],
    kernel: [rows.kernel, columns.kernel],
    dilation: [rows.dilation, columns.dilation],
    paddings: [...rows.paddings, ...columns.paddings],
    crops: [...rows.crops, ...columns.crops],
  };
}

test('150 random shapes, blocks, dilations, paddings and crops keep every bit, in the reference and in the core', () => {
  const random = new Random(17);
  for (let i = 0; i < 150; i++) {
    const c = randomCase(random);
    const message = JSON.stringify(c);
    const make = (): Graph => {
      const { b, output } = surrounded(c, new Random(i + 1));
      return b.outputs(output);
    };
    const graph = make();
    assert.equal(checkPass(graph, fuseDilation, 2), ['SPACE_TO_BATCH_ND #0 changed'], message);
    assert.is(graph.nodes.length, 1);
    const model = loadSync(writeModel(make()));
    assert.is(model.operators.length, 1, message);
    const [data] = randomInputs(graph, 5);
    (model.inputs[0].data as Int8Array).set(data as Int8Array);
    model.run();
    assertSameData(model.outputs[0].data, runReference(graph, [data])[0], message);
  }
});

test('paddings that the crops take away leave VALID, so that a PAD in front fuses, too', () => {
  const { b, output } = surrounded({ size: [6, 6], kernel: [2, 2], paddings: [0, 2, 0, 3], crops: [0, 2, 0, 3] });
  const graph = b.outputs(output);
  assert.equal(checkPass(graph, fuseDilation), ['SPACE_TO_BATCH_ND #0 changed']);
  const { padding, dilationH, dilationW } = (graph.nodes[0] as Node<'CONV_2D'>).attributes;
  assert.equal([padding, dilationH, dilationW], ['VALID', 2, 3]);
});

const declined: [string, Partial<Case>][] = [
  ['a crop before the image larger than the padding', { crops: [3, 0, 0, 2] }],
  ['a crop behind the image larger than the padding', { crops: [0, 1, 0, 3] }],
  ['a convolution with stride 2', { attributes: { strideW: 2 } }],
  ['a convolution with padding SAME', { attributes: { padding: 'SAME' } }],
];
for (const [title, options] of declined) {
  test(`declines ${title}`, () => {
    const { b, output } = surrounded(options);
    assert.equal(checkPass(b.outputs(output), fuseDilation), ['SPACE_TO_BATCH_ND #0 declined']);
  });
}

test('declines blocks of other shapes, other readers, graph outputs, and blocks that feed weights or nothing', () => {
  const other = surrounded({ batch: 1, block: [2, 3] });
  const end = other.b.graph.nodes[2];
  end.inputs[1] = other.b.ints(3, 2);
  end.inputs[2] = other.b.constant('int32', [2, 2], [0]);
  assert.equal(checkPass(other.b.outputs(other.output), fuseDilation), ['SPACE_TO_BATCH_ND #0 declined']);
  for (const value of ['blocks', 'sums'] as const) {
    const seen = surrounded({});
    assert.equal(checkPass(seen.b.outputs(seen.output, seen[value]), fuseDilation), ['SPACE_TO_BATCH_ND #0 declined']);
    const read = surrounded({});
    const [relu] = read.b.node('RELU', {}, [read[value]], { dtype: 'int8', quantization: quantized(1) });
    assert.equal(checkPass(read.b.outputs(read.output, relu), fuseDilation), ['SPACE_TO_BATCH_ND #0 declined']);
  }
  const alone = surrounded({});
  alone.b.graph.nodes.splice(1);
  assert.equal(
    checkPass(alone.b.outputs(...alone.b.node('RELU', {}, [alone.blocks], { dtype: 'int8', quantization: quantized(1) })), fuseDilation),
    ['SPACE_TO_BATCH_ND #0 declined'],
  );
});

test.run();
