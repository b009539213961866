// Owns a node of every operator that moves elements, with parameters drawn for a shape.
import type { DType, OperatorAttributes, OperatorType, Quantization, Value } from '../../src/graph/graph';
import type { GraphBuilder } from './build';
import type { Random } from './random';

export const movements = [
  ...['SLICE', 'STRIDED_SLICE', 'SPLIT', 'SPLIT_V', 'UNPACK', 'PACK', 'CONCATENATION', 'TRANSPOSE', 'TILE', 'SPACE_TO_DEPTH'],
  ...['DEPTH_TO_SPACE', 'GATHER', 'MIRROR_PAD', 'PAD', 'PADV2', 'BROADCAST_TO', 'REVERSE_V2', 'SPACE_TO_BATCH_ND', 'BATCH_TO_SPACE_ND'],
] as const;
export type Movement = (typeof movements)[number];

/** Whether an operator takes tensors of so many dimensions. */
export function takesRank(operator: Movement, rank: number): boolean {
  if (operator === 'SPACE_TO_BATCH_ND' || operator === 'BATCH_TO_SPACE_ND') return rank === 3 || rank === 4;
  if (operator === 'SPACE_TO_DEPTH' || operator === 'DEPTH_TO_SPACE') return rank === 4;
  if (operator === 'UNPACK') return rank > 1;
  if (operator === 'PACK') return rank < 6;
  return rank > 0;
}

/** The outputs of a node of `operator` on `input`; `unary` gives values before parts that are joined, so that they are no graph inputs. */
export function movementNode(
  builder: GraphBuilder,
  operator: Movement,
  input: Value,
  random: Random,
  unary: (value: Value) => Value,
): Value[] {
  const { dtype, shape, quantization } = input;
  const rank = shape.length;
  const axis = random.integer(0, rank - 1);
  const signed = random.pick([axis, axis - rank]);
  const output = { dtype, quantization };
  const node = <T extends OperatorType>(type: T, attributes: OperatorAttributes[T], inputs: Value[], count = 1): Value[] =>
    builder.node(type, attributes, inputs, ...Array.from({ length: count }, () => output));
  const pairs = (most: number) => builder.ints(...shape.flatMap((size) => [0, 1].map(() => random.integer(0, Math.min(most, size - 1)))));
  /** [rank, 2] */
  const paddings = (most: number) => {
    const value = pairs(most);
    (value as { shape: readonly number[] }).shape = [rank, 2];
    return value;
  };
  switch (operator) {
    case 'SLICE': {
      const begin = shape.map((size) => random.integer(0, size - 1));
      const size = shape.map((all, k) => random.pick([-1, random.integer(1, all - begin[k])]));
      return node('SLICE', {}, [input, builder.ints(...begin), builder.ints(...size)]);
    }
    case 'STRIDED_SLICE': {
      const strides = shape.map(() => random.pick([1, 1, 2, 3, -1, -2]));
      const begin = shape.map((size, k) => (strides[k] > 0 ? random.integer(0, size - 1) : size - 1));
      const end = shape.map((size, k) => (strides[k] > 0 ? random.integer(begin[k] + 1, size) : -size - 1));
      const shrinkAxisMask = strides[axis] > 0 && rank > 1 && random.integer(0, 1) ? 1 << axis : 0;
      const attributes = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask, offset: false };
      return node('STRIDED_SLICE', attributes, [input, builder.ints(...begin), builder.ints(...end), builder.ints(...strides)]);
    }
    case 'SPLIT': {
      const numSplits = random.pick([1, 2, 3].filter((count) => shape[axis] % count === 0));
      return node('SPLIT', { numSplits }, [builder.constant('int32', [], [signed]), input], numSplits);
    }
    case 'SPLIT_V': {
      const first = random.integer(1, shape[axis]);
      const sizes = [first, shape[axis] - first].filter((size) => size > 0);
      const inputs = [input, builder.ints(...sizes), builder.constant('int32', [], [signed])];
      return node('SPLIT_V', { numSplits: sizes.length }, inputs, sizes.length);
    }
    case 'UNPACK':
      return node('UNPACK', { num: shape[axis], axis: signed }, [input], shape[axis]);
    case 'PACK': {
      const at = random.integer(0, rank);
      return node('PACK', { valuesCount: 3, axis: random.pick([at, at - rank - 1]) }, [input, unary(input), input]);
    }
    case 'CONCATENATION':
      return node('CONCATENATION', { axis: signed, activation: 'NONE' }, [input, unary(input), input]);
    case 'TRANSPOSE': {
      const order = shape.map((_, k) => k);
      for (let k = rank - 1; k > 0; k--) {
        const other = random.integer(0, k);
        [order[k], order[other]] = [order[other], order[k]];
      }
      return node('TRANSPOSE', {}, [input, builder.ints(...order)]);
    }
    case 'TILE':
      return node('TILE', {}, [input, builder.ints(...shape.map(() => random.integer(1, 2)))]);
    case 'SPACE_TO_DEPTH': {
      const blockSize = random.pick([1, 2, 3].filter((block) => shape[1] % block === 0 && shape[2] % block === 0));
      return node('SPACE_TO_DEPTH', { blockSize }, [input]);
    }
    case 'DEPTH_TO_SPACE': {
      const blockSize = random.pick([1, 2, 3].filter((block) => shape[3] % (block * block) === 0));
      return node('DEPTH_TO_SPACE', { blockSize }, [input]);
    }
    case 'GATHER': {
      const list = Array.from({ length: random.integer(1, 5) }, () => random.integer(0, shape[axis] - 1));
      const indices = random.integer(0, 3) ? builder.ints(...list) : builder.constant('int32', [], list);
      return node('GATHER', { axis: signed, batchDims: 0 }, [input, indices]);
    }
    case 'MIRROR_PAD':
      return node('MIRROR_PAD', { mode: random.pick(['REFLECT', 'SYMMETRIC']) }, [input, paddings(3)]);
    case 'PAD':
      return node('PAD', {}, [input, paddings(3)]);
    case 'BROADCAST_TO': {
      const [kept, leading] = [random.integer(0, rank - 1), random.integer(0, 6 - rank)];
      const part = builder.node(
        'SLICE',
        {},
        [input, builder.ints(...shape.map(() => 0)), builder.ints(...shape.map((_, k) => (k === kept ? -1 : 1)))],
        output,
      );
      const full = [...Array.from({ length: leading }, () => 2), ...shape];
      return node('BROADCAST_TO', {}, [...part, builder.ints(...full)]);
    }
    case 'REVERSE_V2':
      return node('REVERSE_V2', {}, [input, builder.ints(signed)]);
    case 'SPACE_TO_BATCH_ND': {
      const block = shape.slice(1, -1).map(() => random.integer(1, 3));
      const before = block.map(() => random.integer(0, 3));
      const pads = block.flatMap((size, k) => [before[k], (size - ((shape[k + 1] + before[k]) % size)) % size]);
      return node('SPACE_TO_BATCH_ND', {}, [input, builder.ints(...block), builder.constant('int32', [block.length, 2], pads)]);
    }
    case 'BATCH_TO_SPACE_ND': {
      const block: number[] = shape.slice(1, -1).map((_, k) => (shape[0] % 4 === 0 && (k === 0 || rank === 4) ? 2 : 1));
      const product = block.reduce((a, b) => a * b, 1);
      if (shape[0] % product !== 0) block.fill(1);
      const crops = block.flatMap((size, k) => [random.integer(0, Math.min(1, shape[k + 1] * size - 1)), 0]);
      return node('BATCH_TO_SPACE_ND', {}, [input, builder.ints(...block), builder.constant('int32', [block.length, 2], crops)]);
    }
    case 'PADV2':
      return node('PADV2', {}, [input, paddings(3), builder.constant(dtype, [], [fillOf(dtype)], quantization)]);
  }
}

function fillOf(dtype: DType): number {
  return dtype === 'bool' ? 1 : dtype === 'uint8' ? 200 : 7;
}

/** A shape of `rank` dimensions with at most 3,000 elements, some of which are multiples of 4 and 8. */
export function movementShape(rank: number, random: Random): number[] {
  const shape = Array.from({ length: rank }, () => random.pick(rank > 4 ? [1, 2, 3, 4] : [1, 2, 3, 4, 8, 9, 17]));
  if (rank > 0) shape[rank - 1] = random.pick([1, 3, 4, 8, 9, 16, 19]);
  while (shape.reduce((a, b) => a * b, 1) > 3000) shape[shape.indexOf(Math.max(...shape.slice(0, -1)))] = 2;
  return shape;
}

/** Of 8-bit values; others have none. */
export function movementQuantization(dtype: DType, zeroPoint: number): Quantization | undefined {
  return dtype === 'int8' || dtype === 'uint8' ? { scale: [0.0625], zeroPoint: [zeroPoint], axis: 0 } : undefined;
}
