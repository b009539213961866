// Owns what consumers require of a value's layout before it is produced: a border of zeros, or pixels without padding lanes.
import type { ExplicitPadding, Graph, Node, Value } from '../graph/graph';
import { windowAxes, windowBorder } from '../graph/window';
import { scaleOf, zeroPointOf } from '../quant/params';
import { is8Bit, is16Bit } from './formats/centred';
import { noBorder, unionBorder } from './layout';
import { transposedBorder } from './transposed';

export interface LayoutRequirement {
  readonly border: ExplicitPadding;
  /** Every consumer reads whole pixels as one span of channels, so a few channels need not be padded to 8. */
  readonly compact: boolean;
}

export const noRequirement: LayoutRequirement = { border: noBorder, compact: false };

/** Whether every channel has one filter; a depthwise convolution with a multiplier runs as a grouped one. */
export function isDepthwiseByBlocks(node: Node<'DEPTHWISE_CONV_2D'>): boolean {
  return node.inputs[0]!.shape[3] === node.outputs[0].shape[3];
}

/** The border that a convolution needs around input `index`; undefined: it reads no windows of it. */
function windowBorderOf(node: Node, index: number): ExplicitPadding | undefined {
  if (node.type === 'TRANSPOSE_CONV') return index === 2 ? transposedBorder(node) : undefined;
  if (index > 0 || (node.type !== 'CONV_2D' && node.type !== 'DEPTHWISE_CONV_2D')) return undefined;
  const filter = node.inputs[1]!.shape;
  const { rows, columns } = windowAxes(node.attributes, filter[1], filter[2], node.inputs[0]!.shape, node.outputs[0].shape);
  return windowBorder(rows, columns);
}

/** Whether a node is a QUANTIZE from or to int16 codes, whose kernel has blocks of channels. */
function isRescale({ type, inputs: [input], outputs: [output] }: Node): boolean {
  return type === 'QUANTIZE' && input!.dtype !== 'float32' && (is16Bit(input!) || is16Bit(output));
}

/** Whether a node reads a pixel's channels as one span and skips padding lanes, or multiplies them by zero. */
function readsWholePixels(node: Node): boolean {
  if (node.type === 'CONV_2D') return node.inputs[0]!.shape[3] === node.inputs[1]!.shape[3];
  if (node.type === 'QUANTIZE') return !isRescale(node);
  return node.type === 'DEPTHWISE_CONV_2D' && node.inputs[0]!.shape[3] === 1 && !isDepthwiseByBlocks(node);
}

/** Whether a node is a QUANTIZE between 8-bit dtypes that keeps code - zero point, such as uint8 to int8 with zero points 128 apart. */
export function isCentredIdentity(node: Node): boolean {
  if (node.type !== 'QUANTIZE' || node.inputs[0]!.dtype === 'float32') return false;
  const [input, output] = [node.inputs[0]!, node.outputs[0]];
  if (!is8Bit(input) || !is8Bit(output) || scaleOf(input) !== scaleOf(output)) return false;
  const minCentred = (value: Value) => (value.dtype === 'int8' ? -128 : 0) - zeroPointOf(value);
  return minCentred(input) === minCentred(output);
}

/** The requirement on every value that some node reads. Nodes are visited last to first, since an identity has that of its output. */
export function layoutRequirements(graph: Graph): Map<Value, LayoutRequirement> {
  const requirements = new Map<Value, LayoutRequirement>();
  // Graph inputs, and outputs of kernels that write single elements, may lie without padding lanes; other kernels write whole blocks.
  const compactable = new Set(graph.inputs);
  for (const node of graph.nodes)
    if ((node.type === 'QUANTIZE' && !isRescale(node)) || node.type === 'DEQUANTIZE') compactable.add(node.outputs[0]);
  for (const node of [...graph.nodes].reverse()) {
    for (const [index, value] of node.inputs.entries()) {
      if (!value) continue;
      const before = requirements.get(value) ?? { border: noBorder, compact: compactable.has(value) && value.shape.at(-1)! % 8 !== 0 };
      const identity = isCentredIdentity(node) ? requirements.get(node.outputs[0]) : undefined;
      const border = windowBorderOf(node, index) ?? identity?.border ?? noBorder;
      requirements.set(value, {
        border: unionBorder(before.border, border),
        compact: before.compact && index === 0 && readsWholePixels(node) && (identity?.compact ?? true),
      });
    }
  }
  return requirements;
}
