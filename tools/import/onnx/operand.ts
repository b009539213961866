// Owns the layout of ONNX tensors in the graph: axes as sequences of atoms, so that axes can be transposed without moving elements.
import type { DType, Value } from 'zeropoint/graph';
import type { Codes } from './quantized/codes';

/**
 * A factor of an axis, of more than one element, compared by identity. Axes of one element have no atoms, since their position does not
 * affect the order of elements.
 */
export interface Atom {
  readonly size: number;
}

/** Atoms from the outermost to the innermost. */
export type Atoms = readonly Atom[];

/** Elements of a constant in the order of the file. */
export type ConstantData = Float32Array | readonly number[];

/**
 * A tensor of the ONNX graph. Its elements are stored row-major over the atoms of `stored`; in ONNX they are row-major over `axes`, which
 * hold the same atoms. An NCHW image that the graph keeps as NHWC has axes [n][c][h][w] and is stored [n][h][w][c]; TRANSPOSE, and RESHAPE
 * where it only splits or joins axes, change nothing but `axes`.
 */
export interface Operand {
  /** One entry per dimension in ONNX. */
  readonly axes: readonly Atoms[];
  /** One entry per dimension of `value`, or of `data`. */
  readonly stored: readonly Atoms[];
  /** Either a value of the graph .. */
  readonly value?: Value;
  /** .. or a constant that is not in the graph yet: floats, or integers of shapes and indices. */
  readonly data?: ConstantData;
  /** `TensorProto.DataType` of a constant as the file has it. */
  readonly elementType?: number;
  /** In the file the tensor holds codes; the elements are the reals that these stand for. */
  readonly codes?: Codes;
}

/** Elements of an axis. */
export function sizeOf(atoms: Atoms): number {
  return atoms.reduce((product, { size }) => product * size, 1);
}

/** The shape in ONNX. */
export function shapeOf({ axes }: Operand): number[] {
  return axes.map(sizeOf);
}

/** The dtype of the operand's elements in the graph; constants of integers that are not in it yet become int32. */
export function dtypeOf({ value, data }: Operand): DType {
  return value?.dtype ?? (data instanceof Float32Array ? 'float32' : 'int32');
}

/** The same tensor with `count` more dimensions of one element at `axis`. */
export function inserted(operand: Operand, axis: number, count = 1): Operand {
  const added = new Array<Atoms>(count).fill([]);
  return { ...operand, axes: [...operand.axes.slice(0, axis), ...added, ...operand.axes.slice(axis)] };
}

/** New axes of the given sizes. */
export function freshAxes(shape: readonly number[]): Atoms[] {
  return shape.map((size) => (size === 1 ? [] : [{ size }]));
}

/** A constant of the file. */
export function constantOperand(data: ConstantData, shape: readonly number[]): Operand {
  const axes = freshAxes(shape);
  return { axes, stored: axes, data };
}

/** Whether `a` and `b` are the same atoms in the same order. */
export function sameAtoms(a: Atoms, b: Atoms): boolean {
  return a.length === b.length && a.every((atom, i) => atom === b[i]);
}

/** Axis k of the result is axis `permutation[k]`. */
export function transposed(operand: Operand, permutation: readonly number[]): Operand {
  return { ...operand, axes: permutation.map((axis) => operand.axes[axis]) };
}

/** `operand` with the given atoms replaced by their factors. */
function split(operand: Operand, pieces: ReadonlyMap<Atom, Atoms>): Operand {
  const cut = (atoms: Atoms) => atoms.flatMap((atom) => pieces.get(atom) ?? [atom]);
  return { ...operand, axes: operand.axes.map(cut), stored: operand.stored.map(cut) };
}

/**
 * `operand` with `shape`, which has as many elements, by splitting and joining axes; undefined where a new axis straddles
 * old ones, as from [2, 3] to [3, 2].
 */
export function reshaped(operand: Operand, shape: readonly number[]): Operand | undefined {
  const atoms = operand.axes.flat();
  const pieces = new Map<Atom, Atom[]>();
  const axes: Atom[][] = [];
  let next = 0;
  let rest: Atom | undefined;
  let origin: Atom | undefined;
  for (const size of shape) {
    const axis: Atom[] = [];
    let missing = size;
    while (missing > 1) {
      if (!rest) {
        origin = rest = atoms[next++];
        if (!origin) return undefined;
        pieces.set(origin, []);
      }
      let piece = rest;
      if (missing % rest.size === 0) rest = undefined;
      else if (rest.size % missing === 0) {
        piece = { size: missing };
        rest = { size: rest.size / missing };
      } else return undefined;
      missing /= piece.size;
      axis.push(piece);
      pieces.get(origin!)!.push(piece);
    }
    axes.push(axis);
  }
  if (rest || next < atoms.length) return undefined;
  return { ...split(operand, pieces), axes };
}

/** The coarsest common factors of both axes, outermost first; undefined where there are none. */
function commonSizes(a: Atoms, b: Atoms): number[] | undefined {
  // Products of the leading atoms' sizes.
  const cuts = (atoms: Atoms) => atoms.map((_, i) => sizeOf(atoms.slice(0, i + 1)));
  const all = [...new Set([...cuts(a), ...cuts(b)])].sort((x, y) => x - y);
  const sizes = all.map((cut, i) => cut / (all[i - 1] ?? 1));
  return sizes.every(Number.isInteger) ? sizes : undefined;
}

/** Two operands of equal rank whose axes have corresponding atoms, except where an axis of one element is broadcast. */
export interface Aligned {
  readonly a: Operand;
  readonly b: Operand;
  /** Per axis and atom: the atom of `a`, of `b`, and of the result. */
  readonly pairs: readonly (readonly { a?: Atom; b?: Atom; result: Atom }[])[];
}

function padRank(operand: Operand, rank: number): Operand {
  const missing = rank - operand.axes.length;
  return missing > 0 ? { ...operand, axes: [...new Array<Atoms>(missing).fill([]), ...operand.axes] } : operand;
}

/**
 * Aligns two operands for ONNX's multidirectional broadcasting: last axes correspond, and axes of one element repeat. 'shapes' when
 * sizes differ or are 0, 'atoms' when axes of equal size have no common factors.
 */
export function align(left: Operand, right: Operand): Aligned | 'shapes' | 'atoms' {
  const rank = Math.max(left.axes.length, right.axes.length);
  if ([left, right].some((operand) => shapeOf(operand).includes(0))) return 'shapes';
  const operands = [padRank(left, rank), padRank(right, rank)] as const;
  const cut: [number[][], number[][]] = [[], []];
  for (let axis = 0; axis < rank; axis++) {
    const [a, b] = operands.map(({ axes }) => axes[axis]);
    const repeats = a.length === 0 || b.length === 0;
    if (!repeats && sizeOf(a) !== sizeOf(b)) return 'shapes';
    const common = repeats ? undefined : commonSizes(a, b);
    if (!repeats && !common) return 'atoms';
    cut[0].push(common ?? a.map(({ size }) => size));
    cut[1].push(common ?? b.map(({ size }) => size));
  }
  const [a, b] = operands.map((operand, i) => reshaped(operand, cut[i].flat())!);
  const regroup = (operand: Operand, sizes: number[][]): Operand => {
    let next = 0;
    const axes = sizes.map(({ length }) => {
      next += length;
      return operand.axes.slice(next - length, next).flat();
    });
    return { ...operand, axes };
  };
  const [first, second] = [regroup(a, cut[0]), regroup(b, cut[1])];
  const pairs = first.axes.map((atoms, axis) => {
    const others = second.axes[axis];
    const longer = atoms.length > 0 ? atoms : others;
    return longer.map((_, i) => ({ a: atoms[i], b: others[i], result: atoms[i] ?? others[i] }));
  });
  return { a: first, b: second, pairs };
}
