// Owns what operators that move elements take and where they put it, as boxes along the axes of their tensors.
import type { Node, OperatorType, TensorData, Value } from '../../graph/graph';
import { resolveAxis } from '../../graph/shape-rules/rule';
import { sliceRange, stridedSliceRange } from '../../graph/slice-range';

/** Positions along an axis: `start` + i x `step`, or a list. No axis: none of the tensor's changes. */
interface Positions {
  readonly axis: number;
  readonly start?: number;
  readonly step?: number;
  readonly list?: readonly number[];
}

/** One loop of a box; `to` has no list. */
export interface BoxLoop {
  readonly count: number;
  readonly from?: Positions;
  readonly to?: Positions;
}

/** Elements of an input that go to an output. */
export interface Box {
  readonly input: Value;
  readonly output: Value;
  readonly loops: readonly BoxLoop[];
}

/** The boxes of a node; undefined where a run decides them. */
export type Boxes<T extends OperatorType = OperatorType> = (node: Node<T>) => Box[] | undefined;

const whole = (axis: number): Positions => ({ axis });

/** Elements of an operand that is a constant. */
function integersOf(value: Value | undefined): number[] | undefined {
  return value?.data && Array.from<number | bigint, number>(value.data as Exclude<TensorData, never>, Number);
}

/** The loops over a box of `counts` that fills an output, whose axes of one position are left out or added. */
function fillingLoops(counts: readonly number[], from: (axis: number) => Positions, output: readonly number[]): BoxLoop[] {
  const axes = output.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  let next = 0;
  return counts.map((count, axis) => (count === 1 ? { count, from: from(axis) } : { count, from: from(axis), to: whole(axes[next++]) }));
}

/** Consecutive parts of `input` along an axis, one for each output. */
function parts(node: Node, input: Value, axis: number): Box[] {
  let start = 0;
  return node.outputs.map((output) => {
    const first = start;
    const box = {
      input,
      output,
      loops: output.shape.map((count, k) => ({ count, from: { axis: k, start: k === axis ? first : 0 }, to: whole(k) })),
    };
    start += output.shape[axis];
    return box;
  });
}

const slice: Boxes<'SLICE'> = ({ inputs: [input, begin, size], outputs: [output] }) => {
  if (!begin?.data || !size?.data) return undefined;
  const { starts, counts } = sliceRange(input!.shape, begin.data, size.data);
  return [{ input: input!, output, loops: fillingLoops(counts, (axis) => ({ axis, start: starts[axis] }), output.shape) }];
};

const stridedSlice: Boxes<'STRIDED_SLICE'> = ({ attributes, inputs: [input, begin, end, strides], outputs: [output] }) => {
  if (!begin?.data || !end?.data || !strides?.data) return undefined;
  const { starts, steps, counts } = stridedSliceRange(attributes, input!.shape, begin.data, end.data, strides.data);
  const from = (axis: number) => ({ axis, start: starts[axis], step: steps[axis] });
  return [{ input: input!, output, loops: fillingLoops(counts, from, output.shape) }];
};

const split: Boxes<'SPLIT'> = (node) => {
  const [axis] = integersOf(node.inputs[0]) ?? [];
  const input = node.inputs[1]!;
  return axis === undefined ? undefined : parts(node, input, resolveAxis(node, axis, input.shape.length));
};

const splitV: Boxes<'SPLIT_V'> = (node) => {
  const [axis] = integersOf(node.inputs[2]) ?? [];
  const input = node.inputs[0]!;
  return axis === undefined ? undefined : parts(node, input, resolveAxis(node, axis, input.shape.length));
};

const unpack: Boxes<'UNPACK'> = (node) => {
  const input = node.inputs[0]!;
  const axis = resolveAxis(node, node.attributes.axis, input.shape.length);
  return node.outputs.map((output, position) => ({
    input,
    output,
    loops: input.shape.map((count, k) =>
      k === axis ? { count: 1, from: { axis, start: position } } : { count, from: whole(k), to: whole(k < axis ? k : k - 1) },
    ),
  }));
};

const pack: Boxes<'PACK'> = (node) => {
  const [output] = node.outputs;
  const axis = resolveAxis(node, node.attributes.axis, output.shape.length);
  return (node.inputs as Value[]).map((input, position) => ({
    input,
    output,
    loops: output.shape.map((count, k) =>
      k === axis ? { count: 1, to: { axis, start: position } } : { count, from: whole(k < axis ? k : k - 1), to: whole(k) },
    ),
  }));
};

const concatenation: Boxes<'CONCATENATION'> = (node) => {
  if (node.attributes.activation !== 'NONE') return undefined;
  const [output] = node.outputs;
  const axis = resolveAxis(node, node.attributes.axis, output.shape.length);
  let start = 0;
  return (node.inputs as Value[]).map((input) => {
    const first = start;
    start += input.shape[axis];
    return {
      input,
      output,
      loops: input.shape.map((count, k) => ({ count, from: whole(k), to: { axis: k, start: k === axis ? first : 0 } })),
    };
  });
};

const transpose: Boxes<'TRANSPOSE'> = ({ inputs: [input, permutation], outputs: [output] }) => {
  const axes = integersOf(permutation);
  return axes && [{ input: input!, output, loops: output.shape.map((count, k) => ({ count, from: whole(axes[k]), to: whole(k) })) }];
};

/** Output position i is input position i modulo the input's size. */
const tile: Boxes<'TILE'> = ({ inputs: [input], outputs: [output] }) => {
  const loops = input!.shape.flatMap((size, axis): BoxLoop[] => [
    { count: size === 0 ? 0 : output.shape[axis] / size, to: { axis, step: size } },
    { count: size, from: whole(axis), to: whole(axis) },
  ]);
  return [{ input: input!, output, loops }];
};

/** Rows and columns of a wide image as blocks of the channels of a deep one; see reference/layout.ts. */
function blockLoops(
  [images, rows, columns, channels]: readonly number[],
  block: number,
): { count: number; wide: Positions; deep: Positions }[] {
  return [
    { count: images, wide: whole(0), deep: whole(0) },
    { count: rows / block, wide: { axis: 1, step: block }, deep: whole(1) },
    { count: columns / block, wide: { axis: 2, step: block }, deep: whole(2) },
    { count: block, wide: whole(1), deep: { axis: 3, step: block * channels } },
    { count: block, wide: whole(2), deep: { axis: 3, step: channels } },
    { count: channels, wide: whole(3), deep: whole(3) },
  ];
}

const spaceToDepth: Boxes<'SPACE_TO_DEPTH'> = ({ attributes, inputs: [input], outputs: [output] }) => {
  const loops = blockLoops(input!.shape, attributes.blockSize).map(({ count, wide, deep }) => ({ count, from: wide, to: deep }));
  return [{ input: input!, output, loops }];
};

const depthToSpace: Boxes<'DEPTH_TO_SPACE'> = ({ attributes, inputs: [input], outputs: [output] }) => {
  const loops = blockLoops(output.shape, attributes.blockSize).map(({ count, wide, deep }) => ({ count, from: deep, to: wide }));
  return [{ input: input!, output, loops }];
};

const reverse: Boxes<'REVERSE_V2'> = ({ inputs: [input, operand], outputs: [output] }) => {
  const { shape } = input!;
  const axes = integersOf(operand)?.map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (!axes) return undefined;
  const from = (axis: number): Positions => (axes.includes(axis) ? { axis, start: shape[axis] - 1, step: -1 } : whole(axis));
  return [{ input: input!, output, loops: shape.map((count, axis) => ({ count, from: from(axis), to: whole(axis) })) }];
};

const broadcast: Boxes<'BROADCAST_TO'> = ({ inputs: [input], outputs: [output] }) => {
  const missing = output.shape.length - input!.shape.length;
  const loops = output.shape.map((count, axis): BoxLoop => {
    const own = axis - missing;
    return own >= 0 && input!.shape[own] === count ? { count, from: whole(own), to: whole(axis) } : { count, to: whole(axis) };
  });
  return [{ input: input!, output, loops }];
};

/** Of more pixels per block the host moves each. */
const maxBlockPixels = 64;

/** Loops over every pixel of the blocks of SPACE_TO_BATCH_ND and its inverse; see reference/batch-blocks.ts. */
function batchBlockLoops(
  image: readonly number[],
  block: readonly number[],
  amounts: readonly number[],
): { count: number; image: Positions; blocked: Positions }[][] | undefined {
  const pixels = block.reduce((product, size) => product * size, 1);
  if (pixels > maxBlockPixels) return undefined;
  return Array.from({ length: pixels }, (_, pixel) => {
    let left = pixel;
    const places = [...block].reverse().map((size) => {
      const place = left % size;
      left = Math.floor(left / size);
      return place;
    });
    places.reverse();
    return image.map((size, axis) => {
      if (axis === 0) return { count: size, image: whole(0), blocked: { axis, start: pixel * size } };
      if (axis > block.length) return { count: size, image: whole(axis), blocked: whole(axis) };
      const step = block[axis - 1];
      const before = amounts[2 * axis - 2];
      const start = (((places[axis - 1] - before) % step) + step) % step;
      const count = Math.max(0, Math.ceil((size - start) / step));
      return { count, image: { axis, start, step }, blocked: { axis, start: Math.floor((start + before) / step) } };
    });
  });
}

/** The pixels of the input; where `paddings` are not 0, the rest of the output is to be filled before. */
export function spaceToBatch({ inputs: [input, block, paddings], outputs: [output] }: Node<'SPACE_TO_BATCH_ND'>): Box[] | undefined {
  const [sizes, amounts] = [integersOf(block), integersOf(paddings)];
  const pixels = sizes && amounts && batchBlockLoops(input!.shape, sizes, amounts);
  return pixels?.map((loops) => ({
    input: input!,
    output,
    loops: loops.map(({ count, image, blocked }) => ({ count, from: image, to: blocked })),
  }));
}

const batchToSpace: Boxes<'BATCH_TO_SPACE_ND'> = ({ inputs: [input, block, crops], outputs: [output] }) => {
  const [sizes, amounts] = [integersOf(block), integersOf(crops)];
  const pixels = sizes && amounts && batchBlockLoops(output.shape, sizes, amounts);
  return pixels?.map((loops) => ({
    input: input!,
    output,
    loops: loops.map(({ count, image, blocked }) => ({ count, from: blocked, to: image })),
  }));
};

/** A whole tensor of one element. */
export function fillingBox(fill: Value, output: Value): Box {
  return { input: fill, output, loops: output.shape.map((count, axis) => ({ count, to: whole(axis) })) };
}

/** By constant indices along one axis, a list or a single one; indices outside are `bad-data` of every run, on the host. */
const gather: Boxes<'GATHER'> = (node) => {
  const [input, indices] = node.inputs as Value[];
  const list = integersOf(indices);
  const rank = indices.shape.length;
  if (!list || rank > 1 || node.attributes.batchDims !== 0) return undefined;
  const axis = resolveAxis(node, node.attributes.axis, input.shape.length);
  if (list.some((index) => !(index >= 0 && index < input.shape[axis]))) return undefined;
  const loops = input.shape.map((count, k): BoxLoop => {
    if (k !== axis) return { count, from: whole(k), to: whole(k > axis ? k - 1 + rank : k) };
    return rank === 1 ? { count: list.length, from: { axis, list }, to: whole(axis) } : { count: 1, from: { axis, start: list[0] } };
  });
  return [{ input, output: node.outputs[0], loops }];
};

const mirrorPad: Boxes<'MIRROR_PAD'> = ({ attributes, inputs: [input, paddings], outputs: [output] }) => {
  const pairs = integersOf(paddings);
  if (!pairs) return undefined;
  const repeated = attributes.mode === 'SYMMETRIC' ? 1 : 0;
  const loops = output.shape.map((count, axis): BoxLoop => {
    const size = input!.shape[axis];
    const list = Array.from({ length: count }, (_, i) => {
      const position = i - pairs[2 * axis];
      if (position < 0) return -position - repeated;
      return position < size ? position : 2 * size - 2 + repeated - position;
    });
    return { count, from: { axis, list }, to: whole(axis) };
  });
  return [{ input: input!, output, loops }];
};

/** The input in the middle of a PAD or PADV2. */
export function paddedBox({ inputs: [input], outputs: [output] }: Node<'PAD' | 'PADV2'>, pairs: readonly number[]): Box {
  const loops = input!.shape.map((count, axis) => ({ count, from: whole(axis), to: { axis, start: pairs[2 * axis] } }));
  return { input: input!, output, loops };
}

/** What a PAD or PADV2 fills of `output`: before and behind the input along each axis, of the earlier axes only what the input has. */
export function paddingBoxes({ inputs: [input], outputs: [output] }: Node<'PAD' | 'PADV2'>, pairs: readonly number[], fill: Value): Box[] {
  return output.shape.flatMap((size, axis) => {
    const before = pairs[2 * axis];
    const behind = before + input!.shape[axis];
    const band = (start: number, count: number): Box => ({
      input: fill,
      output,
      loops: output.shape.map((all, k): BoxLoop => {
        if (k === axis) return { count, to: { axis: k, start } };
        return k < axis ? { count: input!.shape[k], to: { axis: k, start: pairs[2 * k] } } : { count: all, to: whole(k) };
      }),
    });
    return [band(0, before), band(behind, size - behind)];
  });
}

/** Operators whose outputs consist of their inputs' elements. */
export const boxes = {
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  SPLIT: split,
  SPLIT_V: splitV,
  UNPACK: unpack,
  PACK: pack,
  CONCATENATION: concatenation,
  TRANSPOSE: transpose,
  REVERSE_V2: reverse,
  BROADCAST_TO: broadcast,
  TILE: tile,
  SPACE_TO_DEPTH: spaceToDepth,
  DEPTH_TO_SPACE: depthToSpace,
  BATCH_TO_SPACE_ND: batchToSpace,
  GATHER: gather,
  MIRROR_PAD: mirrorPad,
} as const;
