// Owns the panels of the GEMM microkernels: how filters of any geometry become taps, runs and pairs of input elements.
//
//   panels   i16 [panel][tap][depthPairs][16][2], and one more of [..][8][2] when the padded channel count is an odd multiple of 8
//   A tap is a place in the input that is reached through an offset. Neighbouring kernel columns without dilation lie behind each other
//   in memory, so a whole kernel row is one tap whose depth runs over columns and channels (padding lanes meet zero weights).
import type { Activation, Node, Value } from '../graph/graph';
import type { ChannelMultipliers } from '../quant/channel-multipliers';
import { centredClamp } from './clamp';
import { type Layout, paddedChannels } from './layout';
import type { Lowering } from './lowering';
import { at, type Reference, type Region } from './region';
import type { Centred } from './step';
import { layerRequantization } from './weights';
import type { WindowAxis } from './window';

/** Filters as the file has them; strides in elements. */
export interface GemmWeights {
  readonly outputs: number;
  /** Input channels of one filter. */
  readonly channels: number;
  readonly groups: number;
  readonly filterRows: number;
  readonly filterColumns: number;
  readonly rowDilation: number;
  readonly columnDilation: number;
  readonly outputStride: number;
  /** From one kernel position to the next. */
  readonly positionStride: number;
  readonly channelStride: number;
  readonly zeroPoint: number;
}

interface PackedGemm {
  readonly weights: Region;
  readonly taps: number;
  readonly tapOffsets: Region;
  readonly depthPairs: number;
  readonly panelOffsets: Region;
}

const panelOutputs = 16;

function panelCount(outputs: number): number {
  return Math.ceil(outputs / panelOutputs);
}

/** First input channel of every panel, and how many channels the widest panel needs: several groups can meet in one panel. */
function panelChannels(weights: GemmWeights, pixelElements: number): { first: number[]; span: number } {
  const { outputs, channels, groups } = weights;
  const perGroup = outputs / groups;
  const first: number[] = [];
  let span = 0;
  for (let panel = 0; panel < panelCount(outputs); panel++) {
    const firstGroup = Math.floor((panel * panelOutputs) / perGroup);
    const lastGroup = Math.floor((Math.min((panel + 1) * panelOutputs, outputs) - 1) / perGroup);
    first.push(firstGroup * channels);
    span = Math.max(span, (lastGroup - firstGroup + 1) * channels);
  }
  span += span & 1;
  // A panel near the last channel starts earlier rather than reading behind the pixel.
  return { first: first.map((channel) => Math.max(0, Math.min(channel, pixelElements - span))), span };
}

/** Plans the packing of a layer's weights for inputs of `layout`. */
function packGemm(lowering: Lowering, value: Value, weights: GemmWeights, layout: Layout, scaleShifts: Uint8Array): PackedGemm {
  const { outputs, channels, groups, filterRows, filterColumns } = weights;
  const folded = groups === 1 && (weights.columnDilation === 1 || filterColumns === 1);
  const taps = folded ? filterRows : filterRows * filterColumns;
  const panels = panelChannels(weights, layout.pixelElements);
  const depth = folded ? (filterColumns - 1) * layout.pixelElements + channels : panels.span;
  const depthPairs = Math.ceil(depth / 2);
  const offsets = Int32Array.from({ length: taps }, (_, tap) => {
    const row = folded ? tap : Math.floor(tap / filterColumns);
    const column = folded ? 0 : tap % filterColumns;
    return row * weights.rowDilation * layout.rowBytes + column * weights.columnDilation * layout.pixelBytes;
  });
  const panelOffsets = lowering.regions.shared(`panels ${panels.first}`, () => Int32Array.from(panels.first, (channel) => channel * 2));
  const panelBytes = taps * depthPairs * panelOutputs * 4;
  const packed = lowering.regions.packed(`${value.name} (panels)`, (paddedChannels(outputs) / panelOutputs) * panelBytes);
  const filterBytes = weights.outputStride;
  lowering.pack(
    {
      operator: 'PackConvolution',
      source: new Uint8Array(value.data!.buffer, value.data!.byteOffset, value.data!.byteLength),
      panels: filterBytes > 1 ? { outputs, filterBytes, panelBytes, output: at(packed) } : undefined,
      fields: {
        output: at(packed),
        outputs,
        firstOutput: 0,
        taps,
        runs: folded ? filterColumns : 1,
        channels,
        outputStride: weights.outputStride,
        tapStride: folded ? filterColumns * weights.positionStride : weights.positionStride,
        runStride: weights.positionStride,
        channelStride: weights.channelStride,
        runElements: layout.pixelElements,
        depthPairs,
        outputsPerGroup: outputs / groups,
        panelOffsets: at(panelOffsets),
        zeroPoint: weights.zeroPoint,
        signed: value.dtype === 'int8' ? 1 : 0,
        scaleShifts: at(lowering.regions.constant(`${value.name} (shifts)`, scaleShifts)),
      },
    },
    packed.bytes,
  );
  const tapOffsets = lowering.regions.shared(`gemm taps ${offsets}`, () => offsets);
  return { weights: packed, taps, tapOffsets, depthPairs, panelOffsets };
}

/** Bytes from the origin of `layout` for every pixel of `images` x `rows` x `columns`, `step` pixels apart. */
function pixelOffsets(lowering: Lowering, layout: Layout, rows: number, columns: number, stepRows: number, stepColumns: number): Region {
  const { images, imageBytes, rowBytes, pixelBytes } = layout;
  const rowStep = rowBytes * stepRows;
  const columnStep = pixelBytes * stepColumns;
  return lowering.regions.shared(`offsets ${images} ${imageBytes} ${rows} ${rowStep} ${columns} ${columnStep}`, () => {
    const offsets = new Int32Array(images * rows * columns);
    let i = 0;
    for (let image = 0; image < images; image++) {
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) offsets[i++] = image * imageBytes + y * rowStep + x * columnStep;
    }
    return offsets;
  });
}

/** Where the first tap of the first output pixel lies. */
export function firstTap({ region, layout }: Centred, rows: WindowAxis, columns: WindowAxis): Reference {
  return at(region, layout.origin - rows.before * layout.rowBytes - columns.before * layout.pixelBytes);
}

export interface GemmLayer {
  readonly node: Node<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED'>;
  readonly input: Centred;
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
  readonly weights: GemmWeights;
  readonly multipliers: ChannelMultipliers;
  readonly activation: Activation;
}

/** A layer whose outputs are sums over whole filters. */
export function emitGemm(lowering: Lowering, { node, input, rows, columns, weights, multipliers, activation }: GemmLayer): void {
  const { outputs, outputStride, zeroPoint } = weights;
  const depth = weights.filterRows * weights.filterColumns * weights.channels;
  // A filter's elements are either all behind each other or, one per position, `positionStride` apart.
  const depthStride = weights.channels === 1 ? weights.positionStride : weights.channelStride;
  const requantization = layerRequantization(node, outputs, multipliers, activation, { depth, outputStride, depthStride, zeroPoint });
  const packed = packGemm(lowering, node.inputs[1]!, weights, input.layout, requantization.scaleShifts);
  const output = lowering.createCentred(node.outputs[0]);
  const padded = paddedChannels(outputs);
  lowering.emit('Convolution', {
    input: firstTap(input, rows, columns),
    inputOffsets: at(pixelOffsets(lowering, input.layout, rows.output, columns.output, rows.stride, columns.stride)),
    output: at(output.region, output.layout.origin),
    outputOffsets: at(pixelOffsets(lowering, output.layout, rows.output, columns.output, 1, 1)),
    pixels: input.layout.images * rows.output * columns.output,
    taps: packed.taps,
    tapOffsets: at(packed.tapOffsets),
    depthPairs: packed.depthPairs,
    panels: Math.floor(padded / panelOutputs),
    tail: (padded % panelOutputs) / 8,
    panelOffsets: at(packed.panelOffsets),
    weights: at(packed.weights),
    bias: at(lowering.regions.constant(`${node.type} ${node.id} bias`, requantization.bias)),
    constants: at(lowering.regions.constant(`${node.type} ${node.id} requantization`, new Uint8Array(requantization.constants))),
    mode: requantization.mode,
    shift: requantization.shift,
    ...centredClamp(node.outputs[0], activation),
  });
}
