// Owns what consumers ask of a float value's layout before it is produced: a border of zeros, or pixels without padding lanes.
import type { ExplicitPadding, Graph, Node, Value } from '../graph/graph';
import { windowAxes, windowBorder } from '../graph/window';
import { imageShape, type Layout, makeLayout, noBorder, unionBorder } from '../plan/layout';

const floatBytes = 4;

/** NHWC float32 with channels padded to 8, or exactly as many as there are. */
export function floatLayout(shape: readonly number[], border: ExplicitPadding = noBorder, compact = false): Layout {
  return makeLayout(imageShape(shape), border, compact, floatBytes);
}

function windowBorderOf(node: Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>): ExplicitPadding {
  const filter = node.inputs[1]!.shape;
  const { rows, columns } = windowAxes(node.attributes, filter[1], filter[2], node.inputs[0]!.shape, node.outputs[0].shape);
  return windowBorder(rows, columns);
}

/** Convolutions of all channels read a pixel as one run and need no padding lanes. */
function readsWholePixels(node: Node): boolean {
  if (node.type === 'CONV_2D') return node.inputs[0]!.shape[3] === node.inputs[1]!.shape[3];
  return node.type === 'DEPTHWISE_CONV_2D' && node.inputs[0]!.shape[3] === 1 && node.outputs[0].shape[3] > 1;
}

/** The layout of every float32 value of at least one dimension that some node reads; others have no border. */
export function demandedLayouts(graph: Graph): Map<Value, Layout> {
  const borders = new Map<Value, ExplicitPadding>();
  // Microkernels write whole blocks of channels; what arrives dense may stay without padding lanes.
  const compact = new Set(graph.inputs.filter(({ shape }) => shape.at(-1)! % 8 !== 0));
  for (const node of graph.nodes) {
    for (const [index, value] of node.inputs.entries()) {
      if (value?.dtype !== 'float32') continue;
      const windowed = index === 0 && (node.type === 'CONV_2D' || node.type === 'DEPTHWISE_CONV_2D');
      borders.set(value, unionBorder(borders.get(value) ?? noBorder, windowed ? windowBorderOf(node) : noBorder));
      if (index > 0 || !readsWholePixels(node)) compact.delete(value);
    }
  }
  return new Map([...borders].map(([value, border]) => [value, floatLayout(value.shape, border, compact.has(value))]));
}
