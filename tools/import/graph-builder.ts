// Owns the growing graph of an import from any format: values with unique names, nodes with inferred shapes, constants folded at once.
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

/** Limits of constant folding while importing, in elements and in multiply-adds; nodes beyond them stay nodes. */
const maxFolded = 2 ** 24;
const maxFoldingWork = 2 ** 28;
/** Elements of constants that an import may write: 1 GiB of float32, far more than a network of this class has. */
const maxConstants = 2 ** 28;

/** A graph that grows node by node. Limits on what is computed and stored protect memory against hostile files. */
export class GraphBuilder {
  readonly graph: Graph;
  /** Names given so far, with the next number to try for each. */
  private readonly names = new Map<string, number>();
  private readonly producers = new Map<Value, Node>();
  /** Spent of maxFolded, maxFoldingWork, maxConstants. */
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
      this.countConstant(data.length, name);
      value.data = data;
    }
    this.graph.values.push(value);
    return value;
  }

  /** Counts the elements of a constant against the limit. @throws ModelError `too-large` */
  protected countConstant(elements: number, name: string): void {
    this.constants += elements;
    if (this.constants <= maxConstants) return;
    throw new ModelError('too-large', `its constants take more than ${maxConstants} elements; split the model`, { where: name });
  }

  /** Gives a computed value the name that the file has for an output; a computed value that has this name gets the other's. */
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

  /** The node that computes `value`; undefined for inputs and constants. */
  producer(value: Value): Node | undefined {
    return this.producers.get(value);
  }

  /** The same with one result. */
  node<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], inputs: (Value | undefined)[], name: string): Value {
    return this.nodes(type, attributes, inputs, [name])[0];
  }

  /** Computes a node whose inputs are all constants, within the limits; whether it did. */
  private fold(node: Node): boolean {
    if (!node.inputs.every((value) => value?.data)) return false;
    const size = node.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    const work = workOf(node);
    if (this.folded + size > maxFolded || this.foldingWork + work > maxFoldingWork) return false;
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
}
