// Owns Resize (and Upsample, its name before operator set 10): images to another height and width.
import type { OperatorAttributes } from 'zeropoint/graph';
import { interpolateFloat, nearestPixel } from 'zeropoint/reference';
import type { Call, Converter } from '../call';
import { inserted, type Operand, shapeOf } from '../operand';
import { axesOf } from './movement';

type Flags = OperatorAttributes['RESIZE_BILINEAR'];
type Size = readonly [input: number, output: number];

/** Rows or columns of a result; the coordinate of each is computed and compared, so larger ones are refused. */
const maxPositions = 2 ** 14;

const candidates: readonly Flags[] = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
  { alignCorners: true, halfPixelCenters: false },
];

/** Input coordinate of output element i (the ONNX operator documentation of Resize, coordinate_transformation_mode). */
function coordinate(call: Call, [input, output]: Size, scale: number): (i: number) => number {
  // Before operator set 11 there was one transformation, now called asymmetric.
  const mode = call.opset < 11 ? 'asymmetric' : call.text('coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'asymmetric':
      return (i) => i / scale;
    case 'half_pixel':
      return (i) => (i + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return (i) => (output > 1 ? (i + 0.5) / scale - 0.5 : 0);
    case 'half_pixel_symmetric': {
      // Where the output's size is not exactly scale times the input's, centres of both coincide.
      const margin = (input / 2) * (1 - output / (scale * input));
      return (i) => margin + (i + 0.5) / scale - 0.5;
    }
    case 'align_corners':
      return (i) => (output > 1 ? (i * (input - 1)) / (output - 1) : 0);
    case 'tf_half_pixel_for_nn':
      return (i) => (i + 0.5) / scale;
    default:
      return call.fail('unsupported-feature', `coordinate_transformation_mode '${mode}' is not supported`);
  }
}

function nearest(call: Call): (position: number) => number {
  const mode = call.opset < 11 ? 'floor' : call.text('nearest_mode', 'round_prefer_floor');
  switch (mode) {
    case 'round_prefer_floor':
      return (position) => Math.ceil(position - 0.5);
    case 'round_prefer_ceil':
      return (position) => Math.floor(position + 0.5);
    case 'floor':
      return Math.floor;
    case 'ceil':
      return Math.ceil;
    default:
      return call.fail('unsupported-feature', `nearest_mode '${mode}' is not supported`);
  }
}

const clamp = (position: number, input: number) => Math.min(Math.max(position, 0), input - 1);

/** For every output element, the input element that nearest copies. */
function nearestPixels(call: Call, [input, output]: Size, scale: number): number[] {
  const at = coordinate(call, [input, output], scale);
  const round = nearest(call);
  return Array.from({ length: output }, (_, i) => clamp(round(at(i)), input));
}

/** Whether the graph's operator with `flags` has ONNX's coordinates for every output element, to a thousandth of a pixel. */
function agrees(call: Call, isNearest: boolean, flags: Flags, [input, output]: Size, scale: number): boolean {
  if (isNearest) {
    const found = nearestPixel({ attributes: flags } as Parameters<typeof nearestPixel>[0], input, output);
    return nearestPixels(call, [input, output], scale).every((pixel, i) => pixel === found(i));
  }
  const at = coordinate(call, [input, output], scale);
  const { low, weight } = interpolateFloat(flags, input, output);
  return low.every((first, i) => Math.abs(clamp(first + weight[i], input) - clamp(at(i), input)) < 1e-3);
}

/** Output sizes and scales per axis, from `sizes`, the input `scales`, or the attribute of the first Upsample. */
function targets(call: Call, x: Operand): { sizes: number[]; scales: number[] } {
  const shape = shapeOf(x);
  const rank = shape.length;
  const axes = call.ints('axes')?.map((axis) => call.axis(axis, rank)) ?? shape.map((_, axis) => axis);
  const hasRoi = call.opset >= 11;
  // Exporters also write an omitted input as an empty list.
  const asked = hasRoi && call.optional(3)?.axes[0]?.[0]?.size !== 0 ? call.integers(3) : undefined;
  const factors = asked ? undefined : (call.floats('scales') ?? call.reals(hasRoi ? 2 : 1));
  const given = asked ?? factors ?? call.fail('bad-graph', 'it has neither sizes nor scales');
  if (given.length !== axes.length) call.fail('bad-shape', `${given.length} sizes or scales do not fit ${axes.length} axes`);
  const sizes = [...shape];
  const scales = shape.map(() => 1);
  for (const [i, axis] of axes.entries()) {
    // Scales are rounded to float32: 1.9999999 times 8 is taken as 16.
    sizes[axis] = asked ? asked[i] : Math.floor(shape[axis] * given[i] + 1e-3);
    scales[axis] = asked ? sizes[axis] / shape[axis] : given[i];
    if (!(Number.isInteger(sizes[axis]) && sizes[axis] >= 1 && sizes[axis] <= maxPositions)) {
      call.fail('bad-shape', `axis ${axis} of [${shape}] would have ${sizes[axis]} elements; 1 to ${maxPositions} are supported`);
    }
  }
  return { sizes, scales };
}

/** A line [n, c, l] is resized as an image of one row. */
export const resize: Converter = (call) => {
  const given = call.operand(0);
  const { sizes, scales } = targets(call, given);
  if (!call.isLine) return resizeImage(call, given, sizes, scales);
  const withRow = (list: readonly number[]) => [...list.slice(0, 2), 1, ...list.slice(2)];
  const result = resizeImage(call, inserted(given, 2), withRow(sizes), withRow(scales));
  return { ...result, axes: result.axes.filter((_, axis) => axis !== 2) };
};

function resizeImage(call: Call, x: Operand, sizes: readonly number[], scales: readonly number[]): Operand {
  const { builder, output } = call;
  const shape = shapeOf(x);
  const changed = shape.flatMap((size, axis) => (sizes[axis] === size && Math.abs(scales[axis] - 1) < 1e-6 ? [] : [axis]));
  if (changed.length === 0) return x;
  const order = changed.every((axis) => axis === 2 || axis === 3) ? [0, 2, 3, 1] : [0, 1, 2, 3];
  if (shape.length !== 4 || changed.some((axis) => order.indexOf(axis) % 3 === 0)) {
    call.fail('unsupported-feature', `[${shape}] to [${sizes}]: only height and width of images can change`);
  }
  const mode = call.text('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear') call.fail('unsupported-feature', `mode '${mode}' is not supported; use nearest or linear`);
  if (call.int('antialias', 0) === 1) call.fail('unsupported-feature', 'antialias is not supported');
  if (call.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch') call.fail('unsupported-feature', 'only stretching is supported');
  const isNearest = mode === 'nearest';
  // Coordinates of all rows and columns, for each candidate and for GATHER.
  call.charge(changed.reduce((sum, axis) => sum + sizes[axis], 0) * (candidates.length + 1));
  const flags = candidates.find((candidate) =>
    changed.every((axis) => agrees(call, isNearest, candidate, [shape[axis], sizes[axis]], scales[axis])),
  );
  if (!flags && !isNearest) return call.fail('unsupported-feature', `[${shape}] to [${sizes}] has no counterpart with its coordinates`);
  const image = builder.arrange(
    x,
    order.map((axis) => x.axes[axis]),
    call.inputName(0),
  );
  const size = () => builder.ints(`${output}/size`, [sizes[order[1]], sizes[order[2]]]);
  const result = () => {
    if (flags && isNearest) return builder.node('RESIZE_NEAREST_NEIGHBOR', flags, [image, size()], output);
    if (flags) return builder.node('RESIZE_BILINEAR', flags, [image, size()], output);
    // RESIZE_NEAREST_NEIGHBOR has no such rounding: rows and columns are selected by GATHER.
    return changed.reduce((value, axis) => {
      const pixels = builder.ints(`${output}/pixels`, nearestPixels(call, [shape[axis], sizes[axis]], scales[axis]));
      return builder.node('GATHER', { axis: order.indexOf(axis), batchDims: 0 }, [value, pixels], output);
    }, image);
  };
  const value = result();
  return { ...axesOf(value.shape, order), value };
}
