// Owns the lowering of FULLY_CONNECTED: a GEMM over rows of the input.
import type { Node, Value } from '../../graph/graph';
import { fullyConnectedMultipliers } from '../../quant/channel-multipliers';
import { emitGemm } from '../gemm';
import { hasBorder, type Layout, noBorder, paddedChannels } from '../layout';
import { all8Bit, imageFields, type Lowering, strides } from '../lowering';
import { at } from '../region';
import type { Centred } from '../step';
import type { WindowAxis } from '../window';

/** The input as rows of `depth` consecutive elements, through dense codes when its layout has gaps. */
function denseRows(lowering: Lowering, value: Value, batches: number, depth: number): Centred {
  const input = lowering.centred(value);
  const { layout } = input;
  const whole = layout.channels === depth && !hasBorder(layout);
  const gapless = layout.pixelElements === layout.channels && !hasBorder(layout);
  if (whole || gapless) {
    const pixelElements = whole ? layout.pixelElements : depth;
    return { region: input.region, layout: rowLayout(batches, depth, pixelElements) };
  }
  const padded = rowLayout(batches, depth, paddedChannels(depth));
  const rows = { region: lowering.regions.arena(`${value.name} (rows)`, padded.bytes), layout: padded };
  lowering.emit('Center', {
    input: lowering.raw(value),
    output: at(rows.region),
    ...imageFields(rows.layout),
    channels: depth,
    ...strides('output', rows.layout),
    zeroPoint: value.quantization!.zeroPoint[0],
    signed: value.dtype === 'int8' ? 1 : 0,
  });
  return rows;
}

/** `batches` pixels of `depth` channels, `pixelElements` apart. */
function rowLayout(batches: number, depth: number, pixelElements: number): Layout {
  const pixelBytes = pixelElements * 2;
  const bytes = pixelBytes * batches;
  return {
    images: 1,
    rows: 1,
    columns: batches,
    channels: depth,
    border: noBorder,
    pixelElements,
    pixelBytes,
    rowBytes: bytes,
    imageBytes: bytes,
    origin: 0,
    bytes,
  };
}

/** Weights [outputs, depth], whose zero point counts for int8 as well; every row of the input is one pixel of a GEMM. */
export function lowerFullyConnected(lowering: Lowering, node: Node<'FULLY_CONNECTED'>): string | undefined {
  const [input, weights] = node.inputs as Value[];
  const output = node.outputs[0];
  if (!all8Bit([input, weights, output]) || !weights.data) return undefined;
  const [outputs, depth] = weights.shape;
  const batches = output.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const axis = (size: number): WindowAxis => ({ input: size, output: size, filter: 1, stride: 1, dilation: 1, before: 0, after: 0 });
  emitGemm(lowering, {
    node,
    input: denseRows(lowering, input, batches, depth),
    rows: axis(1),
    columns: axis(batches),
    weights: {
      outputs,
      channels: depth,
      groups: 1,
      filterRows: 1,
      filterColumns: 1,
      rowDilation: 1,
      columnDilation: 1,
      outputStride: depth,
      positionStride: depth,
      channelStride: 1,
      zeroPoint: weights.quantization!.zeroPoint.length === 1 ? weights.quantization!.zeroPoint[0] : 0,
    },
    multipliers: fullyConnectedMultipliers(
      input.quantization!.scale[0],
      weights.quantization!.scale,
      output.quantization!.scale[0],
      outputs,
    ),
    activation: node.attributes.activation,
  });
  return 'fully connected';
}
