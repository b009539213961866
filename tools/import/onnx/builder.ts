// Owns bringing the operands of ONNX nodes into the order of elements that a node of the graph needs.
import { ModelError } from 'zeropoint';
import { type DType, elementCount, type Value } from 'zeropoint/graph';
import type { ImportAccount } from '../account';
import { GraphBuilder } from '../graph-builder';
import type { ImportOptions } from '../options';
import { ExternalData } from './external';
import { type Atom, type Atoms, type ConstantData, constantOperand, type Operand, sameAtoms, shapeOf, sizeOf } from './operand';
import type { DequantizedConstant } from './quantized/codes';

/** Highest rank of a TRANSPOSE. */
const maxAxes = 6;

/** Key of a rearrangement: `order` as positions among the stored atoms, the atoms' sizes, and the resulting shape. */
function orderKey(stored: Atoms, order: Atoms, shape: readonly number[]): string {
  return `${stored.map(({ size }) => size)}>${order.map((atom) => stored.indexOf(atom))}>${shape}`;
}

/** The graph that an ONNX file becomes. */
export class OnnxBuilder extends GraphBuilder {
  /** What constants of reals were dequantized from. */
  readonly dequantized = new WeakMap<object, DequantizedConstant>();
  /** Whether something was quantized or dequantized. */
  hasCodes = false;
  /** Elements in another order, to the elements as they were read. */
  private readonly origins = new WeakMap<object, object>();
  /** Rearrangements made so far, so that several readers share them. */
  private readonly arranged = new WeakMap<object, Map<string, Value>>();
  /** Results of Erf, with what it was computed from. */
  readonly errorFunctions = new Map<Value, Value>();
  readonly external: ExternalData;

  constructor(name: string, description: string, account: ImportAccount, external?: ImportOptions['external']) {
    super(name, description, account);
    this.external = new ExternalData(account, external);
  }

  /**
   * The operand's elements row-major over `axes`, which hold its atoms in any order, as a graph value with one dimension per entry.
   * Adds no node where the elements have this order and shape already, a RESHAPE where only the shape differs, else a TRANSPOSE;
   * constants are copied in the new order, integers as int32, or as bool where it says so.
   */
  arrange(operand: Operand, axes: readonly Atoms[], name: string, dtype?: DType): Value {
    const stored = operand.stored.flat();
    const order = axes.flat();
    const shape = axes.map(sizeOf);
    const { value, data } = operand;
    if (value && sameAtoms(stored, order) && value.shape.length === shape.length && value.shape.every((d, i) => d === shape[i]))
      return value;
    const owner: object = value ?? (data as object);
    const known = this.arranged.get(owner) ?? new Map<string, Value>();
    this.arranged.set(owner, known);
    const key = `${orderKey(stored, order, shape)}${dtype}`;
    const found = known.get(key);
    if (found) return found;
    let result: Value;
    if (!value) {
      this.account.charge(elementCount(shape));
      const elements = permute(data!, stored, order);
      result =
        elements instanceof Float32Array ? this.value(name, 'float32', shape, elements) : this.integers(elements, shape, name, dtype);
      this.origins.set(result.data!, data!);
    } else if (sameAtoms(stored, order)) result = this.reshape(value, shape, name);
    else result = this.transpose(value, operand, axes, name);
    known.set(key, result);
    return result;
  }

  private integers(elements: readonly number[], shape: readonly number[], name: string, dtype?: DType): Value {
    if (dtype === 'bool')
      return this.value(
        name,
        'bool',
        shape,
        Uint8Array.from(elements, (element) => Number(element !== 0)),
      );
    if (elements.some((element) => element !== (element | 0))) {
      throw new ModelError('unsupported-feature', 'it holds integers of more than 32 bits; only those of shapes may be', { where: name });
    }
    return this.value(name, 'int32', shape, Int32Array.from(elements));
  }

  /** What a constant was dequantized from, in whatever order its elements are now. */
  dequantizedFrom(data: object): DequantizedConstant | undefined {
    let origin = data;
    for (let next = this.origins.get(origin); next && next !== origin; next = this.origins.get(origin)) origin = next;
    return this.dequantized.get(origin);
  }

  private reshape(value: Value, shape: readonly number[], name: string): Value {
    return this.node('RESHAPE', { newShape: shape }, [value, this.ints(`${name}/shape`, shape)], `${name}/reshape`);
  }

  /** TRANSPOSE of the value's dimensions; where it would split one, RESHAPE before to units that stay whole, and after to `axes`. */
  private transpose(value: Value, { stored }: Operand, axes: readonly Atoms[], name: string): Value {
    const order = axes.flat();
    const whole = stored.every((unit) => unit.every((atom, i) => i === 0 || order[order.indexOf(unit[i - 1]) + 1] === atom));
    const units = whole ? stored : runs(stored, order);
    if (units.length > maxAxes) {
      throw new ModelError('unsupported-feature', `its elements move along ${units.length} axes; ${maxAxes} are the most`, {
        where: name,
      });
    }
    const source = whole ? value : this.reshape(value, units.map(sizeOf), name);
    const permutation = unitOrder(units, axes);
    const moved = this.node('TRANSPOSE', {}, [source, this.ints(`${name}/permutation`, permutation)], `${name}/transpose`);
    const shape = axes.map(sizeOf);
    return moved.shape.join() === shape.join() ? moved : this.reshape(moved, shape, name);
  }

  /** The same tensor with elements row-major over ONNX's dimensions, as an operand with atoms of its own. */
  plain(operand: Operand, name: string): Operand {
    const shape = shapeOf(operand);
    if (!operand.value) {
      const [stored, order] = [operand.stored.flat(), operand.axes.flat()];
      if (!sameAtoms(stored, order)) this.account.charge(operand.data!.length);
      const data = permute(operand.data!, stored, order);
      this.origins.set(data, operand.data!);
      return constantOperand(data, shape);
    }
    const { axes } = constantOperand([], shape);
    return { axes, stored: axes, value: this.arrange(operand, operand.axes, name) };
  }
}

/** Maximal runs of stored atoms that stay neighbours in `order`; a leading batch of 1 is a unit of its own. */
function runs(stored: readonly Atoms[], order: Atoms): Atoms[] {
  const units: Atom[][] = stored[0]?.length === 0 ? [[]] : [];
  let last: Atom | undefined;
  for (const atom of stored.flat()) {
    if (last && order[order.indexOf(last) + 1] === atom) units.at(-1)!.push(atom);
    else units.push([atom]);
    last = atom;
  }
  return units;
}

/** The units in the order of `axes`; units of one element take the places of axes of one element, and the rest of them the end. */
function unitOrder(units: readonly Atoms[], axes: readonly Atoms[]): number[] {
  const empty = units.flatMap((unit, i) => (unit.length === 0 ? [i] : []));
  const permutation: number[] = [];
  for (const axis of axes) {
    if (axis.length === 0 && empty.length > 0) permutation.push(empty.shift()!);
    for (const atom of axis) {
      const unit = units.findIndex(([first]) => first === atom);
      if (unit >= 0) permutation.push(unit);
    }
  }
  return [...permutation, ...empty];
}

/** Reorders elements that are row-major over `stored` to row-major over `order`. */
function permute<T extends ConstantData>(data: T, stored: Atoms, order: Atoms): T {
  if (sameAtoms(stored, order)) return data;
  const strides = new Map<Atom, number>();
  let stride = 1;
  for (let i = stored.length - 1; i >= 0; i--) {
    strides.set(stored[i], stride);
    stride *= stored[i].size;
  }
  const steps = order.map((atom) => strides.get(atom)!);
  const result = data.slice() as Float32Array | number[];
  const position = new Array<number>(order.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from];
    for (let axis = order.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++position[axis] < order[axis].size) break;
      from -= steps[axis] * order[axis].size;
      position[axis] = 0;
    }
  }
  return result as T;
}
