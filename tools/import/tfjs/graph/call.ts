// Owns one node of a graph model while it is converted: its operands and attributes with their defaults, its names, its errors.
import type { ErrorCode } from 'zeropoint';
import type { DType, Padding, Value } from 'zeropoint/graph';
import { isObject } from '../../../json';
import { quote } from '../../../quote';
import type { TfjsBuilder } from '../builder';
import { Config } from '../config';
import type { Amounts } from '../convolution';

/** Turns one node into nodes of the graph; one value per output. */
export type Converter = (call: NodeCall) => Value | (Value | undefined)[];

/** `DataType` of tensorflow/core/framework/types.proto by names and numbers; TensorFlow.js computes all integers as int32. */
const dataTypes: ReadonlyMap<unknown, DType> = new Map([
  ...['DT_FLOAT', 'DT_HALF', 'DT_DOUBLE', 'DT_BFLOAT16', 1, 2, 14, 19].map((type) => [type, 'float32'] as const),
  ...['DT_INT32', 'DT_INT64', 'DT_INT16', 'DT_INT8', 'DT_UINT8', 3, 4, 5, 6, 9].map((type) => [type, 'int32'] as const),
  ...['DT_BOOL', 10].map((type) => [type, 'bool'] as const),
]);

/** Text of an attribute: base64, or a list of character codes. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return Buffer.from(value, 'base64').toString('latin1');
  if (Array.isArray(value) && value.every((code) => Number.isInteger(code))) return String.fromCharCode(...value.slice(0, 256));
  return undefined;
}

/** JSON writes 64-bit integers as text. */
function integerOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

/** The sizes of a TensorShapeProto, undefined where they are open; undefined for a shape of unknown rank. */
export function dimensionsOf(shape: Config | undefined): (number | undefined)[] | undefined {
  if (!shape || shape.flag('unknownRank', false)) return undefined;
  return shape.list('dim').map((dimension) => {
    const size = isObject(dimension) ? integerOf(new Config(dimension, shape.where).member('size')) : undefined;
    return size !== undefined && size >= 0 ? size : undefined;
  });
}

/** The element type that TensorFlow.js computes with; undefined for types that it does not know. */
export function dtypeOf(type: unknown): DType | undefined {
  return dataTypes.get(type);
}

export class NodeCall {
  constructor(
    readonly builder: TfjsBuilder,
    readonly operator: string,
    readonly name: string,
    private readonly attributes: Config,
    readonly inputs: readonly Value[],
  ) {}

  get where(): string {
    return this.attributes.where;
  }

  /** @throws ModelError with this node as the place */
  fail(code: ErrorCode, message: string): never {
    return this.attributes.fail(code, message);
  }

  /** @throws ModelError `bad-graph` where it is missing */
  input(index: number): Value {
    return this.inputs[index] ?? this.fail('bad-graph', `input ${index} is missing`);
  }

  /** The elements of an input that must be constant integers, as those that shapes depend on. */
  integers(index: number): number[] {
    const { data, dtype } = this.input(index);
    if (!data || dtype !== 'int32')
      this.fail('dynamic-shape', `input ${index} must be constant integers; convert the model with static shapes`);
    this.builder.account.charge(data!.length, this.where);
    return Array.from(data as Int32Array);
  }

  /** The elements of an input that must be constant numbers. */
  numbers(index: number): number[] {
    const { data } = this.input(index);
    if (!data) this.fail('unsupported-feature', `input ${index} must be constant`);
    this.builder.account.charge(data!.length, this.where);
    return Array.from(data as ArrayLike<number>);
  }

  /** A list of integers as an operand of one dimension; scalars become lists of one. */
  list(index: number, role: string): Value {
    const value = this.input(index);
    return value.shape.length === 1 ? value : this.builder.ints(`${this.name}/${role}`, this.integers(index));
  }

  private attribute(name: string): Config | undefined {
    return this.attributes.object(name);
  }

  int(name: string, fallback: number): number {
    const value = this.attribute(name)?.member('i');
    return value === undefined ? fallback : (integerOf(value) ?? this.fail('bad-option', `attribute ${name} is no integer`));
  }

  float(name: string, fallback: number): number {
    return this.attribute(name)?.number('f', fallback) ?? fallback;
  }

  flag(name: string, fallback = false): boolean {
    return this.attribute(name)?.flag('b', fallback) ?? fallback;
  }

  text(name: string, fallback: string): string {
    const value = this.attribute(name)?.member('s');
    return value === undefined ? fallback : (textOf(value) ?? this.fail('bad-option', `attribute ${name} is no text`));
  }

  dtype(name: string): DType {
    const type = this.attribute(name)?.member('type');
    return dtypeOf(type) ?? this.fail('bad-dtype', `type ${quote(String(type))} is not supported`);
  }

  dimensions(name: string): (number | undefined)[] | undefined {
    return dimensionsOf(this.attribute(name)?.object('shape'));
  }

  private entries<T>(name: string, kind: 'i' | 's', read: (value: unknown) => T | undefined): T[] | undefined {
    const list = this.attribute(name)?.object('list')?.list(kind);
    if (!list || list.length > 64) return undefined;
    return list.map((value) => read(value) ?? this.fail('bad-option', `attribute ${name} holds something else than it should`));
  }

  ints(name: string): number[] {
    return this.entries(name, 'i', integerOf) ?? [];
  }

  texts(name: string): string[] {
    return this.entries(name, 's', textOf) ?? [];
  }

  /** An axis of `rank`, negative ones counted from the end. */
  axis(axis: number, rank: number): number {
    const resolved = axis < 0 ? axis + rank : axis;
    return resolved >= 0 && resolved < rank ? resolved : this.fail('bad-option', `axis ${axis} is not one of ${rank}`);
  }

  /** Height and width of an attribute of four numbers [1, h, w, 1]. */
  pair(name: string): [number, number] {
    const [n = 1, h = 1, w = 1, c = 1] = this.ints(name);
    if (n !== 1 || c !== 1) this.fail('unsupported-feature', `${name} [${[n, h, w, c]}] along batch or channels is not supported`);
    return [h, w];
  }

  /** @throws ModelError `unsupported-feature` for channels first, which TensorFlow.js does not compute on a CPU either */
  requireChannelsLast(): void {
    const format = this.text('data_format', 'NHWC');
    if (format !== 'NHWC') this.fail('unsupported-feature', `data_format ${quote(format)} is not supported; convert the model with NHWC`);
  }

  /** The attribute padding; explicit amounts are those of rows and columns. */
  padding(): Padding | Amounts {
    const padding = this.text('padding', 'VALID');
    if (padding === 'SAME' || padding === 'VALID') return padding;
    const amounts = this.ints('explicit_paddings');
    if (padding !== 'EXPLICIT' || amounts.length !== 8)
      return this.fail('bad-option', `padding ${quote(padding)} [${amounts}] is not supported`);
    const [, , top, bottom, left, right] = amounts;
    return [top, bottom, left, right];
  }
}
