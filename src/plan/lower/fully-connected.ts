// Owns the lowering of FULLY_CONNECTED: a GEMM over rows of the input.
import { elementCount, type Node, type Value } from '../../graph/graph';
import { weightZeroPoint } from '../../graph/weighted';
import { pointAxis } from '../../graph/window';
import { all8Bit } from '../formats/centred';
import type { GemmLayer } from '../gemm';
import { hasBorder, type ImageShape, isCompact, makeLayout } from '../layout';
import type { Lowering } from '../lowering';
import type { Image } from '../step';
import { ComputedGemm } from './computed-gemm';
import { gemmOf } from './wide-gemm';

/** The input as pixels of consecutive channels; made from its dense elements when its own layout has gaps. */
function denseRows(lowering: Lowering, value: Value, shape: ImageShape): Image {
  const format = lowering.formatOf(value)!;
  const image = format.denseIsImage ? lowering.existingImage(value) : lowering.image(value);
  if (image && !hasBorder(image.layout) && (image.layout.channels === shape.channels || isCompact(image.layout))) {
    return { region: image.region, layout: makeLayout(shape, format.elementBytes, undefined, isCompact(image.layout)) };
  }
  if (format.denseIsImage) {
    return { region: lowering.dense(value).region, layout: makeLayout(shape, format.elementBytes, undefined, true) };
  }
  const layout = makeLayout(shape, format.elementBytes);
  const rows = { region: lowering.workspace('rows', layout.bytes), layout };
  format.fill(lowering, value, rows);
  return rows;
}

/** Weights [outputs, depth]; every row of `depth` elements of the input is one pixel. */
export function fullyConnectedLayer(lowering: Lowering, node: Node<'FULLY_CONNECTED'>): GemmLayer {
  const [input, weights] = node.inputs as Value[];
  const [outputs, channels] = weights.shape;
  const columns = elementCount(node.outputs[0].shape.slice(0, -1));
  return {
    node,
    input: denseRows(lowering, input, { images: 1, rows: 1, columns, channels }),
    rows: pointAxis(1),
    columns: pointAxis(columns),
    outputs,
    channels,
    groups: 1,
    outputStride: channels,
    positionStride: channels,
    channelStride: 1,
  };
}

/** Weights that a run computes. */
function emitComputed(lowering: Lowering, node: Node<'FULLY_CONNECTED'>): void {
  const [input, weights, bias] = node.inputs as [Value, Value, Value?];
  const [value] = node.outputs;
  const { multiplier, shift } = lowering.multipliers.of(node);
  const output = {
    ...{ value, multiplier, shift, activation: node.attributes.activation },
    bias: (bias?.data as Int32Array | undefined) ?? new Int32Array(multiplier.length),
  };
  const codes = { value: weights, zeroPoint: weightZeroPoint(node) };
  const gemm = new ComputedGemm(lowering, codes, output, input, weights.shape[1]);
  gemm.emit(fullyConnectedLayer(lowering, node), lowering.dense(weights), lowering.createImage(value));
}

export function lowerFullyConnected(lowering: Lowering, node: Node<'FULLY_CONNECTED'>): string | undefined {
  const [input, weights, bias] = node.inputs as [Value, Value, Value?];
  if (bias && !bias.data) return undefined;
  if (!weights.data && all8Bit([input, weights, node.outputs[0]])) {
    emitComputed(lowering, node);
    return 'fully connected computed';
  }
  const emit = gemmOf(lowering, node);
  return emit && `fully connected${emit(lowering, fullyConnectedLayer(lowering, node))}`;
}
