// Owns the lowering of CONCATENATION: each part is copied into the output, uint8 parts of another scale through a table.
import type { Node, Value } from '../../graph/graph';
import { sameParams, scaleOf, zeroPointOf } from '../../quant/params';
import { requantizationTable } from '../../reference/concatenation';
import { type CentredTable, emitCopy } from '../copy';
import { allCentred } from '../formats/centred';
import type { Layout } from '../layout';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import type { Slopes } from '../slopes';
import type { Image } from '../step';
import { lowerMovement } from './movement';

/** The axis among images, rows, columns and channels; undefined where leading dimensions are merged. */
function imageAxis(node: Node<'CONCATENATION'>): 0 | 1 | 2 | 3 | undefined {
  const rank = node.outputs[0].shape.length;
  const axis = (node.attributes.axis + rank) % rank;
  const aligned = axis + 4 - rank;
  return rank <= 4 ? (aligned as 0 | 1 | 2 | 3) : undefined;
}

/** Bytes from one position along an axis to the next. */
function axisBytes(layout: Layout, axis: 0 | 1 | 2 | 3): number {
  return [layout.imageBytes, layout.rowBytes, layout.pixelBytes, layout.elementBytes][axis];
}

/** The table that requantizes a uint8 part in float32; undefined: it has the output's scale and zero point, as int8 parts always have. */
function partTable(input: Value, output: Value): CentredTable | undefined {
  if (sameParams(input, output)) return undefined;
  return Int16Array.from(requantizationTable(input.quantization!, output.quantization!), (code) => code - zeroPointOf(output));
}

/** What that table multiplies by. */
function partSlopes(input: Value, output: Value): Slopes {
  const ratio = scaleOf(input) / scaleOf(output);
  return { negative: ratio, positive: ratio };
}

/**
 * Copies each part to its place along one of the four axes of an image, unless it has been computed there, and returns how many were copied;
 * undefined, with nothing emitted, where leading dimensions are merged.
 */
export function placeParts(
  lowering: Lowering,
  node: Node<'CONCATENATION'>,
  copy: (part: Value, source: Image, target: Image, output: Address) => void,
): number | undefined {
  const inputs = node.inputs as Value[];
  const axis = imageAxis(node);
  if (axis === undefined) return undefined;
  const sources = inputs.map((value) => lowering.image(value));
  const target = lowering.createImage(node.outputs[0]);
  let offset = target.layout.origin;
  let copies = 0;
  inputs.forEach((value, i) => {
    if (!lowering.isInPlace(node, i, sources[i].region)) {
      copy(value, sources[i], target, at(target.region, offset));
      copies++;
    }
    const { images, rows, columns, channels } = sources[i].layout;
    offset += [images, rows, columns, channels][axis] * axisBytes(target.layout, axis);
  });
  return copies;
}

export function lowerConcatenation(lowering: Lowering, node: Node<'CONCATENATION'>): string | undefined {
  const [result] = node.outputs;
  const isMerged = imageAxis(node) === undefined;
  // Parts of float images are placed by the binary that computes on them.
  if (!allCentred([...node.inputs, result])) return lowering.formatOf(result) && !isMerged ? undefined : lowerMovement(lowering, node);
  if (isMerged && (node.inputs as Value[]).some((part) => partTable(part, result))) return undefined;
  if (isMerged) return lowerMovement(lowering, node);
  const copies = placeParts(lowering, node, (part, source, target, output) =>
    emitCopy(lowering, part, source, target, { output, table: partTable(part, result), slopes: partSlopes(part, result) }),
  );
  return copies === 0 ? 'alias' : 'concatenation';
}
