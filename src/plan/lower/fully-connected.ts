// Owns the lowering of FULLY_CONNECTED: a GEMM over rows of the input.
import { elementCount, type Node, type Value } from '../../graph/graph';
import type { WindowAxis } from '../../graph/window';
import { emitGemm } from '../gemm';
import { hasBorder, type ImageShape, makeLayout } from '../layout';
import { all8Bit, type Lowering } from '../lowering';
import type { Centred } from '../step';

/** The input as `columns` pixels of consecutive channels, through dense codes when its layout has gaps. */
function denseRows(lowering: Lowering, value: Value, shape: ImageShape): Centred {
  const input = lowering.centred(value);
  const { layout, region } = input;
  const whole = layout.channels === shape.channels;
  const gapless = layout.pixelElements === layout.channels;
  if (!hasBorder(layout) && (whole || gapless)) return { region, layout: makeLayout(shape, undefined, gapless) };
  const padded = makeLayout(shape);
  const rows = { region: lowering.workspace('rows', padded.bytes).region, layout: padded };
  lowering.center(value, lowering.raw(value), rows);
  return rows;
}

/** Weights [outputs, depth]; every row of the input is one pixel of a GEMM. */
export function lowerFullyConnected(lowering: Lowering, node: Node<'FULLY_CONNECTED'>): string | undefined {
  const [input, weights] = node.inputs as Value[];
  const output = node.outputs[0];
  if (!all8Bit([input, weights, output]) || !weights.data) return undefined;
  const channels = weights.shape[1];
  const columns = elementCount(output.shape.slice(0, -1));
  const axis = (size: number): WindowAxis => ({ input: size, output: size, filter: 1, stride: 1, dilation: 1, before: 0, after: 0 });
  emitGemm(lowering, {
    node,
    input: denseRows(lowering, input, { images: 1, rows: 1, columns, channels }),
    rows: axis(1),
    columns: axis(columns),
    channels,
    groups: 1,
    outputStride: channels,
    positionStride: channels,
    channelStride: 1,
  });
  return 'fully connected';
}
