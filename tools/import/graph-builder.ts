// Owns the growing graph of an import from any format: values with unique names, nodes with inferred shapes, constants folded at once.
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
  validate,
  workOf,
} from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { type ImportAccount, unitsOf } from './account';
import { outputType } from './dtypes';

/** A graph that grows node by node. What is computed and stored is charged to the import's account. */
export class GraphBuilder {
  readonly graph: Graph;
  /** Names given so far, with the next number to try for each. */
  private readonly names = new Map<string, number>();
  private readonly byName = new Map<string, Value>();
  private readonly producers = new Map<Value, Node>();

  constructor(
    name: string,
    description: string,
    readonly account: ImportAccount,
  ) {
    const trailer = new Uint8Array(0);
    this.graph = { name, description, values: [], inputs: [], outputs: [], nodes: [], signatures: [], metadata: [], trailer };
  }

  /** A graph value; its name is made unique. The elements of `data` are the caller's to charge. */
  value(name: string, dtype: DType, shape: readonly number[], data?: TensorData): Value {
    this.account.charge(unitsOf.value);
    let unique = name;
    for (let i = this.names.get(name) ?? 0; this.names.has(unique); i++) {
      unique = `${name}_${i}`;
      this.names.set(name, i + 1);
    }
    this.names.set(unique, 1);
    const value: Value = { id: this.graph.values.length, name: unique, dtype, shape };
    if (data) value.data = data;
    this.graph.values.push(value);
    this.byName.set(unique, value);
    return value;
  }

  /** Gives a computed value the name that the file has for an output; a computed value that has this name gets the other's. */
  rename(value: Value, name: string): void {
    const holder = this.byName.get(name);
    if (!this.producers.has(value) || (holder && !this.producers.has(holder))) return;
    if (holder) holder.name = value.name;
    else this.names.set(name, 1);
    if (holder) this.byName.set(value.name, holder);
    else this.byName.delete(value.name);
    value.name = name;
    this.byName.set(name, value);
  }

  /** A constant of floats that `fill` gives; their memory is charged before it is called. */
  floats(name: string, shape: readonly number[], fill: (count: number) => Float32Array): Value {
    const count = elementCount(shape);
    this.account.charge(count);
    return this.value(name, 'float32', shape, fill(count));
  }

  ints(name: string, data: readonly number[], shape: readonly number[] = [data.length]): Value {
    this.account.charge(data.length);
    return this.value(name, 'int32', shape, Int32Array.from(data));
  }

  /**
   * Adds a node, infers its results' shapes and returns them; a small node of constants becomes its result. Dtypes follow from the inputs
   * unless given.
   */
  nodes<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    inputs: (Value | undefined)[],
    names: readonly string[],
    dtype?: DType,
  ): Value[] {
    this.account.charge(unitsOf.node + inputs.length + names.length);
    const outputs = names.map((name, i) => this.value(name, dtype ?? outputType(type, attributes, inputs, i), []));
    const node = { type, id: this.graph.nodes.length, attributes, inputs, outputs, version: 1 } as unknown as Node;
    this.infer(this.alone(node));
    if (!this.fold(node)) {
      this.graph.nodes.push(node);
      for (const value of outputs) this.producers.set(value, node);
    }
    return outputs;
  }

  /** Sets the shapes of the outputs of a graph of one node. */
  protected infer(graph: Graph): void {
    inferShapes(graph, { evaluate });
  }

  /** The node that computes `value`; undefined for inputs and constants. */
  producer(value: Value): Node | undefined {
    return this.producers.get(value);
  }

  /** The same with one result. */
  node<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    inputs: (Value | undefined)[],
    name: string,
    dtype?: DType,
  ): Value {
    return this.nodes(type, attributes, inputs, [name], dtype)[0];
  }

  /** A graph of this node, whose inputs are its constants. */
  private alone(node: Node): Graph {
    const values = [...new Set([...node.inputs.filter((value) => value !== undefined), ...node.outputs])];
    return { ...this.graph, values, inputs: [], outputs: node.outputs, nodes: [node] };
  }

  /**
   * Computes a node whose inputs are all constants, as far as the account allows; whether it did.
   * @throws ModelError where the kernel could not compute it, as `validate` does
   */
  private fold(node: Node): boolean {
    if (!node.inputs.every((value) => value?.data)) return false;
    const size = node.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const units = size + workOf(node);
    // A node that stays a node is computed when the graph is loaded, within the limits of that.
    if (!this.account.affords(units)) return false;
    this.account.charge(units);
    validate(this.alone(node), { evaluate });
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
}
