// Owns the DotDepthwise descriptor of the relaxed core: 3x3 and 5x5 filters over 16 channels at a time.
import type { Node, Value } from '../../graph/graph';
import { weightZeroPoint } from '../../graph/weighted';
import type { WindowAxes } from '../../graph/window';
import { zeroPointOf } from '../../quant/params';
import { type DotRules, termDelta } from '../dot-rules';
import { terms, tileWorkspace } from '../dot-terms';
import { firstTap, pixelFields } from '../fields';
import { centredClamp, core } from '../formats/centred';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import { constantChannel, type LayerRequantization } from '../requantization';
import type { Image } from '../step';
import { layerRequantization } from '../weights';

const blockChannels = 16;

/** What differs between the kernels; filters are square. */
interface Kernel {
  readonly size: 3 | 5;
  readonly stride: number;
  /** Bytes of one set of weights. */
  readonly setBytes: number;
  /** Rows that the kernel computes at once, hence the least that there are. */
  readonly minRows: number;
  /** Places of tap (row, column) in a set of one channel: twice where two output rows read the same image rows. */
  readonly placesOf: (row: number, column: number) => readonly number[];
}

const vectorBytes = blockChannels * 4;

/** Tap of image row `row` of two groups of four, for output row 0 or 1. */
function place5x5(row: number, column: number, outputRow: number): number {
  return ((row >> 2) * 10 + 2 * column + outputRow) * vectorBytes + (row & 3);
}

const kernels: readonly Kernel[] = [
  {
    ...{ size: 3, stride: 1, setBytes: 6 * vectorBytes, minRows: 2 },
    placesOf: (row, column) => [2 * column * vectorBytes + row, (2 * column + 1) * vectorBytes + row + 1],
  },
  { ...{ size: 3, stride: 2, setBytes: 3 * vectorBytes, minRows: 1 }, placesOf: (row, column) => [column * vectorBytes + row] },
  ...[1, 2].map(
    (stride): Kernel => ({
      ...{ size: 5, stride, setBytes: 20 * vectorBytes, minRows: 2 },
      placesOf: (row, column) => [place5x5(row, column, 0), place5x5(row + stride, column, 1)],
    }),
  ),
];

/** The kernel that fits a layer; dot products that saturate gain nothing here. */
function kernelOf({ rows, columns }: WindowAxes, channels: number, { saturates }: DotRules): Kernel | undefined {
  const isPlain = rows.filter === columns.filter && rows.stride === columns.stride && rows.dilation === 1 && columns.dilation === 1;
  if (saturates || !isPlain || columns.output < 2 || paddedChannels(channels) < blockChannels) return undefined;
  return kernels.find(({ size, stride, minRows }) => size === rows.filter && stride === rows.stride && rows.output >= minRows);
}

interface DepthwiseWeights {
  /** i8: the sets of every block; see assembly/relaxed/microkernels/i8-depthwise-*.ts. */
  readonly sets: Int8Array;
  /** Bytes to the sets of each block, and to the end. */
  readonly blockWeights: Uint32Array;
}

/** The weights of blocks beginning at `firsts`, [tap][channel] in the file; what one set of int8 cannot hold goes to the block's next. */
function arrange(
  codes: Uint8Array | Int8Array,
  channels: number,
  zeroPoint: number,
  firsts: readonly number[],
  { size, setBytes, placesOf }: Kernel,
  { scaleShifts }: LayerRequantization,
  { minWeight }: DotRules,
): DepthwiseWeights {
  const taps = size ** 2;
  const sets: Int8Array[] = [];
  const blockWeights = new Uint32Array(firsts.length + 1);
  firsts.forEach((first, block) => {
    const rests = new Int16Array(taps * blockChannels);
    for (let tap = 0; tap < taps; tap++) {
      for (let i = 0; i < blockChannels; i++) {
        const channel = first + i;
        if (channel < channels && scaleShifts[channel] !== constantChannel)
          rests[tap * blockChannels + i] = codes[tap * channels + channel] - zeroPoint;
      }
    }
    do {
      const set = new Int8Array(setBytes);
      for (let tap = 0; tap < taps; tap++) {
        const places = placesOf(Math.floor(tap / size), tap % size);
        for (let i = 0; i < blockChannels; i++) {
          const weight = Math.min(Math.max(rests[tap * blockChannels + i], minWeight), 127);
          rests[tap * blockChannels + i] -= weight;
          for (const place of places) set[place + 4 * i] = weight;
        }
      }
      sets.push(set);
    } while (rests.some((rest) => rest !== 0));
    blockWeights[block + 1] = sets.length * setBytes;
  });
  const all = new Int8Array(sets.length * setBytes);
  sets.forEach((set, i) => {
    all.set(set, i * setBytes);
  });
  return { sets: all, blockWeights };
}

/** The bias minus delta times the sum of a channel's weights. */
function biasOf(
  { bias, scaleShifts }: LayerRequantization,
  codes: Uint8Array | Int8Array,
  channels: number,
  zeroPoint: number,
  delta: number,
): Int32Array {
  const result = bias.slice();
  for (let i = 0; i < codes.length; i++) {
    const channel = i % channels;
    if (scaleShifts[channel] !== constantChannel) result[channel] -= Math.imul(delta, codes[i] - zeroPoint);
  }
  return result;
}

/** Emits a layer by dot products, and returns the kernel's name; undefined, with nothing emitted, where the core has none for it. */
export function emitDotDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>, image: Image, axes: WindowAxes): string | undefined {
  const rules = lowering.dots;
  const [input, filter] = node.inputs as Value[];
  const channels = filter.shape[3];
  const kernel = rules && kernelOf(axes, channels, rules);
  if (!kernel) return undefined;
  const { size, stride } = kernel;
  const padded = paddedChannels(channels);
  const lastBlock = padded - blockChannels;
  const firsts = Array.from({ length: Math.ceil(padded / blockChannels) }, (_, i) => Math.min(i * blockChannels, lastBlock));
  const codes = filter.data as Uint8Array | Int8Array;
  const layer = layerRequantization(node, { depth: size ** 2, outputStride: 1, depthStride: channels }, lowering, rules);
  const zeroPoint = weightZeroPoint(node);
  // Three sets hold any weights.
  lowering.account?.spend(9 * codes.length, 100 * codes.length);
  const { sets, blockWeights } = arrange(codes, channels, zeroPoint, firsts, kernel, layer, rules);
  const delta = termDelta(zeroPointOf(input), input.dtype as 'int8' | 'uint8', rules);
  const source = terms(lowering, image, delta);
  lowering.emit(core, 'DotDepthwise', {
    ...pixelFields(source, lowering.createImage(node.outputs[0])),
    input: firstTap(source, axes.rows, axes.columns),
    blocks: firsts.length,
    lastBlock,
    size,
    stride,
    blockWeights: lowering.constant('blocks', blockWeights),
    weights: lowering.constant('weights', sets),
    bias: lowering.constant('bias', biasOf(layer, codes, channels, zeroPoint, delta)),
    constants: lowering.constant('requantization', new Uint8Array(layer.constants)),
    mode: layer.mode,
    shift: layer.shift,
    ...centredClamp(node.outputs[0], node.attributes.activation),
    workspace: tileWorkspace(lowering),
  });
  return `depthwise ${size}x${size} stride ${stride} dot`;
}
