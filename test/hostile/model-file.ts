// Owns .tflite files made part by part, where any table, vector, string or buffer may be named as often as wanted.
import type { DType, OperatorAttributes, OperatorType } from '../../src/graph/graph';
import { type BuiltinType, type OptionField, optionEnums, optionSchemas } from '../../src/tflite/operator-options';
import {
  builtinNames,
  customOperatorCode,
  type densifyName,
  detectionPostProcessName,
  dtypes,
  fileIdentifier,
  schemaVersion,
  slots,
} from '../../src/tflite/schema';
import { type Elements, FlatBuilder, type FlatField, type Ref } from './flat';

/** How references share objects: each has its own, every second one the same, all the same, or all the same but there are few of them. */
export type Sharing = 'none' | 'half' | 'all' | 'few';

export interface TensorParts {
  readonly dtype?: DType;
  readonly shape?: readonly number[] | Ref;
  /** Index of a buffer; 0 is empty. */
  readonly buffer?: number;
  readonly name?: string | Ref;
  readonly quantization?: Ref;
  readonly signature?: Ref;
  readonly sparsity?: Ref;
}

/** Elements of own objects where others share a large one. */
const ownLength = 4;

/** The objects of one kind by their number; `make(length, i)` makes one with `length` elements. */
export function share<T>(sharing: Sharing, length: number, make: (length: number, i: number) => T): (i: number) => T {
  let shared: T | undefined;
  return (i) => {
    if (sharing === 'none') return make(length, i);
    if (sharing === 'half' && i % 2 === 1) return make(Math.min(length, ownLength), i);
    shared ??= make(length, i);
    return shared;
  };
}

export class ModelFile {
  readonly flat = new FlatBuilder();
  readonly inputs: number[] = [];
  readonly outputs: number[] = [];
  readonly signatures: Ref[] = [];
  readonly metadata: Ref[] = [];
  readonly operatorCodes: Ref[] = [];
  readonly operators: Ref[] = [];
  readonly buffers: Ref[] = [this.flat.table([])];
  tensorCount = 0;
  private readonly tensors: Ref[] = [];
  private readonly codeIndices = new Map<string, number>();
  /** Small objects that are alike are stored once unless a family is about them. */
  private readonly known = new Map<string, Ref>();

  ints(values: readonly number[]): Ref {
    return this.once(`ints ${values}`, () => this.flat.vector(Int32Array.from(values)));
  }

  /** One scale and zero point. */
  quantized(scale = 0.5, zeroPoint = 3): Ref {
    return this.once(`quantized ${scale} ${zeroPoint}`, () => {
      const fields = this.channels(this.flat.vector(Float32Array.of(scale)), this.flat.vector(BigInt64Array.of(BigInt(zeroPoint))));
      return this.flat.table(fields);
    });
  }

  channels(scale: Ref, zeroPoint: Ref, axis = 0): FlatField[] {
    const slot = slots.QuantizationParameters;
    return [
      [slot.scale, 'ref', scale],
      [slot.zeroPoint, 'ref', zeroPoint],
      [slot.quantizedDimension, 'int32', axis],
    ];
  }

  buffer(data: Elements | Ref): number {
    const vector = typeof data === 'number' ? data : this.flat.vector(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return this.buffers.push(this.flat.table([[slots.Buffer.data, 'ref', vector]])) - 1;
  }

  tensorTable({ dtype = 'int8', shape = [], buffer = 0, name = 't', quantization, signature, sparsity }: TensorParts): Ref {
    const slot = slots.Tensor;
    const fields: FlatField[] = [
      [slot.shape, 'ref', typeof shape === 'number' ? shape : this.ints(shape)],
      [slot.type, 'int8', dtypes.indexOf(dtype)],
      [slot.buffer, 'int32', buffer],
      [slot.name, 'ref', typeof name === 'number' ? name : this.once(`string ${name}`, () => this.flat.string(name))],
    ];
    if (quantization) fields.push([slot.quantization, 'ref', quantization]);
    if (signature) fields.push([slot.shapeSignature, 'ref', signature]);
    if (sparsity) fields.push([slot.sparsity, 'ref', sparsity]);
    return this.flat.table(fields);
  }

  /** Index of one more tensor with this table. */
  add(table: Ref): number {
    this.tensors.push(table);
    return this.tensorCount++;
  }

  tensor(parts: TensorParts): number {
    return this.add(this.tensorTable(parts));
  }

  /** A constant of its own. */
  constant(dtype: DType, elements: Elements, shape: readonly number[] = [elements.length], quantization?: Ref): number {
    return this.tensor({ dtype, shape, buffer: this.buffer(elements), quantization });
  }

  int32s(...values: readonly number[]): number {
    return this.constant('int32', Int32Array.from(values));
  }

  /** An int8 input, quantized as `quantized()` is. */
  input(shape: readonly number[], dtype: DType = 'int8'): number {
    const index = this.tensor({ dtype, shape, quantization: this.quantized() });
    this.inputs.push(index);
    return index;
  }

  /** A node; `inputs` and `outputs` are tensor indices or vectors of them. */
  node(
    type: OperatorType | typeof densifyName,
    inputs: readonly number[] | Ref,
    outputs: readonly number[] | Ref,
    options?: Ref,
    custom?: Ref,
  ): void {
    const slot = slots.Operator;
    const vector = (indices: readonly number[] | Ref) =>
      typeof indices === 'number' ? indices : this.flat.vector(Int32Array.from(indices));
    const fields: FlatField[] = [
      [slot.opcodeIndex, 'int32', this.code(type)],
      [slot.inputs, 'ref', vector(inputs)],
      [slot.outputs, 'ref', vector(outputs)],
    ];
    if (options) {
      fields.push([slot.builtinOptionsType, 'int8', optionSchemas[type as BuiltinType].union], [slot.builtinOptions, 'ref', options]);
    }
    if (custom) fields.push([slot.customOptions, 'ref', custom]);
    this.operators.push(this.flat.table(fields));
  }

  /** An options table; attributes left out have the schema's default. */
  options<T extends OperatorType>(type: T, attributes: Partial<OperatorAttributes[T]> = {}): Ref | undefined {
    if (type === detectionPostProcessName || Object.keys(optionSchemas[type as BuiltinType].fields).length === 0) return undefined;
    return this.once(`options ${type} ${JSON.stringify(attributes)}`, () => {
      const { fields } = optionSchemas[type as BuiltinType];
      const given = Object.entries<unknown>(attributes).map(([name, value]) => this.option(fields[name], value));
      return this.flat.table(given);
    });
  }

  /** A node with one new int8 output, quantized as `quantized()` is unless `output` says otherwise; returns its tensor. */
  step<T extends OperatorType>(
    type: T,
    inputs: readonly number[] | Ref,
    attributes: Partial<OperatorAttributes[T]> = {},
    output: Ref | TensorParts = this.stepOutput(),
  ): number {
    const index = this.add(typeof output === 'number' ? output : this.tensorTable(output));
    this.node(type, inputs, [index], this.options(type, attributes));
    return index;
  }

  /** A tensor table that any int8 node may have as output, since its shape is inferred. */
  stepOutput(dtype: DType = 'int8'): Ref {
    return this.once(`output ${dtype}`, () => this.tensorTable({ dtype, shape: [1], quantization: this.quantized() }));
  }

  /** The least that a model needs: one RELU from an input to an output. */
  plain(): void {
    this.outputs.push(this.step('RELU', [this.input([1, 2])]));
  }

  finish(): Uint8Array {
    const { flat } = this;
    const graph = slots.SubGraph;
    const subgraph = flat.table([
      [graph.tensors, 'ref', flat.refs(this.tensors)],
      [graph.inputs, 'ref', flat.vector(Int32Array.from(this.inputs))],
      [graph.outputs, 'ref', flat.vector(Int32Array.from(this.outputs))],
      [graph.operators, 'ref', flat.refs(this.operators)],
    ]);
    const model = slots.Model;
    const root = flat.table([
      [model.version, 'int32', schemaVersion],
      [model.operatorCodes, 'ref', flat.refs(this.operatorCodes)],
      [model.subgraphs, 'ref', flat.refs([subgraph])],
      [model.buffers, 'ref', flat.refs(this.buffers)],
      [model.metadata, 'ref', flat.refs(this.metadata)],
      [model.signatureDefs, 'ref', flat.refs(this.signatures)],
    ]);
    return flat.finish(root, fileIdentifier);
  }

  private code(type: OperatorType | typeof densifyName): number {
    const known = this.codeIndices.get(type);
    if (known !== undefined) return known;
    const slot = slots.OperatorCode;
    const custom: FlatField[] = type === detectionPostProcessName ? [[slot.customCode, 'ref', this.flat.string(type)]] : [];
    const number = custom.length > 0 ? customOperatorCode : builtinNames.indexOf(type);
    const index = this.operatorCodes.push(this.flat.table([[slot.builtinCode, 'int32', number], ...custom])) - 1;
    this.codeIndices.set(type, index);
    return index;
  }

  private option({ slot, kind }: OptionField, value: unknown): FlatField {
    if (kind === 'ints') return [slot, 'ref', typeof value === 'number' ? value : this.flat.vector(Int32Array.from(value as number[]))];
    if (kind === 'float') return [slot, 'float32', value as number];
    if (kind === 'int') return [slot, 'int32', value as number];
    if (kind === 'bool') return [slot, 'int8', Number(value)];
    return [slot, 'int8', (optionEnums[kind] as readonly unknown[]).indexOf(value)];
  }

  private once(key: string, make: () => Ref): Ref {
    let ref = this.known.get(key);
    if (ref === undefined) {
      ref = make();
      this.known.set(key, ref);
    }
    return ref;
  }
}
