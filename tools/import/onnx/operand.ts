// Owns where the elements of an ONNX tensor lie in the graph: its axes as atoms, and what moves axes without moving elements.
import type { Value } from 'zeropoint/graph';

/**
 * A piece of an axis, more than one element long, told apart by identity. Axes of one element have no atoms: where they stand
 * changes nothing about the order of elements.
 */
export interface Atom {
  readonly size: number;
}

/** Atoms from the outermost to the innermost. */
export type Atoms = readonly Atom[];

/** Elements of a constant in the order of the file. */
export type ConstantData = Float32Array | readonly number[];

/**
 * A tensor of the ONNX graph. Its elements lie row-major over the atoms of `stored`, while ONNX sees them row-major over `axes`: both
 * hold the same atoms. An NCHW image that the graph keeps as NHWC has axes [n][c][h][w] and is stored [n][h][w][c]; TRANSPOSE, and RESHAPE
 * where it only splits or joins axes, change nothing but `axes`.
 */
export interface Operand {
  /** One entry per dimension that ONNX sees. */
  readonly axes: readonly Atoms[];
  /** One entry per dimension of `value`, or of `data`. */
  readonly stored: readonly Atoms[];
  /** Either the value of the graph .. */
  readonly value?: Value;
  /** .. or a constant that is not in the graph yet: floats, or integers that steer shapes. */
  readonly data?: ConstantData;
}

/** Elements of an axis. */
export function sizeOf(atoms: Atoms): number {
  return atoms.reduce((product, { size }) => product * size, 1);
}

/** The shape as ONNX sees it. */
export function shapeOf({ axes }: Operand): number[] {
  return axes.map(sizeOf);
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

/** `operand` with the given atoms cut into pieces. */
function split(operand: Operand, pieces: ReadonlyMap<Atom, Atoms>): Operand {
  const cut = (atoms: Atoms) => atoms.flatMap((atom) => pieces.get(atom) ?? [atom]);
  return { ...operand, axes: operand.axes.map(cut), stored: operand.stored.map(cut) };
}

/**
 * `operand` with `shape`, which has as many elements, by cutting and joining axes; undefined where elements would have to move in the
 * sense that an axis straddles two others, as from [2, 3] to [3, 2].
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

/** The coarsest sizes that both axes can be cut into, outermost first; undefined where there are none. */
function commonSizes(a: Atoms, b: Atoms): number[] | undefined {
  // Elements before each cut, counted in outer repetitions.
  const cuts = (atoms: Atoms) => atoms.map((_, i) => sizeOf(atoms.slice(0, i + 1)));
  const all = [...new Set([...cuts(a), ...cuts(b)])].sort((x, y) => x - y);
  const sizes = all.map((cut, i) => cut / (all[i - 1] ?? 1));
  return sizes.every(Number.isInteger) ? sizes : undefined;
}

/** Two operands of equal rank whose axes correspond atom by atom, but where one has a single element and repeats. */
export interface Aligned {
  readonly a: Operand;
  readonly b: Operand;
  /** Per axis and atom: the one of `a`, of `b`, and which stands for both in the result. */
  readonly pairs: readonly (readonly { a?: Atom; b?: Atom; result: Atom }[])[];
}

function padRank(operand: Operand, rank: number): Operand {
  const missing = rank - operand.axes.length;
  return missing > 0 ? { ...operand, axes: [...new Array<Atoms>(missing).fill([]), ...operand.axes] } : operand;
}

/**
 * Aligns two operands as ONNX's multidirectional broadcasting does: at the last axis, one element repeats.
 * 'shapes' when sizes differ or are 0, 'atoms' when axes of one size are cut differently.
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
