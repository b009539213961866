// Owns writing a Graph as the bytes of a .tflite file that stock TFLite loads. Not part of the runtime.
import { ModelError } from '../errors';
import {
  describeNode,
  describeValue,
  type Graph,
  type Node,
  operatorName,
  type Quantization,
  type Signature,
  type TensorData,
  type Value,
} from '../graph/graph';
import { reject } from '../graph/reject';
import {
  type Field,
  type FlatObject,
  pointer,
  scalar,
  sharedVector,
  string,
  table,
  tables,
  vector,
  writeFlatBuffer,
} from './flatbuffer-writer';
import { packInt4 } from './int4';
import { type OptionField, optionEnums, optionSchemas } from './operator-options';
import { operatorVersion } from './operator-versions';
import {
  builtinNames,
  customOperatorCode,
  detectionPostProcessName,
  dtypes,
  fileIdentifier,
  int4Type,
  type StateOperator,
  schemaVersion,
  slots,
} from './schema';
import { writeStates } from './write-state';
import { moveArchive } from './zip-offsets';

/** Constants are aligned to this many bytes in the file (schema.fbs, force_align of Buffer.data). */
const dataAlignment = 16;

/**
 * The model as a .tflite file, the same bytes for the same graph on every engine. Constants that share their bytes are stored once.
 * Operator versions are raised to the minimum for dtypes and options. Tensors are numbered by their index in `graph.values`.
 * @throws ModelError `bad-graph` for operands outside `graph.values`, `bad-option` for attributes that the format cannot express, such as
 * explicit padding
 */
export function writeModel(graph: Graph): Uint8Array {
  const updated = updatedVariables(graph);
  const values = graph.values.filter((value) => !updated.has(value));
  const indices = new Map(values.map((value, i) => [value, i]));
  for (const [output, variable] of updated) indices.set(output, indices.get(variable)!);
  const index = (value: Value, where: string) => {
    const i = indices.get(value);
    if (i === undefined) throw new ModelError('bad-graph', `uses tensor '${value.name}', which is not among the graph's values`, { where });
    return i;
  };
  const buffers = new Buffers();
  const codes = new OperatorCodes();
  const slot = slots.SubGraph;
  const count = graph.states?.length ?? 0;
  const intermediates: FlatObject[] = [];
  const nodes = graph.nodes.map((node) =>
    operatorTable(node, codes.index(operatorName(node), operatorVersion(node), isCustom(node)), index, (tables) => {
      const begin = values.length + intermediates.length;
      intermediates.push(...tables);
      return int32s(tables.map((_, i) => begin + i));
    }),
  );
  const resources = graph.states?.filter(({ input }) => !input.isVariable) ?? [];
  const tensors = [...values.map((value) => tensorTable(value, buffers)), ...intermediates];
  const states = resources.length > 0 ? writeStates(resources, tensors.length, indicesOf(codes, buffers, index)) : undefined;
  /** Inputs and outputs of states come last. */
  const ports = (values: readonly Value[], where: string) =>
    int32s(values.slice(0, values.length - count).map((value) => index(value, where)));
  const subgraph = table(
    pointer(slot.tensors, tables([...tensors, ...(states?.tensors ?? [])])),
    pointer(slot.inputs, ports(graph.inputs, 'graph inputs')),
    pointer(slot.outputs, ports(graph.outputs, 'graph outputs')),
    pointer(slot.operators, tables([...(states?.before ?? []), ...nodes, ...(states?.after ?? [])])),
    pointer(slot.name, string(graph.name)),
  );
  const metadata = graph.metadata.map(({ name, data }) =>
    table(pointer(slots.Metadata.name, string(name)), scalar(slots.Metadata.buffer, 'int32', buffers.index(data))),
  );
  const signatures = graph.signatures.map((signature) => signatureTable(signature, index));
  const model = table(
    scalar(slots.Model.version, 'int32', schemaVersion),
    pointer(slots.Model.operatorCodes, tables(codes.list)),
    pointer(slots.Model.subgraphs, tables(states ? [subgraph, states.initializer] : [subgraph])),
    pointer(slots.Model.description, string(graph.description)),
    pointer(slots.Model.buffers, tables(buffers.list)),
    metadata.length > 0 ? pointer(slots.Model.metadata, tables(metadata)) : [],
    signatures.length > 0 ? pointer(slots.Model.signatureDefs, tables(signatures)) : [],
  );
  const file = writeFlatBuffer(model, fileIdentifier);
  if (graph.trailer.length === 0) return file;
  const whole = new Uint8Array(file.length + graph.trailer.length);
  whole.set(file);
  whole.set(moveArchive(graph.trailer, file.length), file.length);
  return whole;
}

/** By what operators leave in variable tensors: the value that stands for the tensor in the file. */
function updatedVariables({ nodes }: Graph): Map<Value, Value> {
  const updated = new Map<Value, Value>();
  for (const node of nodes) {
    const variables = (node.type === 'CUSTOM' && node.attributes.operator.builtin?.variables) || [];
    variables.forEach((index, i) => {
      const [input, output] = [node.inputs[index], node.outputs.at(i - variables.length)];
      if (input && output) updated.set(output, updated.get(input) ?? input);
    });
  }
  return updated;
}

function indicesOf(codes: OperatorCodes, buffers: Buffers, index: (value: Value, where: string) => number) {
  return {
    code: (name: StateOperator) => codes.index(name, 1),
    buffer: (data: TensorData) => buffers.index(data),
    tensor: (value: Value) => index(value, 'states'),
  };
}

/** The file's Buffer tables. Buffer 0 is empty by convention and stands for "no data". */
class Buffers {
  readonly list: FlatObject[] = [table()];
  /** Buffer index by place in memory. */
  private readonly known = new Map<ArrayBufferLike, Map<string, number>>();
  private readonly halves = new Map<TensorData, Uint8Array>();

  /** Elements of int4 as bytes, the same for the same elements. */
  packed(elements: Int8Array): Uint8Array {
    const bytes = this.halves.get(elements) ?? packInt4(elements);
    this.halves.set(elements, bytes);
    return bytes;
  }

  index(data: TensorData): number {
    let places = this.known.get(data.buffer);
    if (!places) {
      places = new Map();
      this.known.set(data.buffer, places);
    }
    const place = `${data.byteOffset} ${data.byteLength}`;
    let index = places.get(place);
    if (index === undefined) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      index = this.list.push(table(pointer(slots.Buffer.data, vector(bytes, dataAlignment)))) - 1;
      places.set(place, index);
    }
    return index;
  }
}

/** The file's OperatorCode tables, one for each operator and version in use. */
class OperatorCodes {
  readonly list: FlatObject[] = [];
  private readonly known = new Map<string, number>();

  index(name: string, version: number, custom = false): number {
    const key = `${name} ${version}`;
    let index = this.known.get(key);
    if (index === undefined) {
      const slot = slots.OperatorCode;
      const code = custom ? customOperatorCode : builtinNames.indexOf(name);
      const entry = table(
        // Old readers use the 8-bit field only; it ends at PLACEHOLDER_FOR_GREATER_OP_CODES.
        scalar(slot.deprecatedBuiltinCode, 'int8', Math.min(code, 127)),
        custom ? pointer(slot.customCode, string(name)) : [],
        scalar(slot.version, 'int32', version, 1),
        scalar(slot.builtinCode, 'int32', code),
      );
      index = this.list.push(entry) - 1;
      this.known.set(key, index);
    }
    return index;
  }
}

function int32s(values: readonly number[]): FlatObject {
  return vector(Int32Array.from(values));
}

function tensorTable(value: Value, buffers: Buffers): FlatObject {
  const slot = slots.Tensor;
  // A computed tensor of shape [] may be a scalar or of unknown rank; the reader does not distinguish them.
  const hasRank = value.shape.length > 0 || value.data !== undefined;
  return table(
    pointer(slot.shape, int32s(value.shape)),
    scalar(slot.type, 'int8', value.storedBits ? int4Type : dtypes.indexOf(value.dtype)),
    scalar(slot.buffer, 'int32', value.data ? buffers.index(value.storedBits ? packed(value, buffers) : value.data) : 0),
    pointer(slot.name, string(value.name)),
    value.quantization ? pointer(slot.quantization, quantizationTable(value.quantization)) : [],
    scalar(slot.isVariable, 'int8', value.isVariable ? 1 : 0),
    value.shapeSignature ? pointer(slot.shapeSignature, int32s(value.shapeSignature)) : [],
    scalar(slot.hasRank, 'int8', hasRank ? 1 : 0),
  );
}

/** Elements of int4 as the file has them. @throws ModelError `bad-graph` for what 4 bits cannot hold */
function packed(value: Value, buffers: Buffers): TensorData {
  const elements = value.data as Int8Array;
  if (value.dtype !== 'int8' || elements.some((code) => code < -8 || code > 7)) {
    throw new ModelError('bad-graph', 'elements outside -8..7, or of another type than int8, do not fit into 4 bits', {
      where: describeValue(value),
    });
  }
  return buffers.packed(elements);
}

function quantizationTable(quantization: Quantization): FlatObject {
  const slot = slots.QuantizationParameters;
  const float32s = (at: number, values: readonly number[] | undefined) => (values ? pointer(at, vector(Float32Array.from(values))) : []);
  return table(
    float32s(slot.min, quantization.min),
    float32s(slot.max, quantization.max),
    float32s(slot.scale, quantization.scale),
    // Channels of weights and their biases have zero points of 0, 8 bytes each, which layers with as many channels share.
    pointer(slot.zeroPoint, sharedVector(BigInt64Array.from(quantization.zeroPoint, BigInt))),
    scalar(slot.quantizedDimension, 'int32', quantization.axis),
  );
}

/** `added` gives the indices of tensors that it adds to the file. */
function operatorTable(
  node: Node,
  opcodeIndex: number,
  index: (value: Value, where: string) => number,
  added: (tensors: FlatObject[]) => FlatObject,
): FlatObject {
  const slot = slots.Operator;
  const where = describeNode(node);
  const builtin = node.type === 'CUSTOM' ? node.attributes.operator.builtin : undefined;
  const intermediates = builtin?.intermediates?.(node as Node<'CUSTOM'>).map(intermediateTensor);
  const outputs = node.outputs.slice(0, node.outputs.length - (builtin?.variables.length ?? 0));
  return table(
    scalar(slot.opcodeIndex, 'int32', opcodeIndex),
    pointer(slot.inputs, int32s(node.inputs.map((value) => (value ? index(value, where) : -1)))),
    pointer(slot.outputs, int32s(outputs.map((value) => index(value, where)))),
    intermediates ? pointer(slot.intermediates, added(intermediates)) : [],
    isCustom(node) ? pointer(slot.customOptions, vector(node.attributes.customOptions)) : builtinOptions(node),
  );
}

type CustomNode = Node<'CUSTOM' | 'TFLite_Detection_PostProcess'>;

function isCustom(node: Node): node is CustomNode {
  return node.type === detectionPostProcessName || (node.type === 'CUSTOM' && !node.attributes.operator.builtin);
}

/** A tensor of shape [] that holds no elements, only a quantization. */
function intermediateTensor(quantization: Quantization | undefined): FlatObject {
  const slot = slots.Tensor;
  return table(
    scalar(slot.type, 'int8', dtypes.indexOf(quantization ? 'int8' : 'float32')),
    quantization ? pointer(slot.quantization, quantizationTable(quantization)) : [],
  );
}

function optionsTable(union: number, fields: readonly (readonly Field[])[]): Field[] {
  const slot = slots.Operator;
  return [...scalar(slot.builtinOptionsType, 'int8', union), ...pointer(slot.builtinOptions, table(...fields))];
}

function builtinOptions(node: Exclude<Node, Node<'TFLite_Detection_PostProcess'>>): Field[] {
  if (node.type === 'CUSTOM') {
    const { union, fields } = node.attributes.operator.builtin!;
    return optionsTable(
      union,
      fields.map(({ type, value }, slot) => scalar(slot, type, value)),
    );
  }
  const schema = optionSchemas[node.type];
  if (schema.union === 0) return [];
  const attributes = node.attributes as Readonly<Record<string, unknown>>;
  const fields = Object.entries<OptionField>(schema.fields).map(([name, field]) => option(field, name, attributes[name], node));
  // Some runtimes read the dtypes of CAST from its options.
  if (node.type === 'CAST') {
    fields.push(scalar(0, 'int8', dtypes.indexOf(node.inputs[0]?.dtype)), scalar(1, 'int8', dtypes.indexOf(node.outputs[0]?.dtype)));
  }
  return optionsTable(schema.union, fields);
}

function option(field: OptionField, name: string, value: unknown, node: Node): readonly Field[] {
  const { slot, kind } = field;
  if (field.isOptional && value === undefined) return [];
  if (kind === 'ints') return value ? pointer(slot, int32s(value as readonly number[])) : [];
  if (kind === 'bool') return scalar(slot, 'int8', value ? 1 : 0, field.default);
  if (kind === 'int') return scalar(slot, 'int32', value as number, field.default);
  if (kind === 'float') return scalar(slot, 'float32', value as number);
  const code = (optionEnums[kind] as readonly unknown[]).indexOf(value);
  if (code < 0) reject('bad-option', node, `${name} has no form in a .tflite file; write the graph before passes`);
  return scalar(slot, 'int8', code);
}

function signatureTable(signature: Signature, index: (value: Value, where: string) => number): FlatObject {
  const slot = slots.SignatureDef;
  const where = `signature '${signature.key}'`;
  const entries = (list: Signature['inputs']) =>
    tables(
      list.map(({ name, value }) =>
        table(pointer(slots.TensorMap.name, string(name)), scalar(slots.TensorMap.tensorIndex, 'int32', index(value, where))),
      ),
    );
  return table(
    pointer(slot.inputs, entries(signature.inputs)),
    pointer(slot.outputs, entries(signature.outputs)),
    pointer(slot.signatureKey, string(signature.key)),
  );
}
