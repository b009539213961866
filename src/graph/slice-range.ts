// Owns which elements SLICE and STRIDED_SLICE take: operands and masks normalised to a start, a step and a count per axis.
import { ModelError } from '../errors';
import type { OperatorAttributes } from './graph';

/**
 * A box of a row-major tensor. On input axis k the elements `starts[k] + i * steps[k]`, 0 <= i < `counts[k]`, are taken, all of them
 * inside the tensor, in row-major order of i. Axes that the operator adds or drops show in `outputShape` only.
 */
interface SliceRange {
  /** One entry per input axis; 0 where nothing is taken. */
  readonly starts: number[];
  /** One entry per input axis, never 0. */
  readonly steps: number[];
  /** One entry per input axis, >= 0. */
  readonly counts: number[];
  readonly outputShape: number[];
}

/** Elements of an int32 or int64 operand. */
type Operand = ArrayLike<number | bigint>;

/**
 * The range of SLICE (`tflite/kernels/slice.cc`): `begin` and `size` have one entry per axis, size -1 reaches to the end.
 * Throws `bad-shape` when the box does not lie inside `inputShape`. `where` names the node in messages.
 */
export function sliceRange(inputShape: readonly number[], begin: Operand, size: Operand, where?: string): SliceRange {
  if (begin.length !== inputShape.length || size.length !== inputShape.length) {
    throw new ModelError('bad-shape', `begin and size must have one entry per axis of [${inputShape}]`, { where });
  }
  const starts = Array.from(begin, Number);
  const counts = inputShape.map((dimension, axis) => {
    const count = Number(size[axis]) === -1 ? dimension - starts[axis] : Number(size[axis]);
    if (starts[axis] < 0 || count < 0 || starts[axis] + count > dimension) {
      throw new ModelError('bad-shape', `begin ${starts[axis]}, size ${size[axis]} is outside axis ${axis} of [${inputShape}]`, { where });
    }
    return count;
  });
  return { starts, steps: counts.map(() => 1), counts, outputShape: [...counts] };
}

/**
 * The range of STRIDED_SLICE (`tflite/kernels/strided_slice.cc`, `tflite/kernels/internal/reference/strided_slice.h`). `begin`, `end`
 * and `strides` have one entry per item of the slicing expression; axes behind the last item are taken whole. Bit i of a mask
 * concerns item i. With `offset`, `end` counts from the begin.
 * Throws `bad-shape` for a stride of 0, for more items than axes and for a dropped axis whose begin lies outside; `unsupported-feature`
 * where TensorFlow Lite has no defined result: an ellipsis that covers no axis, a dropped axis with a negative stride.
 */
export function stridedSliceRange(
  attributes: OperatorAttributes['STRIDED_SLICE'],
  inputShape: readonly number[],
  begin: Operand,
  end: Operand,
  strides: Operand,
  where?: string,
): SliceRange {
  if (end.length !== begin.length || strides.length !== begin.length || begin.length > 31) {
    throw new ModelError('bad-shape', 'begin, end and strides must have equally many entries, at most 31', { where });
  }
  const range: SliceRange = { starts: [], steps: [], counts: [], outputShape: [] };
  const take = (start: number, step: number, count: number) => {
    range.starts.push(count === 0 ? 0 : start);
    range.steps.push(step);
    range.counts.push(count);
  };
  const takeWhole = (count: number) => {
    for (let i = 0; i < count; i++) {
      const dimension = inputShape[range.counts.length];
      take(0, 1, dimension);
      range.outputShape.push(dimension);
    }
  };
  const items = itemKinds(attributes, begin.length);
  const hidden = inputShape.length - items.filter((kind) => kind === 'range' || kind === 'drop').length;
  if (hidden < 0) throw new ModelError('bad-shape', `begin has more entries than [${inputShape}] has axes`, { where });
  for (let item = 0; item < items.length; item++) {
    const kind = items[item];
    if (kind === 'newAxis') range.outputShape.push(1);
    else if (kind === 'ellipsis') {
      if (hidden === 0) throw new ModelError('unsupported-feature', 'an ellipsis that covers no axis is not supported', { where });
      takeWhole(hidden);
    } else {
      const axis = range.counts.length;
      const step = Number(strides[item]);
      if (step === 0) throw new ModelError('bad-shape', `axis ${axis} has stride 0`, { where });
      const { start, count } = axisRange(attributes, item, inputShape[axis], Number(begin[item]), Number(end[item]), step);
      if (kind === 'range') {
        take(start, step, count);
        range.outputShape.push(count);
      } else {
        if (step < 0)
          throw new ModelError('unsupported-feature', `axis ${axis} is dropped, but has stride ${step}; it must be 1`, { where });
        if (start >= inputShape[axis]) {
          throw new ModelError('bad-shape', `begin ${begin[item]} is outside axis ${axis} of [${inputShape}]`, { where });
        }
        take(start, 1, 1);
      }
    }
  }
  takeWhole(inputShape.length - range.counts.length);
  return range;
}

/** What each item of the slicing expression does. Ellipsis wins over new axis, new axis over dropping, as in strided_slice.cc. */
function itemKinds(attributes: OperatorAttributes['STRIDED_SLICE'], count: number): ('ellipsis' | 'newAxis' | 'drop' | 'range')[] {
  const { ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  return Array.from({ length: count }, (_, item) => {
    if ((ellipsisMask >> item) & 1) return 'ellipsis';
    if ((newAxisMask >> item) & 1) return 'newAxis';
    return (shrinkAxisMask >> item) & 1 ? 'drop' : 'range';
  });
}

/** Start and count along one axis of `dimension` elements: StartForAxis and EndForAxis of reference/strided_slice.h. */
function axisRange(
  attributes: OperatorAttributes['STRIDED_SLICE'],
  item: number,
  dimension: number,
  begin: number,
  end: number,
  step: number,
): { start: number; count: number } {
  // Walking forward, positions end at `dimension`; walking backward, they end at -1.
  const [low, high] = step > 0 ? [0, dimension] : [-1, dimension - 1];
  const clamp = (index: number) => Math.min(Math.max(index < 0 ? index + dimension : index, low), high);
  const start = (attributes.beginMask >> item) & 1 ? (step > 0 ? low : high) : clamp(begin);
  const stop = (attributes.endMask >> item) & 1 ? (step > 0 ? high : low) : clamp(attributes.offset ? start + end : end);
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)) };
}
