// Owns the lowering of AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM.
import type { Node, Value } from '../../graph/graph';
import { windowAxes } from '../../graph/window';
import { meanMultiplier, rescaleMultiplier } from '../../quant/operator-multipliers';
import { scaleOf, zeroPointOf } from '../../quant/params';
import { blocks, origin, pixelFields, strides } from '../fields';
import { allCentred, centredClamp, core, is16Bit, maxElement } from '../formats/centred';
import { hasBorder, imageShape, type Layout, sameImageShape } from '../layout';
import type { Lowering } from '../lowering';
import { at } from '../region';
import { scalarRequantization } from '../requantization';

type Pool = Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>;

/** Larger sums of codes are not exact in float32, in which the kernel divides: 2^16 codes of 8 bits, or 2^9 of 16, sum up to 2^24. */
const maxWindow = (value: Value) => (is16Bit(value) ? 2 ** 9 : 2 ** 16);

/** The fields of a pool's descriptor that say what it reads and writes. */
export function poolPixels(lowering: Lowering, { attributes, inputs: [input], outputs: [output] }: Pool) {
  const { filterH, filterW } = attributes;
  const { rows, columns } = windowAxes(attributes, filterH, filterW, input!.shape, output.shape);
  const source = lowering.image(input!);
  const target = lowering.createImage(output);
  return {
    ...pixelFields(source, target),
    inputRows: source.layout.rows,
    inputColumns: source.layout.columns,
    blocks: blocks(target.layout),
    filterRows: filterH,
    filterColumns: filterW,
    strideRows: rows.stride,
    strideColumns: columns.stride,
    padTop: rows.before,
    padLeft: columns.before,
  };
}

export function lowerPool(lowering: Lowering, node: Pool): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  const { filterH, filterW, activation } = node.attributes;
  const isAverage = node.type === 'AVERAGE_POOL_2D';
  if (!allCentred([input, output]) || zeroPointOf(input) !== zeroPointOf(output)) return undefined;
  if (isAverage && Math.min(filterH, input.shape[1]) * Math.min(filterW, input.shape[2]) >= maxWindow(input)) return undefined;
  const clamp = centredClamp(output, activation);
  // The kernel takes a range of 255 for that of 8-bit codes, which maxima never leave.
  if (!isAverage && is16Bit(input) && clamp.upper - clamp.lower === 255) return undefined;
  const pixels = poolPixels(lowering, node);
  const rowBytes = pixels.inputColumns * pixels.inputPixelBytes;
  lowering.emit(core, isAverage ? 'AveragePool' : 'MaxPool', {
    ...pixels,
    workspace: isAverage ? 0 : at(lowering.workspace('row', rowBytes)),
    zeroPoint: zeroPointOf(output),
    ...clamp,
  });
  return isAverage ? 'average pool' : 'max pool';
}

/** The axes of an image, 0 to 3, that a reduction removes; undefined where they are not constant or leading dimensions are merged. */
export function reducedImageAxes(node: Node): ReadonlySet<number> | undefined {
  const axes = node.inputs[1]?.data;
  const rank = node.inputs[0]!.shape.length;
  if (!axes || rank === 0 || rank > 4) return undefined;
  return new Set(Array.from(axes as Int32Array, (axis) => ((Number(axis) + rank) % rank) + 4 - rank));
}

/** Which of rows and columns a reduction removes; undefined when it removes other axes of an image, too. */
function reducedAxes(node: Node): { rows: boolean; columns: boolean } | undefined {
  const reduced = reducedImageAxes(node);
  if (!reduced || reduced.size === 0 || reduced.has(0) || reduced.has(3)) return undefined;
  return { rows: reduced.has(1), columns: reduced.has(2) };
}

/** Strides of the results as images, rows and columns of the input: reduced axes have one entry. */
function resultStrides({ pixelBytes }: Layout, rows: number, columns: number) {
  return { outputImageBytes: rows * columns * pixelBytes, outputRowBytes: columns * pixelBytes, outputPixelBytes: pixelBytes };
}

/**
 * The fields of a Mean descriptor that say what it reads and writes; undefined, with nothing emitted, when images or channels are reduced
 * or the results' border does not fit them.
 */
export function meanPixels(lowering: Lowering, node: Node) {
  const [output] = node.outputs;
  const axes = reducedAxes(node);
  if (!axes) return undefined;
  const { images, rows, columns, channels } = imageShape(node.inputs[0]!.shape);
  const [outputRows, outputColumns] = [axes.rows ? 1 : rows, axes.columns ? 1 : columns];
  const isSame = sameImageShape({ images, rows: outputRows, columns: outputColumns, channels }, imageShape(output.shape));
  if (hasBorder(lowering.requiredLayout(output)) && !isSame) return undefined;
  const source = lowering.image(node.inputs[0]!);
  const target = lowering.createImage(output);
  return {
    input: origin(source),
    output: origin(target),
    images,
    outputRows,
    outputColumns,
    rows: axes.rows ? rows : 1,
    columns: axes.columns ? columns : 1,
    blocks: blocks(target.layout),
    ...strides('input', source.layout),
    ...(isSame ? strides('output', target.layout) : resultStrides(target.layout, outputRows, outputColumns)),
  };
}

export function lowerReduction(lowering: Lowering, node: Node<'MEAN' | 'SUM'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  if (!allCentred([input, output]) || input.quantization!.scale.length > 1) return undefined;
  const pixels = meanPixels(lowering, node);
  if (!pixels) return undefined;
  const scales = [scaleOf(input), scaleOf(output)] as const;
  const isMean = node.type === 'MEAN';
  const count = pixels.rows * pixels.columns;
  const { multiplier, shift } = isMean ? meanMultiplier(...scales, count) : rescaleMultiplier(...scales);
  lowering.emit(core, 'Mean', {
    ...pixels,
    // 128 elements of 8-bit codes add up to an int16.
    terms: is16Bit(input) ? 1 : 128,
    constants: lowering.constant('requantization', new Uint8Array(scalarRequantization(multiplier, shift, 0, maxElement(input) * count))),
    ...centredClamp(output),
  });
  return isMean ? 'mean' : 'sum';
}
