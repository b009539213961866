// Owns RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR over NHWC images; the new size is the output's shape.
import type { Node, TensorData } from '../graph/graph';
import { roundHalfAwayFromZero } from '../quant/multiplier';
import { allOffsets, copyElements, mapOffsets } from './element-copy';
import type { ReferenceKernel, ReferenceKernels } from './kernel';

type Resize = Node<'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'>;

/** Input pixels between which an output row or column lies, and how far it is from the first towards the second. */
interface Interpolation {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** Of one pixel: in 1/1024 for the integer kernel, float32 for the others. Negative or above one pixel where edges clamp. */
  readonly weight: Float32Array;
}

type Interpolate = (attributes: Resize['attributes'], inputSize: number, outputSize: number) => Interpolation;

/** Both scalings map the span of pixels, or with `alignCorners` that of pixel centres, onto each other. */
function spans({ alignCorners }: Resize['attributes'], inputSize: number, outputSize: number): [input: number, output: number] {
  return alignCorners && outputSize > 1 ? [inputSize - 1, outputSize - 1] : [inputSize, outputSize];
}

/** One entry per output row or column; `position(i)` gives the neighbours of output i and the second one's weight. */
function interpolation(outputSize: number, position: (i: number) => [low: number, high: number, weight: number]): Interpolation {
  const entries = Array.from({ length: outputSize }, (_, i) => position(i));
  const [low, high, weight] = [0, 1, 2].map((k) => entries.map((entry) => entry[k]));
  return { low: Int32Array.from(low), high: Int32Array.from(high), weight: Float32Array.from(weight) };
}

/** Coordinates in 1/1024 pixel: `ResizeBilinearInteger` of `tflite/kernels/internal/reference/resize_bilinear.h`. */
export const interpolateInteger: Interpolate = (attributes, inputSize, outputSize) => {
  const [input, output] = spans(attributes, inputSize, outputSize);
  const scale = Math.trunc((1024 * input + Math.trunc(output / 2)) / output);
  return interpolation(outputSize, (i) => {
    const position = attributes.halfPixelCenters ? i * scale + Math.trunc(scale / 2) - 512 : i * scale;
    // The rounded scale leads beyond the last pixel when the output is some thousand times larger; TFLite then reads past the image.
    const low = Math.min(Math.max(Math.trunc(position / 1024), 0), inputSize - 1);
    return [low, Math.min(Math.trunc((position + 1023) / 1024), inputSize - 1), position - 1024 * low];
  });
};

/** Coordinates in float32: `ResizeBilinear` of the same file. */
export const interpolateFloat: Interpolate = (attributes, inputSize, outputSize) => {
  const [input, output] = spans(attributes, inputSize, outputSize);
  const scale = Math.fround(input / output);
  return interpolation(outputSize, (i) => {
    const position = attributes.halfPixelCenters ? Math.fround(Math.fround((i + 0.5) * scale) - 0.5) : Math.fround(i * scale);
    const low = Math.max(Math.floor(position), 0);
    return [low, Math.min(Math.ceil(position), inputSize - 1), Math.fround(position - low)];
  });
};

/** The value between four neighbours; `wy` and `wx` are the weights of the lower row and the right column. */
type Blend = (topLeft: number, bottomLeft: number, topRight: number, bottomRight: number, wy: number, wx: number) => number;

/** Products stay below 2^53 (|code| <= 2^15, weights <= 2^11), so doubles are exact. Ties are rounded away from zero. */
const blendInteger: Blend = (topLeft, bottomLeft, topRight, bottomRight, wy, wx) => {
  const sum = topLeft * (1024 - wy) * (1024 - wx) + bottomLeft * wy * (1024 - wx) + topRight * (1024 - wy) * wx + bottomRight * wy * wx;
  return Math.trunc((sum + (sum > 0 ? 0x80000 : -0x80000)) / 0x100000);
};

/** In float32, summed in this order. */
const blendFloat: Blend = (topLeft, bottomLeft, topRight, bottomRight, wy, wx) => {
  const f = Math.fround;
  const top = f(1 - wy);
  const left = f(1 - wx);
  const upper = f(f(f(topLeft * top) * left) + f(f(bottomLeft * wy) * left));
  return f(f(upper + f(f(topRight * top) * wx)) + f(f(bottomRight * wy) * wx));
};

/** uint8 interpolates raw codes in float32, adds a half and truncates. */
const blendUint8: Blend = (topLeft, bottomLeft, topRight, bottomRight, wy, wx) =>
  Math.trunc(Math.fround(blendFloat(topLeft, bottomLeft, topRight, bottomRight, wy, wx) + 0.5));

function interpolateImage(node: Resize, source: TensorData, target: TensorData, interpolate: Interpolate, blend: Blend): void {
  const [batches, inputHeight, inputWidth, channels] = node.inputs[0]!.shape;
  const [, outputHeight, outputWidth] = node.outputs[0].shape;
  const rows = interpolate(node.attributes, inputHeight, outputHeight);
  const columns = interpolate(node.attributes, inputWidth, outputWidth);
  const image = source as Float32Array;
  let to = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < outputHeight; y++) {
      const top = (batch * inputHeight + rows.low[y]) * inputWidth;
      const bottom = (batch * inputHeight + rows.high[y]) * inputWidth;
      for (let x = 0; x < outputWidth; x++) {
        const topLeft = (top + columns.low[x]) * channels;
        const topRight = (top + columns.high[x]) * channels;
        const bottomLeft = (bottom + columns.low[x]) * channels;
        const bottomRight = (bottom + columns.high[x]) * channels;
        for (let c = 0; c < channels; c++) {
          target[to++] = blend(
            image[topLeft + c],
            image[bottomLeft + c],
            image[topRight + c],
            image[bottomRight + c],
            rows.weight[y],
            columns.weight[x],
          );
        }
      }
    }
  }
}

const resizeBilinear: ReferenceKernel<'RESIZE_BILINEAR'> = (node, inputs, outputs) => {
  const { dtype } = node.inputs[0]!;
  if (dtype === 'float32') interpolateImage(node, inputs[0]!, outputs[0], interpolateFloat, blendFloat);
  else if (dtype === 'uint8') interpolateImage(node, inputs[0]!, outputs[0], interpolateFloat, blendUint8);
  else interpolateImage(node, inputs[0]!, outputs[0], interpolateInteger, blendInteger);
};

/** `GetNearestNeighbor` of `tflite/kernels/internal/reference/resize_nearest_neighbor.h`, in float32. */
export function nearestPixel({ attributes }: Resize, inputSize: number, outputSize: number): (i: number) => number {
  const [input, output] = spans(attributes, inputSize, outputSize);
  const scale = Math.fround(input / output);
  const shift = attributes.halfPixelCenters ? 0.5 : 0;
  return (i) => {
    const position = Math.fround((i + shift) * scale);
    const rounded = attributes.alignCorners ? roundHalfAwayFromZero(position) : Math.floor(position);
    return Math.max(Math.min(rounded, inputSize - 1), 0);
  };
}

const resizeNearest: ReferenceKernel<'RESIZE_NEAREST_NEIGHBOR'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const outputShape = node.outputs[0].shape;
  const row = nearestPixel(node, shape[1], outputShape[1]);
  const column = nearestPixel(node, shape[2], outputShape[2]);
  const from = mapOffsets(shape, outputShape, (i, axis) => (axis === 1 ? row(i) : axis === 2 ? column(i) : i));
  copyElements(inputs[0]!, from, outputs[0], allOffsets(outputShape));
};

export const resizeKernels: ReferenceKernels = { RESIZE_BILINEAR: resizeBilinear, RESIZE_NEAREST_NEIGHBOR: resizeNearest };
