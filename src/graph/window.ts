// Owns the geometry of sliding windows: positions and padding of convolutions and pools.
import type { ExplicitPadding, Padding } from './graph';

/** One axis of a window over an image. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  /** Rows or columns of zero before the image. */
  readonly before: number;
  /** Rows or columns of zero behind the image that the last window covers. */
  readonly after: number;
}

export interface WindowAxes {
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
}

export interface WindowAttributes {
  padding: Padding | ExplicitPadding;
  strideH: number;
  strideW: number;
  /** Absent in pools: 1. */
  dilationH?: number;
  dilationW?: number;
}

/** Input elements from the first tap to the last. */
export function windowSpan(filter: number, dilation: number): number {
  return (filter - 1) * dilation + 1;
}

/** Number of positions of a window of `span` elements over `size` (`tflite/kernels/padding.h`, ComputeOutSize). */
export function windowPositions(padding: Padding, size: number, span: number, stride: number): number {
  return Math.floor((size - (padding === 'SAME' ? 1 : span)) / stride) + 1;
}

/** Elements of padding in front; SAME puts the odd element behind (`tflite/kernels/padding.h`, ComputePaddingWithOffset). VALID: 0. */
export function paddingBefore(size: number, positions: number, span: number, stride: number): number {
  return Math.max(0, (positions - 1) * stride + span - size) >> 1;
}

function axis(input: number, output: number, filter: number, stride: number, dilation: number, explicit?: number): WindowAxis {
  const span = windowSpan(filter, dilation);
  const before = explicit ?? paddingBefore(input, output, span, stride);
  return { input, output, filter, stride, dilation, before, after: Math.max(0, (output - 1) * stride + span - input - before) };
}

/** A window of one element, from each of `size` elements to one output. */
export function pointAxis(size: number): WindowAxis {
  return axis(size, size, 1, 1, 1);
}

/** Both axes of a window; shapes are NHWC. */
export function windowAxes(
  { padding, strideH, strideW, dilationH = 1, dilationW = 1 }: WindowAttributes,
  filterH: number,
  filterW: number,
  [, inputH, inputW]: readonly number[],
  [, outputH, outputW]: readonly number[],
): WindowAxes {
  const { top, left } = typeof padding === 'object' ? padding : ({} as Partial<ExplicitPadding>);
  return {
    rows: axis(inputH, outputH, filterH, strideH, dilationH, top),
    columns: axis(inputW, outputW, filterW, strideW, dilationW, left),
  };
}

/** The border of zeros that a window needs around its image. */
export function windowBorder(rows: WindowAxis, columns: WindowAxis): ExplicitPadding {
  return { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after };
}
