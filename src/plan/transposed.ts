// Owns the geometry of TRANSPOSE_CONV as convolutions, one for each phase of the output: the rows y, and columns, that have the same
// remainder of y + padding by the stride are a convolution of the input, with stride 1, by every stride-th row of the filter.
import { allocate, type ExplicitPadding, type Node, type OperatorAttributes, type TensorData, type Value } from '../graph/graph';
import { paddingBefore, type WindowAxis, windowPositions } from '../graph/window';
import type { Image } from './step';

/** One axis of a phase: its outputs first, first + stride, .. see a window whose tap t is filter row lastTap - t * stride. */
export interface PhaseAxis extends WindowAxis {
  /** The first output row or column of the phase. */
  readonly first: number;
  /** Filter row of tap 0: taps are in the order of input rows, which is the reverse of that of filter rows. */
  readonly lastTap: number;
}

/** The phases of one axis that have outputs. `filter` 0: the filter has no rows for it, and its outputs are the bias. */
function phaseAxes(input: number, output: number, filter: number, stride: number, padding: 'SAME' | 'VALID'): PhaseAxis[] {
  // The padding is that of the convolution from the output to the input (tflite/kernels/internal/reference/transpose_conv.h).
  const padded = paddingBefore(output, windowPositions(padding, output, filter, stride), filter, stride);
  const phases: PhaseAxis[] = [];
  for (let first = 0; first < Math.min(stride, output); first++) {
    const phase = (first + padded) % stride;
    const taps = Math.max(0, Math.ceil((filter - phase) / stride));
    const count = Math.ceil((output - first) / stride);
    // Output `first` sees input rows up to this one.
    const lastInput = Math.floor((first + padded) / stride);
    const before = taps - 1 - lastInput;
    const after = Math.max(0, count - 1 + taps - before - input);
    const lastTap = phase + (taps - 1) * stride;
    phases.push({ input, output: count, filter: taps, stride: 1, dilation: 1, before, after, first, lastTap });
  }
  return phases;
}

/** A phase is a descriptor or more, whose number must not depend on the file alone; networks have strides of 2, rarely 4 or 8. */
const maxPhases = 64;

export interface TransposedAxes {
  readonly rows: readonly PhaseAxis[];
  readonly columns: readonly PhaseAxis[];
}

/** The phases of both axes of a TRANSPOSE_CONV; undefined: there are too many. */
export function transposedAxes(node: Node<'TRANSPOSE_CONV'>): TransposedAxes | undefined {
  const [, filterH, filterW] = node.inputs[1]!.shape;
  const [, inputH, inputW] = node.inputs[2]!.shape;
  const [, outputH, outputW] = node.outputs[0].shape;
  const { padding, strideH, strideW } = node.attributes;
  if (strideH * strideW > maxPhases) return undefined;
  return {
    rows: phaseAxes(inputH, outputH, filterH, strideH, padding),
    columns: phaseAxes(inputW, outputW, filterW, strideW, padding),
  };
}

/** The border that all phases need around the input; undefined: there are too many phases. */
export function transposedBorder(node: Node<'TRANSPOSE_CONV'>): ExplicitPadding | undefined {
  const axes = transposedAxes(node);
  if (!axes) return undefined;
  const widest = (phases: readonly PhaseAxis[], side: 'before' | 'after') => Math.max(0, ...phases.map((phase) => phase[side]));
  const { rows, columns } = axes;
  return { top: widest(rows, 'before'), bottom: widest(rows, 'after'), left: widest(columns, 'before'), right: widest(columns, 'after') };
}

type Strides = Pick<OperatorAttributes['TRANSPOSE_CONV'], 'strideH' | 'strideW'>;

/** The filters of a phase [outputs, rows, columns, channels], its taps in the order of input pixels; of the filter's dtype. */
export function phaseFilters(filter: Value, rows: PhaseAxis, columns: PhaseAxis, { strideH, strideW }: Strides): TensorData {
  const [outputs, filterH, filterW, channels] = filter.shape;
  const source = filter.data as Float32Array;
  const filters = allocate(filter.dtype, outputs * rows.filter * columns.filter * channels) as Float32Array;
  let to = 0;
  for (let output = 0; output < outputs; output++) {
    for (let row = 0; row < rows.filter; row++) {
      for (let column = 0; column < columns.filter; column++, to += channels) {
        const [y, x] = [rows.lastTap - row * strideH, columns.lastTap - column * strideW];
        const from = ((output * filterH + y) * filterW + x) * channels;
        filters.set(source.subarray(from, from + channels), to);
      }
    }
  }
  return filters;
}

/** The pixels of an image that a phase computes. */
export function phasePixels({ region, layout }: Image, rows: PhaseAxis, columns: PhaseAxis, { strideH, strideW }: Strides): Image {
  const { rowBytes, pixelBytes } = layout;
  const first = layout.origin + rows.first * rowBytes + columns.first * pixelBytes;
  return { region, layout: { ...layout, origin: first, rowBytes: rowBytes * strideH, pixelBytes: pixelBytes * strideW } };
}
