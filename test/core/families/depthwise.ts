// Owns the families of DEPTHWISE_CONV_2D: the 3x3 kernels and any other size, stride, dilation and depth multiplier.
import type { OperatorAttributes } from '../../../src/graph/graph';
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
import { paddings, type WindowCase, windowOf } from './convolution';
import { type Built, family } from './family';
import {
  activationType,
  drawLayer,
  inputCodes,
  type LayerOptions,
  layerGrid,
  type patterns,
  zeroPointOf,
  type zeroPoints,
} from './operands';

interface DepthwiseCase extends Omit<WindowCase, 'strideH' | 'strideW'>, LayerOptions {
  readonly batch: number;
  readonly channels: number;
  readonly multiplier?: number;
  readonly stride: readonly [rows: number, columns: number];
  readonly inputZero: (typeof zeroPoints)[number];
  readonly data: (typeof patterns)[number];
  readonly activation: OperatorAttributes['DEPTHWISE_CONV_2D']['activation'];
}

function build(c: DepthwiseCase, random: Random): Built {
  const builder = new GraphBuilder();
  const dtype = activationType(c.scheme);
  const [strideH, strideW] = c.stride;
  const { height, width, padding } = windowOf({ ...c, strideH, strideW }, random);
  const { channels, multiplier = 1, dilationH = 1, dilationW = 1, activation } = c;
  const scale = 0.05;
  const input = builder.input(dtype, [c.batch, height, width, channels], quantized(scale, zeroPointOf(dtype, c.inputZero)));
  const depth = c.filter[0] * c.filter[1];
  const { weights, bias, output } = drawLayer(builder, c, [1, ...c.filter, channels * multiplier], 3, depth, scale, random);
  const attributes = { padding, strideH, strideW, dilationH, dilationW, activation, depthMultiplier: multiplier };
  const [result] = builder.node('DEPTHWISE_CONV_2D', attributes, [input, weights, bias], { dtype, quantization: output });
  const graph = builder.outputs(result);
  return { graph, inputs: inputCodes(graph, c.data, random) };
}

const image = { channels: upTo(40), height: upTo(9), width: upTo(9), batch: upTo(3), padding: paddings } as const;

/** What the two 3x3 kernels take: equal strides of 1 or 2 and accumulators that need no general requantization. */
export const fast3x3 = family({
  name: 'DEPTHWISE_CONV_2D 3x3',
  grid: {
    ...image,
    stride: [
      [1, 1],
      [2, 2],
    ],
    filter: [[3, 3]],
    ...layerGrid,
    bias: ['none', 'typical'],
    ratio: ['typical', 'spread'],
  },
  build,
});

/** What the kernels of 5x5 take. */
export const fast5x5 = family({
  name: 'DEPTHWISE_CONV_2D 5x5',
  grid: {
    ...image,
    stride: [
      [1, 1],
      [2, 2],
    ],
    filter: [[5, 5]],
    ...layerGrid,
    bias: ['none', 'typical'],
    ratio: ['typical', 'spread'],
  },
  build,
});

export const anyKernel = family({
  name: 'DEPTHWISE_CONV_2D of any kernel',
  grid: {
    ...image,
    multiplier: upTo(8),
    stride: [
      [1, 1],
      [2, 2],
      [3, 3],
      [1, 2],
      [2, 1],
      [1, 3],
    ],
    dilationH: upTo(3),
    dilationW: upTo(3),
    filter: [
      [1, 1],
      [3, 3],
      [1, 5],
      [5, 1],
      [10, 8],
      [2, 2],
      [4, 3],
    ],
    ...layerGrid,
  },
  build,
});
