// Owns MaxPool and AveragePool; global pooling is a mean and lives with the reductions.
import type { OperatorType, Padding, Value } from '../../../../src/graph/graph';
import { type Call, type Converter, channelsLast } from '../call';
import { namedPadding, paddedWithZeros, paddings, type SlidingWindow, slidingWindow, strides } from './window';

const mostCounts = 2 ** 24;

function windowOf(call: Call): SlidingWindow {
  const kernel = call.pair('kernel_shape', [0, 0], 1);
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
  if (rows.dilation !== 1 || columns.dilation !== 1) call.fail('unsupported-feature', 'pools with dilations are not supported');
  const attributes = { padding, ...strides(window), filterH: rows.filter, filterW: columns.filter, activation: 'NONE' } as const;
  return call.builder.node(type, attributes, [image], name);
}

/** Operators without negative results, and those that pass on the sign of their inputs. */
const nonNegative: readonly OperatorType[] = ['RELU', 'RELU6', 'LOGISTIC', 'SOFTMAX'];
const signKeeping: readonly OperatorType[] = ['CONCATENATION', 'MAX_POOL_2D', 'AVERAGE_POOL_2D', 'RESHAPE'];

/** Whether no element is below 0, as far as the last few operators tell. */
function isNonNegative(call: Call, value: Value, depth = 3): boolean {
  const producer = call.builder.producer(value);
  if (!producer) return false;
  if (nonNegative.includes(producer.type)) return true;
  if (depth === 0 || !signKeeping.includes(producer.type)) return false;
  return producer.inputs.every((input) => input!.dtype === 'int32' || isNonNegative(call, input!, depth - 1));
}

/**
 * The image with borders that never win: zeros where nothing is below them; else its own edge mirrored, which every window holds
 * already as long as no border is wider than half of it; else the lowest float.
 */
function paddedForMaximum(call: Call, window: SlidingWindow, image: Value): Value {
  const { builder, output } = call;
  const amounts = paddings(call, window);
  const name = `${output}/pad`;
  if (isNonNegative(call, image)) return builder.node('PAD', {}, [image, amounts], name);
  const narrow = [window.rows, window.columns].every(
    ({ before, reached, filter, input }) => 2 * Math.max(before, reached) <= filter && Math.max(before, reached) <= input,
  );
  if (narrow) return builder.node('MIRROR_PAD', { mode: 'SYMMETRIC' }, [image, amounts], name);
  const lowest = builder.floats(`${output}/lowest`, [1], Float32Array.of(-3.4028234663852886e38));
  return builder.node('PADV2', {}, [image, amounts, lowest], name);
}

export const maxPool: Converter = (call) => {
  if (call.message.output[1]) call.fail('unsupported-feature', 'the indices of its maxima are not supported');
  const window = windowOf(call);
  const image = call.arranged(0, channelsLast);
  const padding = namedPadding(window);
  const padded = padding ? image : paddedForMaximum(call, window, image);
  return call.imageOf(pool(call, 'MAX_POOL_2D', padded, window, padding ?? 'VALID', call.output));
};

/** Elements that count along one axis, per window: those inside the image, or inside it and the declared padding. */
function countsOf({ input, filter, stride, output, before, after }: SlidingWindow['rows'], withPadding: boolean): number[] {
  const [low, high] = withPadding ? [-before, input + after] : [0, input];
  return Array.from({ length: output }, (_, i) => {
    const start = i * stride - before;
    return Math.min(start + filter, high) - Math.max(start, low);
  });
}

/**
 * SAME averages over what lies inside the image. Other paddings become zeros; where they do not count, each pixel is scaled by
 * window size / elements that count.
 */
export const averagePool: Converter = (call) => {
  const { builder, output } = call;
  const window = windowOf(call);
  const withPadding = call.int('count_include_pad', 0) === 1;
  const named = namedPadding(window);
  if (named === 'VALID' || (named === 'SAME' && !withPadding)) {
    return call.imageOf(pool(call, 'AVERAGE_POOL_2D', call.arranged(0, channelsLast), window, named, output));
  }
  const image = named
    ? builder.node('PAD', {}, [call.arranged(0, channelsLast), paddings(call, window)], `${output}/pad`)
    : paddedWithZeros(call, window).image;
  const rows = countsOf(window.rows, withPadding);
  const columns = countsOf(window.columns, withPadding);
  if ([...rows, ...columns].some((count) => count < 1)) call.fail('bad-shape', 'its padding leaves windows without a pixel');
  const size = window.rows.filter * window.columns.filter;
  if (rows.every((count) => count === window.rows.filter) && columns.every((count) => count === window.columns.filter)) {
    return call.imageOf(pool(call, 'AVERAGE_POOL_2D', image, window, 'VALID', output));
  }
  if (rows.length * columns.length > mostCounts) call.fail('too-large', `its output of ${rows.length} x ${columns.length} is too large`);
  const sums = pool(call, 'AVERAGE_POOL_2D', image, window, 'VALID', `${output}/padded`);
  const factors = Float32Array.from(rows.flatMap((row) => columns.map((column) => size / (row * column))));
  const factor = builder.floats(`${output}/factors`, [1, rows.length, columns.length, 1], factors);
  return call.imageOf(builder.node('MUL', { activation: 'NONE' }, [sums, factor], output));
};
