// Owns the lowering of RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: positions and weights become tables.
import { ResizeForm } from '../../core/abi';
import type { Node, Value } from '../../graph/graph';
import { zeroPointOf } from '../../quant/params';
import { interpolateFloat, interpolateInteger, nearestPixel } from '../../reference/resize';
import { codeCopyTable, emitCopy } from '../copy';
import { blocks, imageFields, origin, strides } from '../fields';
import { allCentred, core, is16Bit, isSigned } from '../formats/centred';
import type { Lowering } from '../lowering';
import { at } from '../region';

/** Positions along one axis, with real weights of the lower and of the higher neighbour. */
interface Axis {
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly lowWeights: readonly number[];
  readonly highWeights: readonly number[];
}

/** int8: multiples of 1/1024; where both neighbours are one pixel, its weight is 1. uint8: the float32 weights of the reference. */
function interpolationAxis(node: Node<'RESIZE_BILINEAR'>, inputSize: number, outputSize: number): Axis {
  const isInteger = node.inputs[0]!.dtype !== 'uint8';
  const { low, high, weight } = (isInteger ? interpolateInteger : interpolateFloat)(node.attributes, inputSize, outputSize);
  const highWeights = Array.from(weight, (w, i) => (isInteger ? (low[i] === high[i] ? 0 : w / 1024) : w));
  return { low, high, highWeights, lowWeights: highWeights.map((w) => Math.fround(1 - w)) };
}

/** Both axes together, so that codes times the unit are int16. */
const maxShortBits = 8;

/** The least bits with which all weights are integers that add up to one; beyond `maxShortBits` none are looked for. */
function weightBits({ lowWeights, highWeights }: Axis): number {
  let bits = 0;
  lowWeights.forEach((low, i) => {
    const isWhole = () => Number.isInteger(low * 2 ** bits) && Number.isInteger(highWeights[i] * 2 ** bits);
    while (bits <= maxShortBits && !isWhole()) bits++;
    if (low + highWeights[i] !== 1) bits = maxShortBits + 1;
  });
  return bits;
}

/** Per output row or column: byte offsets of the two input pixels and their weights, i32 in 2^-bits or f32. */
function interpolationTable({ low, high, lowWeights, highWeights }: Axis, bytes: number, bits: number | undefined): Int32Array {
  const integers = new Int32Array(low.length * 4);
  const weights = bits === undefined ? new Float32Array(integers.buffer) : integers;
  const unit = 2 ** (bits ?? 0);
  for (let i = 0; i < low.length; i++) {
    integers[4 * i] = low[i] * bytes;
    integers[4 * i + 1] = high[i] * bytes;
    weights[4 * i + 2] = lowWeights[i] * unit;
    weights[4 * i + 3] = highWeights[i] * unit;
  }
  return integers;
}

/** Bits of the weights of rows and columns; none for float32 weights. */
function chooseForm(value: Value, rows: Axis, columns: Axis): { form: ResizeForm; rowBits?: number; columnBits?: number } {
  if (is16Bit(value)) return { form: ResizeForm.Wide, rowBits: 10, columnBits: 10 };
  const rowBits = weightBits(rows);
  // One bit at least: the kernel's multiplier is 2^(15 - bits).
  const columnBits = Math.max(weightBits(columns), 1);
  if (rowBits + columnBits <= maxShortBits) return { form: ResizeForm.Short, rowBits, columnBits };
  return isSigned(value) ? { form: ResizeForm.Integer, rowBits: 10, columnBits: 10 } : { form: ResizeForm.Float };
}

export function lowerResizeBilinear(lowering: Lowering, node: Node<'RESIZE_BILINEAR'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!allCentred([input, output]) || zeroPointOf(input) !== zeroPointOf(output)) return undefined;
  const zeroPoint = zeroPointOf(input);
  const source = lowering.image(input);
  const target = lowering.createImage(output);
  const [from, to] = [source.layout, target.layout];
  const isInteger = input.dtype !== 'uint8';
  const rows = interpolationAxis(node, from.rows, to.rows);
  const columns = interpolationAxis(node, from.columns, to.columns);
  const { form, rowBits, columnBits } = chooseForm(input, rows, columns);
  // uint8 codes are computed as int8.
  const shift = isInteger ? 0 : 128;
  const spanBytes = from.columns * from.pixelBytes;
  const bufferBytes = { [ResizeForm.Float]: 4, [ResizeForm.Integer]: 2, [ResizeForm.Wide]: 2, [ResizeForm.Short]: 1 }[form];
  const { alignCorners, halfPixelCenters } = node.attributes;
  const table = (axis: Axis, size: number, bytes: number, bits: number | undefined) =>
    lowering.shared(
      `interpolation ${isInteger} ${alignCorners} ${halfPixelCenters} ${size} ${axis.low.length} ${bytes} ${bits}`,
      4 * axis.low.length,
      () => interpolationTable(axis, bytes, bits),
    );
  lowering.emit(core, 'ResizeBilinear', {
    input: origin(source),
    output: origin(target),
    ...imageFields(to),
    blocks: blocks(to),
    inputImageBytes: from.imageBytes,
    inputSpanBytes: spanBytes,
    ...strides('output', to),
    rowTable: table(rows, from.rows, from.rowBytes, rowBits),
    columnTable: table(columns, from.columns, from.pixelBytes * bufferBytes, columnBits),
    workspace: at(lowering.workspace('row', spanBytes * bufferBytes)),
    form,
    zeroPoint,
    // Sums of 20 bits have one half, 2^19, from their rows, which weights of 2^10 multiply.
    base: form === ResizeForm.Float ? 0 : (zeroPoint - shift) * 2 ** rowBits! + (form === ResizeForm.Integer ? 2 ** 9 : 0),
    multiplier: form === ResizeForm.Short ? 2 ** (15 - rowBits! - columnBits!) : 0,
    signMask: isInteger ? -1 : 0,
    offset: shift - zeroPoint,
  });
  return 'resize bilinear';
}

export function lowerResizeNearest(lowering: Lowering, node: Node<'RESIZE_NEAREST_NEIGHBOR'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!allCentred([input, output])) return undefined;
  const source = lowering.image(input);
  const target = lowering.createImage(output);
  const [from, to] = [source.layout, target.layout];
  const { alignCorners, halfPixelCenters } = node.attributes;
  const key = (size: number, bytes: number) => `nearest ${size} ${bytes} ${alignCorners} ${halfPixelCenters}`;
  const row = nearestPixel(node, from.rows, to.rows);
  const column = nearestPixel(node, from.columns, to.columns);
  emitCopy(lowering, input, source, target, {
    rows: { key: key(from.rows, from.rowBytes), count: to.rows, at: (y) => row(y) * from.rowBytes },
    columns: { key: key(from.columns, from.pixelBytes), count: to.columns, at: (x) => column(x) * from.pixelBytes },
    table: codeCopyTable(input, output),
  });
  return 'resize nearest';
}
