// Owns the families of CONV_2D: pointwise, kernels of other sizes, and groups.
import type { OperatorAttributes } from '../../../src/graph/graph';
import { GraphBuilder, quantized } from '../../support/build';
import { upTo } from '../../support/grid';
import type { Random } from '../../support/random';
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

type Padding = OperatorAttributes['CONV_2D']['padding'];

export const paddings = ['SAME', 'VALID', 'explicit'] as const;

/** A window over an image. With SAME, `height` and `width` are the image's; else the number of places where the kernel fits at stride 1. */
export interface WindowCase {
  readonly height: number;
  readonly width: number;
  readonly filter: readonly [rows: number, columns: number];
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH?: number;
  readonly dilationW?: number;
  readonly padding: (typeof paddings)[number];
}

/** The image's size and the padding of a case. */
export function windowOf(c: WindowCase, random: Random): { height: number; width: number; padding: Padding } {
  const { height, width, filter, dilationH = 1, dilationW = 1 } = c;
  if (c.padding === 'SAME') return { height, width, padding: 'SAME' };
  const fit = { height: height + (filter[0] - 1) * dilationH, width: width + (filter[1] - 1) * dilationW };
  if (c.padding === 'VALID') return { ...fit, padding: 'VALID' };
  const [top, bottom, left, right] = [0, 1, 2, 3].map(() => random.integer(0, 2));
  return {
    height: Math.max(1, fit.height - top - bottom),
    width: Math.max(1, fit.width - left - right),
    padding: { top, bottom, left, right },
  };
}

interface ConvolutionCase extends WindowCase, LayerOptions {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  readonly groups?: number;
  readonly inputZero: (typeof zeroPoints)[number];
  readonly data: (typeof patterns)[number];
  readonly activation: OperatorAttributes['CONV_2D']['activation'];
}

/** `channels` and `outputs` are per group. */
function build(c: ConvolutionCase, random: Random): Built {
  const builder = new GraphBuilder();
  const dtype = activationType(c.scheme);
  const { height, width, padding } = windowOf(c, random);
  const { groups = 1, strideH, strideW, dilationH = 1, dilationW = 1, activation } = c;
  const scale = 0.05;
  const input = builder.input(dtype, [c.batch, height, width, c.channels * groups], quantized(scale, zeroPointOf(dtype, c.inputZero)));
  const depth = c.filter[0] * c.filter[1] * c.channels;
  const { weights, bias, output } = drawLayer(builder, c, [c.outputs * groups, ...c.filter, c.channels], 0, depth, scale, random);
  const attributes = { padding, strideH, strideW, dilationH, dilationW, activation };
  const graph = builder.outputs(...builder.node('CONV_2D', attributes, [input, weights, bias], { dtype, quantization: output }));
  return { graph, inputs: inputCodes(graph, c.data, random) };
}

const image = { height: upTo(9), width: upTo(9), batch: upTo(3), padding: paddings } as const;
const strides = { strideH: upTo(3), strideW: upTo(3) } as const;
const dilations = { dilationH: upTo(3), dilationW: upTo(3) } as const;

export const pointwise = family({
  name: 'CONV_2D 1x1',
  grid: { channels: upTo(40), outputs: upTo(40), ...image, ...strides, filter: [[1, 1]], ...layerGrid },
  build,
});

/** Layers that are large enough for dot products where they saturate, with turns of eight neighbouring codes and without. */
export const dots = family({
  name: 'CONV_2D by dot products',
  grid: {
    channels: [8, 16, 20, 24, 64],
    outputs: [32, 36, 40],
    ...image,
    ...strides,
    filter: [
      [1, 1],
      [3, 3],
      [1, 5],
    ],
    ...layerGrid,
  },
  build,
});

export const kernels = family({
  name: 'CONV_2D',
  grid: {
    channels: upTo(40),
    outputs: upTo(40),
    ...image,
    ...strides,
    ...dilations,
    filter: [
      [3, 3],
      [5, 1],
      [1, 5],
      [10, 4],
      [7, 7],
      [2, 3],
    ],
    ...layerGrid,
  },
  build,
});

export const groups = family({
  name: 'CONV_2D with groups',
  grid: {
    channels: upTo(9),
    outputs: upTo(20),
    groups: [2, 3, 4, 5, 7, 8, 16],
    ...image,
    ...strides,
    ...dilations,
    filter: [
      [1, 1],
      [3, 3],
      [1, 4],
      [4, 1],
    ],
    ...layerGrid,
  },
  build,
});
