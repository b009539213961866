// Owns sparse constants for tests: the levels of a tensor by a traversal order, and files that hold them.
import { elementCount } from '../../src/graph/graph';
import { slots } from '../../src/tflite/schema';
import type { Elements, Ref } from '../hostile/flat';
import { ModelFile } from '../hostile/model-file';
import { flatIndex } from './kernel';

/** How a tensor is stored: axes and blocks in traversal order, which levels are compressed, the blocked axes and their block sizes. */
export interface Format {
  readonly shape: readonly number[];
  readonly order: readonly number[];
  readonly compressed: readonly boolean[];
  readonly blockMap: readonly number[];
  readonly blockSizes: readonly number[];
}

interface Level {
  readonly size: number;
  readonly segments?: number[];
  readonly indices?: number[];
}

/** Levels and stored elements of a dense tensor: compressed levels leave out what is zero throughout. */
export function encode(
  dense: ArrayLike<number>,
  { shape, order, compressed, blockMap, blockSizes }: Format,
): { levels: Level[]; stored: number[] } {
  const rank = shape.length;
  const blockOf = (axis: number) => (blockMap.includes(axis) ? blockSizes[blockMap.indexOf(axis)] : 1);
  const sizeOf = (axis: number) => (axis < rank ? shape[axis] / blockOf(axis) : blockSizes[axis - rank]);
  const element = (positions: readonly number[]): number => {
    const index = shape.map(() => 0);
    order.forEach((axis, level) => {
      if (axis < rank) index[axis] += positions[level] * blockOf(axis);
      else index[blockMap[axis - rank]] += positions[level];
    });
    return dense[flatIndex(shape, index)];
  };
  const isZero = (positions: readonly number[]): boolean =>
    positions.length === order.length
      ? element(positions) === 0
      : Array.from({ length: sizeOf(order[positions.length]) }, (_, i) => i).every((i) => isZero([...positions, i]));
  const levels: Level[] = [];
  let entries: number[][] = [[]];
  order.forEach((axis, level) => {
    const size = sizeOf(axis);
    const segments = [0];
    const indices: number[] = [];
    entries = entries.flatMap((entry) => {
      const next = Array.from({ length: size }, (_, i) => [...entry, i]).filter((positions) => !compressed[level] || !isZero(positions));
      indices.push(...next.map((positions) => positions[level]));
      segments.push(indices.length);
      return next;
    });
    levels.push(compressed[level] ? { size, segments, indices } : { size });
  });
  return { levels, stored: entries.map(element) };
}

/** Integers of the width that fits. `bytes`: 1, 2 or 4. */
function indexVector(file: ModelFile, values: readonly number[], bytes: 1 | 2 | 4): Ref {
  const elements: Elements = bytes === 1 ? Uint8Array.from(values) : bytes === 2 ? Uint16Array.from(values) : Int32Array.from(values);
  return file.flat.table([[0, 'ref', file.flat.vector(elements)]]);
}

const typeOf = { 4: 1, 2: 2, 1: 3 } as const;

/** The table SparsityParameters of levels in a format. */
export function sparsityTable(file: ModelFile, format: Format, levels: readonly Level[], bytes: 1 | 2 | 4 = 4): Ref {
  const slot = slots.DimensionMetadata;
  const tables = levels.map(({ size, segments, indices }) =>
    segments && indices
      ? file.flat.table([
          [slot.format, 'int8', 1],
          [slot.segmentsType, 'int8', typeOf[bytes]],
          [slot.segmentsType + 1, 'ref', indexVector(file, segments, bytes)],
          [slot.indicesType, 'int8', typeOf[bytes]],
          [slot.indicesType + 1, 'ref', indexVector(file, indices, bytes)],
        ])
      : file.flat.table([[slot.denseSize, 'int32', size]]),
  );
  return file.flat.table([
    [slots.SparsityParameters.traversalOrder, 'ref', file.flat.vector(Int32Array.from(format.order))],
    [slots.SparsityParameters.blockMap, 'ref', file.flat.vector(Int32Array.from(format.blockMap))],
    [slots.SparsityParameters.dimMetadata, 'ref', file.flat.refs(tables)],
  ]);
}

/** A file that adds a sparse float32 constant, made dense by DENSIFY, to its input. `change` damages levels or elements. */
export function sparseModel(
  dense: ArrayLike<number>,
  format: Format,
  bytes: 1 | 2 | 4 = 4,
  change: (levels: Level[], stored: number[]) => void = () => {},
): Uint8Array {
  const file = new ModelFile();
  const { levels, stored } = encode(dense, format);
  change(levels, stored);
  const sparsity = sparsityTable(file, format, levels, bytes);
  const sparse = file.tensor({ dtype: 'float32', shape: format.shape, buffer: file.buffer(Float32Array.from(stored)), sparsity });
  const weights = file.tensor({ dtype: 'float32', shape: format.shape });
  file.node('DENSIFY', [sparse], [weights]);
  const input = file.tensor({ dtype: 'float32', shape: format.shape });
  file.inputs.push(input);
  file.outputs.push(file.step('ADD', [input, weights], {}, { dtype: 'float32', shape: format.shape }));
  return file.finish();
}

/** Seeded elements, about `share` of them zero. */
export function sparseElements({ shape }: Format, random: { real(): number }, share = 0.6): number[] {
  return Array.from({ length: elementCount(shape) }, () => (random.real() < share ? 0 : Math.fround(random.real() - 0.5)));
}

/** Row by row, by columns, in blocks of rows and columns, and as networks of MediaPipe and pruned Keras have them. */
export const formats: readonly Format[] = [
  { shape: [7], order: [0], compressed: [true], blockMap: [], blockSizes: [] },
  { shape: [5, 6], order: [0, 1], compressed: [false, true], blockMap: [], blockSizes: [] },
  { shape: [5, 6], order: [1, 0], compressed: [true, true], blockMap: [], blockSizes: [] },
  { shape: [8, 6], order: [0, 1, 2, 3], compressed: [false, true, false, false], blockMap: [0, 1], blockSizes: [2, 3] },
  { shape: [4, 8], order: [0, 1, 2], compressed: [false, true, false], blockMap: [1], blockSizes: [4] },
  { shape: [4, 1, 3, 8], order: [0, 1, 2, 3], compressed: [false, false, false, true], blockMap: [], blockSizes: [] },
  { shape: [4, 2, 2, 8], order: [0, 1, 2, 3, 4], compressed: [false, true, false, true, false], blockMap: [0], blockSizes: [2] },
];
