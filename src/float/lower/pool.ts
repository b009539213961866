// Owns the lowering of AVERAGE_POOL_2D, MAX_POOL_2D, MEAN over rows and columns, and SOFTMAX over channels.
import type { Node, Value } from '../../graph/graph';
import { windowAxes } from '../../graph/window';
import { hasBorder, imageShape, type Layout, sameImageShape } from '../../plan/layout';
import { at, type Field } from '../../plan/region';
import { clampFields } from '../gemm';
import { imageFields, type Lowering, strides, vectors } from '../lowering';

export function lowerPool(lowering: Lowering, node: Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>): boolean {
  const { filterH, filterW, activation, padding } = node.attributes;
  // Only explicit padding can move a whole window outside the image, where there is nothing to pool.
  if (typeof padding === 'object') return false;
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  const { rows, columns } = windowAxes(node.attributes, filterH, filterW, node.inputs[0]!.shape, node.outputs[0].shape);
  lowering.emit(node.type === 'MAX_POOL_2D' ? 'MaxPool' : 'AveragePool', {
    input: at(input.region, input.layout.origin),
    output: at(output.region, output.layout.origin),
    inputRows: input.layout.rows,
    inputColumns: input.layout.columns,
    ...imageFields(output.layout),
    vectors: vectors(output.layout),
    filterRows: filterH,
    filterColumns: filterW,
    strideRows: rows.stride,
    strideColumns: columns.stride,
    padTop: rows.before,
    padLeft: columns.before,
    ...strides('input', input.layout),
    ...strides('output', output.layout),
    ...clampFields(activation),
  });
  return true;
}

/** Which of rows and columns a reduction removes; undefined when it touches other axes of an image. */
function reducedAxes(node: Node<'MEAN'>): { rows: boolean; columns: boolean } | undefined {
  const axes = node.inputs[1]?.data;
  if (!axes || node.inputs[0]!.shape.length !== 4) return undefined;
  const reduced = new Set(Array.from(axes as Int32Array, (axis) => (axis + 4) % 4));
  if (reduced.size === 0 || reduced.has(0) || reduced.has(3)) return undefined;
  return { rows: reduced.has(1), columns: reduced.has(2) };
}

/** Strides of the results as images, rows and columns of the input: reduced axes have one entry. */
function resultStrides(layout: Layout, rows: number, columns: number): Record<string, Field> {
  const outputRowBytes = columns * layout.pixelBytes;
  return { outputImageBytes: rows * outputRowBytes, outputRowBytes, outputPixelBytes: layout.pixelBytes };
}

export function lowerMean(lowering: Lowering, node: Node<'MEAN'>): boolean {
  const output = node.outputs[0];
  const axes = reducedAxes(node);
  if (!axes) return false;
  const { region, layout } = lowering.image(node.inputs[0] as Value);
  const outputRows = axes.rows ? 1 : layout.rows;
  const outputColumns = axes.columns ? 1 : layout.columns;
  const shape = { images: layout.images, rows: outputRows, columns: outputColumns, channels: layout.channels };
  const sameShape = sameImageShape(shape, imageShape(output.shape));
  if (hasBorder(lowering.demandedLayout(output)) && !sameShape) return false;
  const target = lowering.createImage(output);
  lowering.emit('Mean', {
    input: at(region, layout.origin),
    output: at(target.region, target.layout.origin),
    images: layout.images,
    outputRows,
    outputColumns,
    rows: axes.rows ? layout.rows : 1,
    columns: axes.columns ? layout.columns : 1,
    vectors: vectors(target.layout),
    ...strides('input', layout),
    ...(sameShape ? strides('output', target.layout) : resultStrides(target.layout, outputRows, outputColumns)),
  });
  return true;
}

export function lowerSoftmax(lowering: Lowering, node: Node<'SOFTMAX'>): boolean {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  lowering.emit('Softmax', {
    input: at(input.region, input.layout.origin),
    output: at(output.region, output.layout.origin),
    ...imageFields(output.layout),
    channels: output.layout.channels,
    ...strides('input', input.layout),
    ...strides('output', output.layout),
    beta: node.attributes.beta,
  });
  return true;
}
