// Owns the lowering of RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: positions and weights become tables.
import type { Node, Value } from '../../graph/graph';
import { zeroPointOf } from '../../quant/params';
import { interpolateFloat, interpolateInteger, nearestPixel } from '../../reference/resize';
import { codeCopyTable, emitCopy } from '../copy';
import { blocks, imageFields, origin, strides } from '../fields';
import { all8Bit, core, isSigned } from '../formats/centred';
import type { Lowering } from '../lowering';
import type { Address } from '../region';

/** Per output row or column: byte offsets of the two input pixels and their weights, in 1/1024 (int8) or float32. */
export function interpolationTable(
  lowering: Lowering,
  node: Node<'RESIZE_BILINEAR'>,
  inputSize: number,
  outputSize: number,
  bytes: number,
): Address {
  const isInteger = node.inputs[0]!.dtype === 'int8';
  const { alignCorners, halfPixelCenters } = node.attributes;
  const key = `interpolation ${isInteger} ${alignCorners} ${halfPixelCenters} ${inputSize} ${outputSize} ${bytes}`;
  return lowering.shared(key, 4 * outputSize, () => {
    const { low, high, weight } = (isInteger ? interpolateInteger : interpolateFloat)(node.attributes, inputSize, outputSize);
    const integers = new Int32Array(outputSize * 4);
    const floats = new Float32Array(integers.buffer);
    const weights: Int32Array | Float32Array = isInteger ? integers : floats;
    for (let i = 0; i < outputSize; i++) {
      integers[4 * i] = low[i] * bytes;
      integers[4 * i + 1] = high[i] * bytes;
      weights[4 * i + 2] = isInteger ? 1024 - weight[i] : Math.fround(1 - weight[i]);
      weights[4 * i + 3] = weight[i];
    }
    return integers;
  });
}

export function lowerResizeBilinear(lowering: Lowering, node: Node<'RESIZE_BILINEAR'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!all8Bit([input, output]) || zeroPointOf(input) !== zeroPointOf(output)) return undefined;
  const source = lowering.image(input);
  const target = lowering.createImage(output);
  const [from, to] = [source.layout, target.layout];
  lowering.emit(core, 'ResizeBilinear', {
    input: origin(source),
    output: origin(target),
    ...imageFields(to),
    blocks: blocks(to),
    inputImageBytes: from.imageBytes,
    ...strides('output', to),
    rowTable: interpolationTable(lowering, node, from.rows, to.rows, from.rowBytes),
    columnTable: interpolationTable(lowering, node, from.columns, to.columns, from.pixelBytes),
    zeroPoint: zeroPointOf(input),
    signed: isSigned(input),
  });
  return 'resize bilinear';
}

export function lowerResizeNearest(lowering: Lowering, node: Node<'RESIZE_NEAREST_NEIGHBOR'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!all8Bit([input, output])) return undefined;
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
