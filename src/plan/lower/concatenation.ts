// Owns the lowering of CONCATENATION: each part is copied to its place, uint8 parts of another scale through a table.
import type { Node, Value } from '../../graph/graph';
import { sameParams, zeroPointOf } from '../../quant/params';
import { requantizationTable } from '../../reference/concatenation';
import { type CentredTable, emitCopy } from '../copy';
import { imageShape, type Layout } from '../layout';
import { all8Bit, type Lowering } from '../lowering';
import { at } from '../region';

/** The axis among images, rows, columns and channels; undefined where leading dimensions are merged. */
function imageAxis(node: Node<'CONCATENATION'>): 0 | 1 | 2 | 3 | undefined {
  const rank = node.outputs[0].shape.length;
  const axis = (node.attributes.axis + rank) % rank;
  const aligned = axis + 4 - rank;
  return rank <= 4 ? (aligned as 0 | 1 | 2 | 3) : undefined;
}

/** Bytes from one position along an axis to the next. */
function axisBytes(layout: Layout, axis: 0 | 1 | 2 | 3): number {
  return [layout.imageBytes, layout.rowBytes, layout.pixelBytes, 2][axis];
}

/** int8 parts share the output's parameters; uint8 parts may not, and are then requantized in float32. */
function partTable(input: Value, output: Value): CentredTable | undefined {
  if (sameParams(input, output)) return undefined;
  return Int16Array.from(requantizationTable(input.quantization!, output.quantization!), (code) => code - zeroPointOf(output));
}

export function lowerConcatenation(lowering: Lowering, node: Node<'CONCATENATION'>): string | undefined {
  const inputs = node.inputs as Value[];
  const output = node.outputs[0];
  const axis = imageAxis(node);
  if (axis === undefined || !all8Bit([...inputs, output])) return undefined;
  const sources = inputs.map((value) => lowering.centred(value));
  const target = lowering.createCentred(output);
  let offset = target.layout.origin;
  inputs.forEach((value, i) => {
    emitCopy(lowering, value, sources[i], target, { output: at(target.region, offset), table: partTable(value, output) });
    const { images, rows, columns, channels } = imageShape(value.shape);
    offset += [images, rows, columns, channels][axis] * axisBytes(target.layout, axis);
  });
  return 'concatenation';
}
