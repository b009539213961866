// Owns the lowering of float RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR.
import { elementCount, type Node, type Value } from '../../graph/graph';
import { interpolateFloat, nearestPixel } from '../../reference/resize';
import { denseImage, imageFields, origin, strides } from '../fields';
import { floatCore } from '../formats/float32';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import type { Image } from '../step';
import { anyImage, isNarrow } from './dense';

/** Dense elements that a kernel may write 16 bytes at a time, in order: the last pixel's vector may end behind them. */
function denseTarget(lowering: Lowering, value: Value): Image {
  const address = at(lowering.workspace(`${value.name} (dense)`, elementCount(value.shape) * 4 + 12));
  lowering.aliasDense(value, address);
  return denseImage(value, 4, address);
}

function resizePixels(source: Image, target: Image) {
  return {
    input: origin(source),
    output: origin(target),
    ...imageFields(target.layout),
    vectors: Math.ceil(target.layout.channels / 4),
    inputImageBytes: source.layout.imageBytes,
    ...strides('output', target.layout),
  };
}

/** Pixels of few channels are dense, for an image of them is mostly padding, and so is what users read, unless an image is the same. */
function resizeImages(lowering: Lowering, [input]: readonly (Value | undefined)[], output: Value): [source: Image, target: Image] {
  const isDense = isNarrow(output) || (lowering.isOutput(output) && output.shape[3] % 8 !== 0);
  return [anyImage(lowering, input!), isDense ? denseTarget(lowering, output) : lowering.createImage(output)];
}

/** Per output row or column: byte offsets of the two input pixels and their weights. */
function interpolationTable(
  lowering: Lowering,
  node: Node<'RESIZE_BILINEAR'>,
  inputSize: number,
  outputSize: number,
  bytes: number,
): Address {
  const { alignCorners, halfPixelCenters } = node.attributes;
  const key = `float interpolation ${alignCorners} ${halfPixelCenters} ${inputSize} ${outputSize} ${bytes}`;
  return lowering.shared(key, 4 * outputSize, () => {
    const { low, high, weight } = interpolateFloat(node.attributes, inputSize, outputSize);
    const integers = new Int32Array(outputSize * 4);
    const weights = new Float32Array(integers.buffer);
    for (let i = 0; i < outputSize; i++) {
      integers[4 * i] = low[i] * bytes;
      integers[4 * i + 1] = high[i] * bytes;
      weights[4 * i + 2] = 1 - weight[i];
      weights[4 * i + 3] = weight[i];
    }
    return integers;
  });
}

function lowerBilinear(lowering: Lowering, node: Node<'RESIZE_BILINEAR'>): boolean {
  const [source, target] = resizeImages(lowering, node.inputs, node.outputs[0]);
  const { rows, rowBytes, columns, pixelBytes } = source.layout;
  lowering.emit(floatCore, 'ResizeBilinear', {
    ...resizePixels(source, target),
    rowTable: interpolationTable(lowering, node, rows, target.layout.rows, rowBytes),
    columnTable: interpolationTable(lowering, node, columns, target.layout.columns, pixelBytes),
  });
  return true;
}

function lowerNearest(lowering: Lowering, node: Node<'RESIZE_NEAREST_NEIGHBOR'>): boolean {
  const [source, target] = resizeImages(lowering, node.inputs, node.outputs[0]);
  const { alignCorners, halfPixelCenters } = node.attributes;
  const table = (from: number, to: number, bytes: number): Address => {
    const pixel = nearestPixel(node, from, to);
    return lowering.shared(`nearest ${from} ${to} ${bytes} ${alignCorners} ${halfPixelCenters}`, to, () => {
      return Int32Array.from({ length: to }, (_, i) => pixel(i) * bytes);
    });
  };
  const { rows, rowBytes, columns, pixelBytes } = source.layout;
  lowering.emit(floatCore, 'ResizeNearest', {
    ...resizePixels(source, target),
    rowTable: table(rows, target.layout.rows, rowBytes),
    columnTable: table(columns, target.layout.columns, pixelBytes),
  });
  return true;
}

export const resizeEmitters = { RESIZE_BILINEAR: lowerBilinear, RESIZE_NEAREST_NEIGHBOR: lowerNearest };
