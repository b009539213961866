// Owns the geometry of sliding windows: ONNX's explicit and automatic paddings as those of the graph.
import { type Padding, paddingBefore, type Value, windowPositions, windowSpan } from 'zeropoint/graph';
import type { Call } from '../call';
import { shapeOf } from '../operand';

/** One axis of a window, in elements. */
interface WindowAxis {
  readonly input: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly output: number;
  readonly before: number;
  /** Declared padding after the last element. */
  readonly after: number;
  /** Padding after the last element that some window covers; more than `after` with ceil_mode. */
  readonly reached: number;
}

export interface SlidingWindow {
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
}

type Size = readonly [height: number, width: number];

function windowAxis(call: Call, axis: 0 | 1, input: number, filter: number): WindowAxis {
  const stride = call.pair('strides', [1, 1], 1)[axis];
  const dilation = call.pair('dilations', [1, 1], 1)[axis];
  const pads = call.pads();
  const span = windowSpan(filter, dilation);
  const auto = call.text('auto_pad', 'NOTSET');
  let [before, after] = [pads[axis], pads[axis + 2]];
  if (auto === 'VALID') before = after = 0;
  else if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const total = Math.max((Math.ceil(input / stride) - 1) * stride + span - input, 0);
    before = auto === 'SAME_UPPER' ? total >> 1 : total - (total >> 1);
    after = total - before;
  } else if (auto !== 'NOTSET') call.fail('bad-option', `auto_pad is '${auto}', which ONNX does not define`);
  const free = input + before + after - span;
  if (free < 0) call.fail('bad-shape', `a window of ${span} does not fit into ${input} elements with padding ${before} and ${after}`);
  let output = Math.floor(free / stride) + 1;
  if (call.int('ceil_mode', 0) === 1) {
    output = Math.ceil(free / stride) + 1;
    // A window that would start in the padding after the image is left out (the ONNX operator documentation of MaxPool).
    if ((output - 1) * stride >= input + before) output--;
  }
  const reached = Math.max((output - 1) * stride + span - input - before, 0);
  return { input, filter, stride, dilation, output, before, after, reached };
}

/** The window of this node over the image that is its input 0. */
export function slidingWindow(call: Call, [height, width]: Size): SlidingWindow {
  const [, , inputH, inputW] = shapeOf(call.image());
  return { rows: windowAxis(call, 0, inputH, height), columns: windowAxis(call, 1, inputW, width) };
}

/** Whether SAME gives the same windows of `span` elements as `before` elements of padding and `output` positions. */
export function isSame(input: number, span: number, stride: number, before: number, output: number): boolean {
  const positions = windowPositions('SAME', input, span, stride);
  return output === positions && before === paddingBefore(input, positions, span, stride);
}

/** VALID or SAME where it places every window as ONNX does, else undefined. */
export function namedPadding({ rows, columns }: SlidingWindow): Padding | undefined {
  const axes = [rows, columns];
  if (axes.every(({ before, reached }) => before === 0 && reached === 0)) return 'VALID';
  const same = axes.every(({ input, filter, stride, dilation, output, before }) =>
    isSame(input, windowSpan(filter, dilation), stride, before, output),
  );
  return same ? 'SAME' : undefined;
}

/** Rows and columns to add around an NHWC image, as PAD takes them; after the image only as many as a window covers. */
export function paddings(call: Call, { rows, columns }: SlidingWindow): Value {
  const amounts = [0, 0, rows.before, rows.reached, columns.before, columns.reached, 0, 0];
  return call.builder.ints(`${call.output}/paddings`, amounts, [4, 2]);
}

/** The NHWC image, with a PAD of zeros where neither SAME nor VALID fits, and the padding of the operator that reads it. */
export function paddedWithZeros(call: Call, window: SlidingWindow): { image: Value; padding: Padding } {
  const image = call.imageValue();
  const padding = namedPadding(window);
  if (padding) return { image, padding };
  return { image: call.builder.node('PAD', {}, [image, paddings(call, window)], `${call.output}/pad`), padding: 'VALID' };
}

export function strides({ rows, columns }: SlidingWindow): { strideH: number; strideW: number } {
  return { strideH: rows.stride, strideW: columns.stride };
}
