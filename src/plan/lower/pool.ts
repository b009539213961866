// Owns the lowering of AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM.
import type { Node, Value } from '../../graph/graph';
import { windowAxes } from '../../graph/window';
import { meanMultiplier, rescaleMultiplier } from '../../quant/operator-multipliers';
import { scaleOf, zeroPointOf } from '../../quant/params';
import { centredClamp } from '../clamp';
import { hasBorder, imageShape, type Layout, paddedChannels, sameImageShape } from '../layout';
import { all8Bit, imageFields, type Lowering, origin, strides } from '../lowering';
import type { Field } from '../region';

/** Beyond this a sum of codes is not exact in float32, where the average is divided. */
const largestWindow = 2 ** 16;

export function lowerPool(lowering: Lowering, node: Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  const { filterH, filterW, activation } = node.attributes;
  const isAverage = node.type === 'AVERAGE_POOL_2D';
  if (!all8Bit([input, output]) || zeroPointOf(input) !== zeroPointOf(output)) return undefined;
  if (isAverage && Math.min(filterH, input.shape[1]) * Math.min(filterW, input.shape[2]) >= largestWindow) return undefined;
  const { rows, columns } = windowAxes(node.attributes, filterH, filterW, input.shape, output.shape);
  const source = lowering.centred(input);
  const target = lowering.createCentred(output);
  lowering.emit(isAverage ? 'AveragePool' : 'MaxPool', {
    input: origin(source),
    output: origin(target),
    inputRows: source.layout.rows,
    inputColumns: source.layout.columns,
    ...imageFields(target.layout),
    blocks: target.layout.pixelElements / 8,
    filterRows: filterH,
    filterColumns: filterW,
    strideRows: rows.stride,
    strideColumns: columns.stride,
    padTop: rows.before,
    padLeft: columns.before,
    ...strides('input', source.layout),
    ...strides('output', target.layout),
    zeroPoint: zeroPointOf(output),
    ...centredClamp(output, activation),
  });
  return isAverage ? 'average pool' : 'max pool';
}

/** Which of rows and columns a reduction removes; undefined when it touches other axes of an image. */
function reducedAxes(node: Node<'MEAN' | 'SUM'>): { rows: boolean; columns: boolean } | undefined {
  const axes = node.inputs[1]?.data;
  if (!axes || node.inputs[0]!.shape.length !== 4) return undefined;
  const reduced = new Set(Array.from(axes as Int32Array, (axis) => (Number(axis) + 4) % 4));
  if (reduced.size === 0 || reduced.has(0) || reduced.has(3)) return undefined;
  return { rows: reduced.has(1), columns: reduced.has(2) };
}

/** Strides of the results as images, rows and columns of the input: reduced axes have one entry. */
function resultStrides(layout: Layout, rows: number, columns: number): Record<string, Field> {
  const outputRowBytes = columns * layout.pixelBytes;
  return { outputImageBytes: rows * outputRowBytes, outputRowBytes, outputPixelBytes: layout.pixelBytes };
}

export function lowerReduction(lowering: Lowering, node: Node<'MEAN' | 'SUM'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  const axes = reducedAxes(node);
  if (!axes || !all8Bit([input, output]) || input.quantization!.scale.length > 1) return undefined;
  const demanded = lowering.demandedLayout(output);
  const source = lowering.centred(input);
  const { layout } = source;
  const outputRows = axes.rows ? 1 : layout.rows;
  const outputColumns = axes.columns ? 1 : layout.columns;
  const shape = { images: layout.images, rows: outputRows, columns: outputColumns, channels: layout.channels };
  const sameShape = sameImageShape(shape, imageShape(output.shape));
  if (hasBorder(demanded) && !sameShape) return undefined;
  const rows = axes.rows ? layout.rows : 1;
  const columns = axes.columns ? layout.columns : 1;
  const scales = [scaleOf(input), scaleOf(output)] as const;
  const target = lowering.createCentred(output);
  lowering.emit('Mean', {
    input: origin(source),
    output: origin(target),
    images: layout.images,
    outputRows,
    outputColumns,
    rows,
    columns,
    blocks: paddedChannels(layout.channels) / 8,
    ...strides('input', layout),
    ...(sameShape ? strides('output', target.layout) : resultStrides(target.layout, outputRows, outputColumns)),
    ...(node.type === 'MEAN' ? meanMultiplier(...scales, rows * columns) : rescaleMultiplier(...scales)),
    ...centredClamp(output),
  });
  return node.type === 'MEAN' ? 'mean' : 'sum';
}
