// Owns the lowering of float reductions over any axes, MEAN, SUM and REDUCE_*, and of ARG_MAX and ARG_MIN along any axis.
import { elementCount, type Node } from '../../graph/graph';
import { imageFields, origin, strides } from '../fields';
import { floatCore } from '../formats/float32';
import { meanPixels, reducedImageAxes } from '../lower/pool';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import { anyImage } from './dense';

type Reduction = Node<'MEAN' | 'SUM' | 'REDUCE_MAX' | 'REDUCE_MIN' | 'REDUCE_PROD'>;

/** Kernels of windows, and of windows whose spans are reduced, too. */
const kernels = {
  MEAN: ['ReduceSum', 'SumChannels'],
  SUM: ['ReduceSum', 'SumChannels'],
  REDUCE_MAX: ['ReduceMax', 'MaxChannels'],
  REDUCE_MIN: ['ReduceMin', 'MinChannels'],
  REDUCE_PROD: ['ReduceProduct', 'ProductChannels'],
} as const;

/** What sums of `count` elements are divided by. */
function divisorOf({ type }: Reduction, count: number): number {
  return type === 'MEAN' ? count : 1;
}

/** Over the channels of an image; results are dense: one element for every pixel. */
function reducePixels(lowering: Lowering, node: Reduction): boolean {
  const source = anyImage(lowering, node.inputs[0]!);
  const { layout } = source;
  lowering.emit(floatCore, kernels[node.type][1], {
    input: origin(source),
    output: lowering.createDense(node.outputs[0]),
    ...imageFields(layout),
    ...strides('input', layout),
    ...{ spans: 1, spanBytes: 0 },
    channels: layout.channels,
    divisor: divisorOf(node, layout.channels),
  });
  return true;
}

/** Neighbouring axes that are kept, or reduced, together. */
interface Axis {
  size: number;
  readonly isReduced: boolean;
}

/** The axes of the input, kept and reduced in turns, the first one kept; undefined where a run decides them. */
function mergedAxes({ inputs: [value, axes] }: Reduction): Axis[] | undefined {
  if (!axes?.data) return undefined;
  const { shape } = value!;
  const reduced = new Set(Array.from(axes.data as Int32Array, (axis) => (Number(axis) + shape.length) % shape.length));
  const merged: Axis[] = [{ size: 1, isReduced: false }];
  shape.forEach((size, axis) => {
    const isReduced = reduced.has(axis);
    const last = merged.at(-1)!;
    if (size === 1) return;
    if (last.isReduced === isReduced) last.size *= size;
    else merged.push({ size, isReduced });
  });
  return merged;
}

/** From so many elements on an extreme of all of them is that of four quarters' extremes. */
const quartered = 64;

/** One result, which would take one of four lanes: the extremes of quarters, then that of those; the first of equal ones stays first. */
function emitQuarters(lowering: Lowering, node: Reduction, count: number, { input, output }: { input: Address; output: Address }): void {
  const quarters = at(lowering.workspace('quarters', 16));
  const fields = { images: 1, rows: 1, spans: 1, inputImageBytes: 0, inputRowBytes: 0, spanBytes: 0, divisor: 1 };
  const kernel = kernels[node.type][1];
  lowering.emit(floatCore, kernel, { ...fields, input, output: quarters, columns: 4, channels: count / 4, inputPixelBytes: count });
  lowering.emit(floatCore, kernel, { ...fields, input: quarters, output, columns: 1, channels: 4, inputPixelBytes: 16 });
}

const ones = [1, 1, 1, 1, 1];

/** Dense elements of any shape, as kept, reduced, kept, reduced and kept axes, the first of which are 1. False where there are more. */
function reduceDense(lowering: Lowering, node: Reduction): boolean {
  const axes = mergedAxes(node);
  if (!axes || axes.length > 5) return false;
  const isLastReduced = axes.at(-1)!.isReduced;
  const sizes = axes.map(({ size }) => size);
  const [images, rows, columns, spans, elements] = [...ones.slice(axes.length + (isLastReduced ? 1 : 0)), ...sizes, 1];
  const operands = { input: lowering.dense(node.inputs[0]!), output: lowering.createDense(node.outputs[0]) };
  const isExtreme = node.type === 'REDUCE_MAX' || node.type === 'REDUCE_MIN';
  if (isExtreme && isLastReduced && images * rows * columns === 1 && spans >= quartered && spans % 4 === 0) {
    emitQuarters(lowering, node, spans, operands);
    return true;
  }
  const divisor = divisorOf(node, rows * spans);
  const spanBytes = 4 * elements;
  const pixelBytes = spans * spanBytes;
  const rowBytes = columns * pixelBytes;
  if (isLastReduced) {
    lowering.emit(floatCore, kernels[node.type][1], {
      ...operands,
      ...{ images: 1, rows: images, columns, spans: rows, channels: spans },
      ...{ inputImageBytes: 0, inputRowBytes: rows * rowBytes, inputPixelBytes: pixelBytes, spanBytes: rowBytes },
      divisor,
    });
    return true;
  }
  lowering.emit(floatCore, kernels[node.type][0], {
    ...operands,
    ...{ images, outputRows: 1, outputColumns: columns, rows, columns: spans, elements },
    ...{ inputImageBytes: rows * rowBytes, inputRowBytes: 0, inputPixelBytes: pixelBytes },
    ...{ windowRowBytes: rowBytes, windowPixelBytes: spanBytes },
    ...{ outputImageBytes: columns * spanBytes, outputRowBytes: 0, outputPixelBytes: spanBytes },
    divisor,
  });
  return true;
}

function lowerReduction(lowering: Lowering, node: Reduction): boolean {
  const axes = reducedImageAxes(node);
  if (axes?.size === 1 && axes.has(3) && elementCount(node.outputs[0].shape) > 1) return reducePixels(lowering, node);
  const found = meanPixels(lowering, node);
  if (!found) return reduceDense(lowering, node);
  const { blocks, ...pixels } = found;
  lowering.emit(floatCore, kernels[node.type][0], {
    ...pixels,
    elements: blocks * 4,
    windowRowBytes: pixels.inputRowBytes,
    windowPixelBytes: pixels.inputPixelBytes,
    divisor: divisorOf(node, pixels.rows * pixels.columns),
  });
  return true;
}

/** Results are dense int32 or int64. */
function lowerArg(lowering: Lowering, node: Node<'ARG_MAX' | 'ARG_MIN'>): boolean {
  const [value, operand] = node.inputs;
  const { shape } = value!;
  if (!operand?.data) return false;
  const axis = (Number(operand.data[0]) + shape.length) % shape.length;
  const inner = elementCount(shape.slice(axis + 1));
  const outputBytes = node.outputs[0].dtype === 'int64' ? 8 : 4;
  const kernel = node.type === 'ARG_MAX' ? 'ArgMax' : 'ArgMin';
  if (inner === 1 && axis === shape.length - 1) {
    const source = anyImage(lowering, value!);
    lowering.emit(floatCore, kernel, {
      input: origin(source),
      output: lowering.createDense(node.outputs[0]),
      ...imageFields(source.layout),
      ...strides('input', source.layout),
      ...{ channels: source.layout.channels, stepBytes: 4, outputBytes },
    });
    return true;
  }
  const channels = shape[axis];
  lowering.emit(floatCore, kernel, {
    input: lowering.dense(value!),
    output: lowering.createDense(node.outputs[0]),
    ...{ images: 1, rows: elementCount(shape.slice(0, axis)), columns: inner, channels },
    ...{ inputImageBytes: 0, inputRowBytes: channels * inner * 4, inputPixelBytes: 4 },
    ...{ stepBytes: inner * 4, outputBytes },
  });
  return true;
}

export const reductionEmitters = {
  MEAN: lowerReduction,
  SUM: lowerReduction,
  REDUCE_MAX: lowerReduction,
  REDUCE_MIN: lowerReduction,
  REDUCE_PROD: lowerReduction,
  ARG_MAX: lowerArg,
  ARG_MIN: lowerArg,
};
