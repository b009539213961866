// Owns windows over NHWC images, and the elements under a window at each position.
import type { Value } from '../graph/graph';
import { type WindowAttributes, type WindowAxes, windowAxes } from '../graph/window';

/** A window over an NHWC image; all counts in elements. */
export interface Window extends WindowAxes {
  readonly batches: number;
  readonly channels: number;
}

/** The window of a convolution or pool of `filterH` x `filterW` from `input` to `output`, both [batch, height, width, channels]. */
export function windowOf(input: Value, output: Value, filterH: number, filterW: number, attributes: WindowAttributes): Window {
  const [batches, , , channels] = input.shape;
  return { batches, channels, ...windowAxes(attributes, filterH, filterW, input.shape, output.shape) };
}

/**
 * Calls `visit(pixel)` for every output pixel in row-major order, with `patch` [filterH, filterW, channels] holding the input under
 * the window and 0 outside the image, which is real zero: `input` is float or has its zero point removed.
 */
export function forEachPatch<T extends Int16Array | Int32Array | Float32Array>(
  window: Window,
  input: T,
  patch: T,
  visit: (pixel: number) => void,
): void {
  const { batches, rows, columns } = window;
  let pixel = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < rows.output; y++) {
      for (let x = 0; x < columns.output; x++) {
        gather(window, input, patch, batch, y * rows.stride - rows.before, x * columns.stride - columns.before);
        visit(pixel++);
      }
    }
  }
}

/** Fills `patch` from the window whose first tap lies at row `originY` and column `originX`. */
function gather<T extends Int16Array | Int32Array | Float32Array>(
  window: Window,
  input: T,
  patch: T,
  batch: number,
  originY: number,
  originX: number,
): void {
  const { rows, columns, channels } = window;
  let to = 0;
  for (let filterY = 0; filterY < rows.filter; filterY++) {
    const y = originY + filterY * rows.dilation;
    for (let filterX = 0; filterX < columns.filter; filterX++) {
      const x = originX + filterX * columns.dilation;
      if (y >= 0 && y < rows.input && x >= 0 && x < columns.input) {
        const from = ((batch * rows.input + y) * columns.input + x) * channels;
        for (let c = 0; c < channels; c++) patch[to + c] = input[from + c];
      } else {
        patch.fill(0, to, to + channels);
      }
      to += channels;
    }
  }
}
