// Owns MaxPool, AveragePool and GlobalMaxPool; GlobalAveragePool is a mean, see reduction.ts.
import { codeRange, type OperatorType, type Padding, type Value, windowSpan, zeroPointOf } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { withEdges } from './edge';
import { namedPadding, paddings, type SlidingWindow, slidingWindow, strides } from './window';

function windowOf(call: Call): SlidingWindow {
  const kernel = call.pair('kernel_shape', call.isLine ? [1, 0] : [0, 0], 1);
  if (call.int('storage_order', 0) !== 0) call.fail('unsupported-feature', 'storage_order 1 is not supported');
  return slidingWindow(call, kernel);
}

function pool(
  call: Call,
  type: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D',
  image: Value,
  window: SlidingWindow,
  padding: Padding,
  name: string,
): Value {
  const { rows, columns } = window;
  const attributes = { padding, ...strides(window), filterH: rows.filter, filterW: columns.filter, activation: 'NONE' } as const;
  return call.builder.node(type, attributes, [image], name);
}

/** Operators without negative results, and those whose results are not negative where their inputs are not. */
const nonNegative: readonly OperatorType[] = ['RELU', 'RELU6', 'LOGISTIC', 'SOFTMAX'];
const signKeeping: readonly OperatorType[] = ['CONCATENATION', 'MAX_POOL_2D', 'AVERAGE_POOL_2D', 'RESHAPE'];

/** Whether no element can be below 0, by the types of the last few operators. */
function isNonNegative(call: Call, value: Value, depth = 3): boolean {
  const producer = call.builder.producer(value);
  if (!producer) return false;
  if (nonNegative.includes(producer.type)) return true;
  if (producer.type === 'DEQUANTIZE') return zeroPointOf(producer.inputs[0]!) === codeRange(producer.inputs[0]!.dtype as 'int8').min;
  if (depth === 0 || !signKeeping.includes(producer.type)) return false;
  call.charge(producer.inputs.length);
  return producer.inputs.every((input) => input!.dtype === 'int32' || isNonNegative(call, input!, depth - 1));
}

/**
 * The image with a border that changes no maximum: zeros where no element is below 0, else copies of its edge, which is inside every window
 * that covers the border; by one MIRROR_PAD as long as no border is wider than half a window.
 */
function paddedForMaximum(call: Call, window: SlidingWindow, image: Value): Value {
  const { builder, output } = call;
  const { rows, columns } = window;
  const amounts = paddings(call, window);
  const name = `${output}/pad`;
  if (isNonNegative(call, image)) return builder.node('PAD', {}, [image, amounts], name);
  const narrow = [rows, columns].every(
    ({ before, reached, filter, input }) => 2 * Math.max(before, reached) <= filter && Math.max(before, reached) <= input,
  );
  if (narrow) return builder.node('MIRROR_PAD', { mode: 'SYMMETRIC' }, [image, amounts], name);
  return withEdges(call, image, [0, rows.before, columns.before, 0], [0, rows.reached, columns.reached, 0], name);
}

/** @throws ModelError where a window lies in padding altogether */
function requirePixels(call: Call, { rows, columns }: SlidingWindow): void {
  if ([rows, columns].some(({ before, reached, filter, dilation }) => Math.max(before, reached) >= windowSpan(filter, dilation))) {
    call.fail('bad-shape', 'its padding leaves windows without a pixel');
  }
}

export const maxPool: Converter = (call) => {
  const window = windowOf(call);
  requirePixels(call, window);
  if (isDilated(window)) call.fail('unsupported-feature', 'dilations are not supported');
  const image = call.imageValue();
  const padding = namedPadding(window);
  const padded = padding ? image : paddedForMaximum(call, window, image);
  return call.imageOf(pool(call, 'MAX_POOL_2D', padded, window, padding ?? 'VALID', call.output));
};

/** A window over the whole image. */
export const globalMaxPool: Converter = (call) => {
  const image = call.imageValue();
  const [, filterH, filterW] = image.shape;
  const attributes = { padding: 'VALID', strideH: 1, strideW: 1, filterH, filterW, activation: 'NONE' } as const;
  return call.imageOf(call.builder.node('MAX_POOL_2D', attributes, [image], call.output));
};

function isDilated({ rows, columns }: SlidingWindow): boolean {
  return rows.dilation !== 1 || columns.dilation !== 1;
}

/** Per window, elements along one axis that the mean counts: those of the image, or of the image and the declared padding. */
function countsOf({ input, filter, stride, dilation, output, before, after }: SlidingWindow['rows'], withPadding: boolean): number[] {
  const [low, high] = withPadding ? [-before, input + after] : [0, input];
  return Array.from({ length: output }, (_, i) => {
    const start = i * stride - before;
    const first = Math.max(Math.ceil((low - start) / dilation), 0);
    const end = Math.min(Math.ceil((high - start) / dilation), filter);
    return end - first;
  });
}

/** The means of all windows; dilated ones are convolutions with equal weights. */
function averages(call: Call, image: Value, window: SlidingWindow, padding: Padding, name: string): Value {
  if (!isDilated(window)) return pool(call, 'AVERAGE_POOL_2D', image, window, padding, name);
  const { rows, columns } = window;
  const { builder } = call;
  const channels = image.shape[3];
  const shape = [1, rows.filter, columns.filter, channels];
  const weights = builder.floats(`${name}/weights`, shape, (count) => new Float32Array(count).fill(1 / (rows.filter * columns.filter)));
  const bias = builder.floats(`${name}/bias`, [channels], (count) => new Float32Array(count));
  const dilations = { dilationH: rows.dilation, dilationW: columns.dilation };
  const attributes = { padding, ...strides(window), ...dilations, activation: 'NONE', depthMultiplier: 1 } as const;
  return builder.node('DEPTHWISE_CONV_2D', attributes, [image, weights, bias], name);
}

/**
 * AVERAGE_POOL_2D with SAME counts elements of the image only. Other paddings become zeros; where ONNX does not count them, each pixel
 * is multiplied by window size / counted elements.
 */
export const averagePool: Converter = (call) => {
  const { builder, output } = call;
  const window = windowOf(call);
  const { rows, columns } = window;
  const withPadding = call.int('count_include_pad', 0) === 1;
  const named = namedPadding(window);
  if (named === 'VALID' || (named === 'SAME' && !withPadding && !isDilated(window))) {
    return call.imageOf(averages(call, call.imageValue(), window, named, output));
  }
  call.charge(2 * (rows.output + columns.output));
  const counts = { rows: countsOf(rows, withPadding), columns: countsOf(columns, withPadding) };
  if ([...counts.rows, ...counts.columns].some((count) => count < 1)) call.fail('bad-shape', 'its padding leaves windows without a pixel');
  const image = builder.node('PAD', {}, [call.imageValue(), paddings(call, window)], `${output}/pad`);
  const size = rows.filter * columns.filter;
  if (counts.rows.every((count) => count === rows.filter) && counts.columns.every((count) => count === columns.filter)) {
    return call.imageOf(averages(call, image, window, 'VALID', output));
  }
  const means = averages(call, image, window, 'VALID', `${output}/padded`);
  call.charge(rows.output * columns.output);
  const factor = builder.floats(`${output}/factors`, [1, rows.output, columns.output, 1], () =>
    Float32Array.from(counts.rows.flatMap((row) => counts.columns.map((column) => size / (row * column)))),
  );
  return call.imageOf(builder.node('MUL', { activation: 'NONE' }, [means, factor], output));
};
