// Owns where a sliding window lies: padding, the window's geometry, and gathering the elements under it.
import type { ExplicitPadding, Padding, Value } from '../graph/graph';

/**
 * Real zeros before the first element along an axis of `size` elements, after `ComputePaddingWithOffset` and `ComputeOutSize`
 * (tflite/kernels/padding.h): the total is split evenly, an odd one has its larger half behind.
 */
export function paddingBefore(padding: Padding, size: number, filter: number, stride: number, dilation: number): number {
  const effective = (filter - 1) * dilation + 1;
  const positions = Math.trunc((padding === 'SAME' ? size + stride - 1 : size + stride - effective) / stride);
  return Math.max(0, (positions - 1) * stride + effective - size) >> 1;
}

/** A window over an NHWC image; all counts in elements. */
export interface Window {
  readonly batches: number;
  readonly inputH: number;
  readonly inputW: number;
  readonly channels: number;
  readonly outputH: number;
  readonly outputW: number;
  readonly filterH: number;
  readonly filterW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly top: number;
  readonly left: number;
}

interface Steps {
  readonly padding: Padding | ExplicitPadding;
  readonly strideH: number;
  readonly strideW: number;
  /** Pools have none: 1. */
  readonly dilationH?: number;
  readonly dilationW?: number;
}

/** The window of a convolution or pool of `filterH` x `filterW` from `input` to `output`, both [batch, height, width, channels]. */
export function windowOf(input: Value, output: Value, filterH: number, filterW: number, steps: Steps): Window {
  const [batches, inputH, inputW, channels] = input.shape;
  const [, outputH, outputW] = output.shape;
  const { padding, strideH, strideW, dilationH = 1, dilationW = 1 } = steps;
  const explicit = typeof padding === 'object';
  const top = explicit ? padding.top : paddingBefore(padding, inputH, filterH, strideH, dilationH);
  const left = explicit ? padding.left : paddingBefore(padding, inputW, filterW, strideW, dilationW);
  return { batches, inputH, inputW, channels, outputH, outputW, filterH, filterW, strideH, strideW, dilationH, dilationW, top, left };
}

/**
 * Calls `visit(pixel)` for every output pixel in row-major order, with `patch` [filterH, filterW, channels] holding the input under
 * the window and 0 outside the image, which is real zero: `input` is float or has its zero point removed.
 */
export function forEachPatch<T extends Int16Array | Float32Array>(
  window: Window,
  input: T,
  patch: T,
  visit: (pixel: number) => void,
): void {
  const { batches, outputH, outputW, strideH, strideW, top, left } = window;
  let pixel = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < outputH; y++) {
      for (let x = 0; x < outputW; x++) {
        gather(window, input, patch, batch, y * strideH - top, x * strideW - left);
        visit(pixel++);
      }
    }
  }
}

/** Fills `patch` from the window whose first tap lies at row `originY` and column `originX`. */
function gather<T extends Int16Array | Float32Array>(
  window: Window,
  input: T,
  patch: T,
  batch: number,
  originY: number,
  originX: number,
): void {
  const { inputH, inputW, channels, filterH, filterW, dilationH, dilationW } = window;
  let to = 0;
  for (let filterY = 0; filterY < filterH; filterY++) {
    const y = originY + filterY * dilationH;
    for (let filterX = 0; filterX < filterW; filterX++) {
      const x = originX + filterX * dilationW;
      if (y >= 0 && y < inputH && x >= 0 && x < inputW) {
        const from = ((batch * inputH + y) * inputW + x) * channels;
        for (let c = 0; c < channels; c++) patch[to + c] = input[from + c];
      } else {
        patch.fill(0, to, to + channels);
      }
      to += channels;
    }
  }
}
