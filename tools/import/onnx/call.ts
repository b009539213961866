// Owns one ONNX node while it is converted: its operands and attributes with their defaults, its names, its errors.
import { type ErrorCode, ModelError } from 'zeropoint';
import type { OperatorAttributes, OperatorType, Value } from 'zeropoint/graph';
import { quote } from '../../quote';
import type { OnnxBuilder } from './builder';
import { type Atoms, type ConstantData, freshAxes, inserted, type Operand, shapeOf } from './operand';
import type { AttributeMessage, NodeMessage } from './proto';
import { readTensor } from './tensor';

/** `AttributeProto.AttributeType` (onnx.proto). */
const attributeTypes = { FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, GRAPH: 5, FLOATS: 6, INTS: 7 } as const;

/** The name of a node, or of its first output where it has none. */
export function nameOf({ name, output }: NodeMessage): string {
  return name || (output[0] ?? '');
}

/** Characters of a message, which may quote lists of the file. */
const maxMessage = 400;

/** How messages name a node. */
export function describeOnnxNode(node: NodeMessage): string {
  return `${quote(node.opType)} '${quote(nameOf(node))}'`;
}

/** Turns one ONNX node into nodes of the graph; one operand per output. */
export type Converter = (call: Call) => Operand | Operand[];

export class Call {
  constructor(
    readonly builder: OnnxBuilder,
    /** Version of the standard operator set. */
    readonly opset: number,
    readonly message: NodeMessage,
    private readonly operands: readonly (Operand | undefined)[],
    /** Converts a graph that is an attribute, in the place of this node; returns its outputs. */
    readonly inline: (graph: Uint8Array) => Operand[],
  ) {}

  /** The name of the first output; names of this node's values begin with it. */
  get output(): string {
    return this.message.output[0];
  }

  get operandCount(): number {
    return this.operands.length;
  }

  /** @throws ModelError with this node as the place */
  fail(code: ErrorCode, message: string): never {
    throw new ModelError(code, quote(message, maxMessage), { where: describeOnnxNode(this.message) });
  }

  /** Charges elements that this node writes or visits, before it does. @throws ModelError `too-large` */
  charge(elements: number): void {
    this.builder.account.charge(elements, describeOnnxNode(this.message));
  }

  /** Input `index`. @throws ModelError `bad-graph` where it is missing */
  operand(index: number): Operand {
    return this.operands[index] ?? this.fail('bad-graph', `input ${index} is missing`);
  }

  optional(index: number): Operand | undefined {
    return this.operands[index];
  }

  /** Name of input `index`, for constants made from it. */
  inputName(index: number): string {
    return this.message.input[index] || `${this.output}/input${index}`;
  }

  /** Input `index` with its dimensions as the graph's, in the order of `axes`. */
  arranged(index: number, axes: (operand: Operand) => readonly Atoms[]): Value {
    const operand = this.operand(index);
    return this.builder.arrange(operand, axes(operand), this.inputName(index));
  }

  /** The same for an operand that must be constant, as weights must. */
  weights(operand: Operand, axes: readonly Atoms[], name: string): Value & { data: Float32Array } {
    const value = this.builder.arrange(operand, axes, name);
    if (!(value.data instanceof Float32Array)) {
      if (value.data) this.fail('bad-dtype', `its weights '${name}' are integers; they must be floats`);
      this.fail('unsupported-feature', `its weights '${name}' depend on the model's input; they must be constant`);
    }
    return value as Value & { data: Float32Array };
  }

  /** Whether input 0 is a line [n, c, l], which sliding windows take as an image of one row. */
  get isLine(): boolean {
    return this.operand(0).axes.length === 3;
  }

  /** The image [n, c, h, w] or line [n, c, l] that sliding windows work on, as an image. */
  image(): Operand {
    const operand = this.operand(0);
    if (this.isLine) return inserted(operand, 2);
    if (operand.axes.length !== 4) {
      this.fail(
        'unsupported-feature',
        `its input has shape [${shapeOf(operand)}]; only images [n, c, h, w] and lines [n, c, l] are supported`,
      );
    }
    return operand;
  }

  /** The same in the graph's order [n, h, w, c]. */
  imageValue(): Value {
    const { axes, ...rest } = this.image();
    const [n, c, h, w] = axes;
    return this.builder.arrange({ axes, ...rest }, [n, h, w, c], this.inputName(0));
  }

  /** The elements of an input in ONNX's order, or undefined where they depend on the network's input. */
  elements(index: number): ConstantData | undefined {
    const operand = this.operand(index);
    if (!operand.data && !operand.value?.data) return undefined;
    // Nodes that share a constant each read all of it.
    this.charge((operand.data ?? operand.value!.data!).length);
    const { data, value } = this.builder.plain(operand, this.inputName(index));
    const elements = data ?? (value!.data as Float32Array | Int32Array);
    return elements instanceof Float32Array ? elements : Array.from(elements, Number);
  }

  /** The elements of a constant input of integers, or undefined where it is left out. */
  integers(index: number): readonly number[] | undefined {
    if (!this.operands[index]) return undefined;
    const elements = this.elements(index);
    if (elements && !(elements instanceof Float32Array)) return elements;
    return this.fail('dynamic-shape', `input ${index} '${this.inputName(index)}' must be constant integers; export with static shapes`);
  }

  /** The elements of a constant input of floats, or undefined where it is left out. */
  reals(index: number): ArrayLike<number> | undefined {
    if (!this.operands[index]) return undefined;
    return this.elements(index) ?? this.fail('unsupported-feature', `input ${index} '${this.inputName(index)}' must be constant`);
  }

  /** Adds a node of the graph whose one result has the axes of `like`, stored alike. */
  alike<T extends OperatorType>(
    type: T,
    attributes: OperatorAttributes[T],
    like: Operand,
    inputs: (Value | undefined)[],
    name = this.output,
  ): Operand {
    const value = this.builder.node(type, attributes, inputs, name);
    return { axes: like.axes, stored: like.stored, value };
  }

  /** A function of one operand whose result has its axes. */
  apply<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], operand: Operand, name: string): Operand {
    return this.alike(type, attributes, operand, [this.builder.arrange(operand, operand.stored, `${name}/input`)], name);
  }

  /** The result of a sliding window over input 0: `value` is an image in the graph's order [n, h, w, c]. */
  imageOf(value: Value): Operand {
    const [n, h, w, c] = freshAxes(value.shape);
    return { axes: this.isLine ? [n, c, w] : [n, c, h, w], stored: [n, h, w, c], value };
  }

  private attribute(name: string, type: number): AttributeMessage | undefined {
    const attribute = this.message.attribute.find((candidate) => candidate.name === name);
    // Files of IR version 0.0.1 have no type (onnx.proto).
    if (attribute && attribute.type !== 0 && attribute.type !== type) {
      this.fail('bad-option', `attribute ${name} has type ${attribute.type} instead of ${type}`);
    }
    return attribute;
  }

  has(name: string): boolean {
    return this.message.attribute.some((attribute) => attribute.name === name);
  }

  int(name: string, fallback: number): number {
    return Number(this.attribute(name, attributeTypes.INT)?.i ?? fallback);
  }

  float(name: string, fallback: number): number {
    return this.attribute(name, attributeTypes.FLOAT)?.f ?? fallback;
  }

  text(name: string, fallback: string): string {
    return this.attribute(name, attributeTypes.STRING)?.s ?? fallback;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name, attributeTypes.INTS)?.ints.map(Number);
  }

  floats(name: string): readonly number[] | undefined {
    return this.attribute(name, attributeTypes.FLOATS)?.floats;
  }

  tensor(name: string): Operand | undefined {
    const tensor = this.attribute(name, attributeTypes.TENSOR)?.t;
    return tensor && readTensor(tensor, describeOnnxNode(this.message), this.builder);
  }

  graph(name: string): Uint8Array {
    return this.attribute(name, attributeTypes.GRAPH)?.g ?? this.fail('bad-graph', `its ${name} is missing`);
  }

  /** Two integers >= `least` for height and width; of a line the second is its own. */
  pair(name: string, fallback: readonly [number, number], least: number): [number, number] {
    const given = this.ints(name);
    const values = given && this.isLine && given.length === 1 ? [fallback[0], given[0]] : (given ?? fallback);
    if (values.length !== 2 || values.some((value) => !Number.isInteger(value) || value < least || value > 2 ** 24)) {
      this.fail('bad-option', `${name} is [${values}]; two integers of ${least} to 2^24 are needed`);
    }
    return [values[0], values[1]];
  }

  /** The attribute pads: before rows, before columns, after rows, after columns. */
  pads(): readonly number[] {
    const given = this.ints('pads') ?? [0, 0, 0, 0];
    const pads = this.isLine && given.length === 2 ? [0, given[0], 0, given[1]] : given;
    if (pads.length !== 4 || pads.some((pad) => !Number.isInteger(pad) || pad < 0 || pad > 2 ** 24)) {
      this.fail('bad-option', `pads is [${pads}]; integers of 0 to 2^24 are needed, two for each dimension of the window`);
    }
    return pads;
  }

  /** An axis of `rank`, negative ones counted from the end. */
  axis(axis: number, rank: number): number {
    const resolved = axis < 0 ? axis + rank : axis;
    if (!(Number.isInteger(resolved) && resolved >= 0 && resolved < rank)) this.fail('bad-option', `axis ${axis} is not one of ${rank}`);
    return resolved;
  }

  /** Axes from input `index` (newer operator sets) or from the attribute (older ones); undefined where there are none. */
  axes(index: number, rank: number): number[] | undefined {
    const axes = this.ints('axes') ?? this.integers(index);
    return axes?.map((axis) => this.axis(axis, rank));
  }
}
