// Owns the geometry of sliding windows: padding and reach of convolutions and pools.
import type { ExplicitPadding, Padding } from '../graph/graph';

/** One axis of a window over an image. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  /** Rows or columns of zero before the image. */
  readonly before: number;
  /** Rows or columns that the last window reaches behind the image. */
  readonly after: number;
}

interface Attributes {
  padding: Padding | ExplicitPadding;
  strideH: number;
  strideW: number;
  dilationH?: number;
  dilationW?: number;
}

/** SAME puts the odd pixel behind (tflite/kernels/padding.h, ComputePaddingWithOffset); VALID has no padding. */
function axis(
  input: number,
  output: number,
  filter: number,
  stride: number,
  dilation: number,
  padding: Padding | ExplicitPadding,
  explicit: 'top' | 'left',
): WindowAxis {
  const reach = (output - 1) * stride + (filter - 1) * dilation + 1;
  let before = 0;
  if (typeof padding === 'object') before = padding[explicit];
  else before = Math.max(0, reach - input) >> 1;
  return { input, output, filter, stride, dilation, before, after: Math.max(0, reach - input - before) };
}

/** Both axes of a window; shapes are NHWC. */
export function windowAxes(
  attributes: Attributes,
  filterRows: number,
  filterColumns: number,
  inputShape: readonly number[],
  outputShape: readonly number[],
): { rows: WindowAxis; columns: WindowAxis } {
  const { padding, strideH, strideW, dilationH = 1, dilationW = 1 } = attributes;
  return {
    rows: axis(inputShape[1], outputShape[1], filterRows, strideH, dilationH, padding, 'top'),
    columns: axis(inputShape[2], outputShape[2], filterColumns, strideW, dilationW, padding, 'left'),
  };
}

/** The border of zeros that a window needs around its image. */
export function windowBorder(rows: WindowAxis, columns: WindowAxis): ExplicitPadding {
  return { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after };
}
