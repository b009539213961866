// Owns how many positions a sliding window takes along one axis, for convolutions and pools.
import type { ExplicitPadding, Node, Padding } from '../graph';
import { reject } from '../reject';

/** Larger windows overflow TensorFlow Lite's int32 arithmetic of padding. */
const maxWindow = 2 ** 30;

/** One axis of a window: sizes and paddings in elements. */
export interface WindowAxis {
  readonly name: 'height' | 'width';
  readonly input: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
}

/**
 * Output elements along one axis (ComputeOutSize in `tflite/kernels/padding.h`); explicit padding counts as part of a VALID input.
 * Throws `bad-shape` when the window does not fit once.
 */
export function windowPositions(node: Node, axis: WindowAxis, padding: Padding | ExplicitPadding): number {
  const { name, input, filter, stride, dilation } = axis;
  const effective = (filter - 1) * dilation + 1;
  if (effective > maxWindow) reject('bad-shape', node, `a window of ${effective} is too large; ${maxWindow} is the most`);
  if (padding === 'SAME') return Math.floor((input + stride - 1) / stride);
  const padded = padding === 'VALID' ? input : input + paddingBefore(padding, name) + paddingAfter(padding, name);
  if (effective > padded) {
    reject('bad-shape', node, `a window of ${effective} does not fit into the input's ${name} of ${padded}`);
  }
  return Math.floor((padded - effective) / stride) + 1;
}

/** Explicit rows above or columns to the left. */
export function paddingBefore(padding: ExplicitPadding, name: WindowAxis['name']): number {
  return name === 'height' ? padding.top : padding.left;
}

function paddingAfter(padding: ExplicitPadding, name: WindowAxis['name']): number {
  return name === 'height' ? padding.bottom : padding.right;
}
