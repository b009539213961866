// Owns the growing graph of an import: adding nodes with inferred shapes, and bringing tensors into the order a node wants.
import { ModelError } from 'zeropoint';
import {
  allocate,
  type DType,
  elementCount,
  type Graph,
  inferShapes,
  type Node,
  type OperatorAttributes,
  type OperatorType,
  type TensorData,
  type Value,
  workOf,
} from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { type Atom, type Atoms, type ConstantData, constantOperand, type Operand, sameAtoms, shapeOf, sizeOf } from './operand';

/** Elements computed from constants while importing, and the work for them; what takes more stays a node. */
const mostFolded = 2 ** 24;
const mostFoldingWork = 2 ** 28;
/** Elements of constants that are written while importing: far more than a network has, but no more than memory. */
const mostConstants = 2 ** 28;
/** Highest rank of a TRANSPOSE. */
const mostAxes = 6;

/** The order of an operand's elements in `order`, as positions among its stored atoms, with their sizes. */
function orderKey(stored: Atoms, order: Atoms, shape: readonly number[]): string {
  return `${stored.map(({ size }) => size)}>${order.map((atom) => stored.indexOf(atom))}>${shape}`;
}

export class Builder {
  readonly graph: Graph;
  /** Names given so far, with the next number to try for each. */
  private readonly names = new Map<string, number>();
  private readonly producers = new Map<Value, Node>();
  /** Rearrangements made so far, so that several readers share them. */
  private readonly arranged = new WeakMap<object, Map<string, Value>>();
  private folded = 0;
  private foldingWork = 0;
  private constants = 0;

  constructor(name: string, description: string) {
    const trailer = new Uint8Array(0);
    this.graph = { name, description, values: [], inputs: [], outputs: [], nodes: [], signatures: [], metadata: [], trailer };
  }

  /** A graph value; its name is made unique. */
  value(name: string, dtype: DType, shape: readonly number[], data?: TensorData): Value {
    let unique = name;
    for (let i = this.names.get(name) ?? 0; this.names.has(unique); i++) {
      unique = `${name}_${i}`;
      this.names.set(name, i + 1);
    }
    this.names.set(unique, 1);
    const value: Value = { id: this.graph.values.length, name: unique, dtype, shape };
    if (data) {
      this.spend(data.length, name);
      value.data = data;
    }
    this.graph.values.push(value);
    return value;
  }

  /** Counts elements of a constant. */
  private spend(elements: number, name: string): void {
    this.constants += elements;
    if (this.constants <= mostConstants) return;
    throw new ModelError('too-large', `its constants take more than ${mostConstants} elements; split the model`, { where: name });
  }

  /** Gives a computed value the name of the file's output; a node before it that has the name takes its. */
  rename(value: Value, name: string): void {
    const holder = this.graph.values.find((candidate) => candidate.name === name);
    if (!this.producers.has(value) || (holder && !this.producers.has(holder))) return;
    if (holder) holder.name = value.name;
    else this.names.set(name, 1);
    value.name = name;
  }

  floats(name: string, shape: readonly number[], data: Float32Array): Value {
    return this.value(name, 'float32', shape, data);
  }

  ints(name: string, data: readonly number[], shape: readonly number[] = [data.length]): Value {
    return this.value(name, 'int32', shape, Int32Array.from(data));
  }

  /** Adds a node with float results, infers their shapes and returns them; a small node of constants becomes its result. */
  nodes<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    inputs: (Value | undefined)[],
    names: readonly string[],
  ): Value[] {
    const outputs = names.map((name) => this.value(name, 'float32', []));
    const node = { type, id: this.graph.nodes.length, attributes, inputs, outputs, version: 1 } as unknown as Node;
    const values = [...new Set([...inputs.filter((value) => value !== undefined), ...outputs])];
    inferShapes({ ...this.graph, values, inputs: [], outputs, nodes: [node] }, { evaluate });
    if (!this.fold(node)) {
      this.graph.nodes.push(node);
      for (const value of outputs) this.producers.set(value, node);
    }
    return outputs;
  }

  /** The node that computes `value`; none for inputs and constants. */
  producer(value: Value): Node | undefined {
    return this.producers.get(value);
  }

  /** The same with one result. */
  node<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], inputs: (Value | undefined)[], name: string): Value {
    return this.nodes(type, attributes, inputs, [name])[0];
  }

  private fold(node: Node): boolean {
    if (!node.inputs.every((value) => value?.data)) return false;
    const size = node.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const work = workOf(node);
    if (this.folded + size > mostFolded || this.foldingWork + work > mostFoldingWork) return false;
    this.folded += size;
    this.foldingWork += work;
    const outputs = node.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
    evaluate(
      node,
      node.inputs.map((value) => value!.data),
      outputs,
    );
    node.outputs.forEach((value, i) => {
      value.data = outputs[i];
    });
    return true;
  }

  /**
   * The operand's elements row-major over `axes`, which hold its atoms in any order, as a graph value with one dimension per entry.
   * Costs nothing where they lie so already, a RESHAPE where only the shape differs, else a TRANSPOSE; constants are written anew.
   */
  arrange(operand: Operand, axes: readonly Atoms[], name: string): Value {
    const stored = operand.stored.flat();
    const order = axes.flat();
    const shape = axes.map(sizeOf);
    const { value, data } = operand;
    if (value && sameAtoms(stored, order) && value.shape.length === shape.length && value.shape.every((d, i) => d === shape[i]))
      return value;
    const owner: object = value ?? (data as object);
    const known = this.arranged.get(owner) ?? new Map<string, Value>();
    this.arranged.set(owner, known);
    const key = orderKey(stored, order, shape);
    const found = known.get(key);
    if (found) return found;
    let result: Value;
    if (!value) result = this.floats(name, shape, permute(requireFloats(data!, name), stored, order));
    else if (sameAtoms(stored, order)) result = this.reshape(value, shape, name);
    else result = this.transpose(value, operand, axes, name);
    known.set(key, result);
    return result;
  }

  private reshape(value: Value, shape: readonly number[], name: string): Value {
    return this.node('RESHAPE', { newShape: shape }, [value, this.ints(`${name}/shape`, shape)], `${name}/reshape`);
  }

  /** RESHAPE to units that move as a whole where the value's own dimensions do not, TRANSPOSE, RESHAPE to the wanted dimensions. */
  private transpose(value: Value, { stored }: Operand, axes: readonly Atoms[], name: string): Value {
    const order = axes.flat();
    const whole = stored.every((unit) => unit.every((atom, i) => i === 0 || order[order.indexOf(unit[i - 1]) + 1] === atom));
    const units = whole ? stored : runs(stored, order);
    if (units.length > mostAxes) {
      throw new ModelError('unsupported-feature', `its elements move along ${units.length} axes; ${mostAxes} are the most`, {
        where: name,
      });
    }
    const source = whole ? value : this.reshape(value, units.map(sizeOf), name);
    const permutation = unitOrder(units, axes);
    const moved = this.node('TRANSPOSE', {}, [source, this.ints(`${name}/permutation`, permutation)], `${name}/transpose`);
    const shape = axes.map(sizeOf);
    return moved.shape.join() === shape.join() ? moved : this.reshape(moved, shape, name);
  }

  /** An operand of fresh atoms whose elements lie as ONNX counts them. */
  plain(operand: Operand, name: string): Operand {
    const shape = shapeOf(operand);
    if (!operand.value) {
      const [stored, order] = [operand.stored.flat(), operand.axes.flat()];
      if (!sameAtoms(stored, order)) this.spend(operand.data!.length, name);
      return constantOperand(permute(operand.data!, stored, order), shape);
    }
    const { axes } = constantOperand([], shape);
    return { axes, stored: axes, value: this.arrange(operand, operand.axes, name) };
  }
}

function requireFloats(data: ConstantData, name: string): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new ModelError('bad-dtype', 'an operator for floats takes integers; only float32 networks are supported', { where: name });
}

/** Maximal runs of stored atoms that stay neighbours in `order`; a leading batch of one stays apart. */
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

/** The units in the order of the wanted axes; those of one element go where an axis has one element, as far as there are such. */
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

/** The elements, row-major over `stored`, row-major over `order`. */
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
