// Owns the ONNX container: the messages of onnx.proto that a network needs, checked and decoded by @bufbuild/protobuf.
import { create, createFileRegistry, type DescField, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FieldDescriptorProto_Label, FieldDescriptorProto_Type, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { ModelError } from 'zeropoint';
import { type ImportAccount, unitsOf } from '../account';

/** `TensorProto`; which of the data fields holds the elements depends on `dataType`. */
export interface TensorMessage {
  dims: bigint[];
  dataType: number;
  floatData: number[];
  int32Data: number[];
  int64Data: bigint[];
  doubleData: number[];
  name: string;
  /** Empty where the elements are listed. */
  rawData: Uint8Array;
  /** 1: the elements lie in another file. */
  dataLocation: number;
  /** Then: where, as location, offset and length. */
  externalData: { key: string; value: string }[];
}

/** `AttributeProto`; `type` says which field holds the value. */
export interface AttributeMessage {
  name: string;
  f: number;
  i: bigint;
  s: string;
  t: TensorMessage | undefined;
  /** A graph, see decodeGraph. */
  g: Uint8Array;
  floats: number[];
  ints: bigint[];
  type: number;
}

export interface NodeMessage {
  /** '' stands for an omitted optional input. */
  input: string[];
  output: string[];
  name: string;
  opType: string;
  attribute: AttributeMessage[];
  /** '' is the standard operator set. */
  domain: string;
}

export interface DimensionMessage {
  value: { case: 'dimValue'; value: bigint } | { case: 'dimParam'; value: string } | { case: undefined; value?: undefined };
}

export interface ValueInfoMessage {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: DimensionMessage[] } | undefined } | undefined } | undefined;
}

export interface GraphMessage {
  node: NodeMessage[];
  name: string;
  initializer: TensorMessage[];
  input: ValueInfoMessage[];
  output: ValueInfoMessage[];
  sparseInitializer: unknown[];
}

export interface ModelMessage {
  producerName: string;
  producerVersion: string;
  graph: GraphMessage | undefined;
  opsetImport: { domain: string; version: bigint }[];
}

const scalars = {
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
  float: FieldDescriptorProto_Type.FLOAT,
  double: FieldDescriptorProto_Type.DOUBLE,
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
} as const;

/** A field: its name, what it holds (a scalar or the name of a message), and whether it repeats or excludes the others of `value`. */
type Field = readonly [name: string, type: string, rule?: 'repeated' | 'oneof value'];

/** Field numbers of onnx.proto (onnx/onnx.proto in the ONNX repository); fields that are not here are skipped. */
const messages: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  ModelProto: {
    2: ['producer_name', 'string'],
    3: ['producer_version', 'string'],
    7: ['graph', 'GraphProto'],
    8: ['opset_import', 'OperatorSetIdProto', 'repeated'],
  },
  OperatorSetIdProto: { 1: ['domain', 'string'], 2: ['version', 'int64'] },
  GraphProto: {
    1: ['node', 'NodeProto', 'repeated'],
    2: ['name', 'string'],
    5: ['initializer', 'TensorProto', 'repeated'],
    11: ['input', 'ValueInfoProto', 'repeated'],
    12: ['output', 'ValueInfoProto', 'repeated'],
    15: ['sparse_initializer', 'SparseTensorProto', 'repeated'],
  },
  NodeProto: {
    1: ['input', 'string', 'repeated'],
    2: ['output', 'string', 'repeated'],
    3: ['name', 'string'],
    4: ['op_type', 'string'],
    5: ['attribute', 'AttributeProto', 'repeated'],
    7: ['domain', 'string'],
  },
  AttributeProto: {
    1: ['name', 'string'],
    2: ['f', 'float'],
    3: ['i', 'int64'],
    4: ['s', 'string'],
    5: ['t', 'TensorProto'],
    6: ['g', 'bytes'],
    7: ['floats', 'float', 'repeated'],
    8: ['ints', 'int64', 'repeated'],
    20: ['type', 'int32'],
  },
  TensorProto: {
    1: ['dims', 'int64', 'repeated'],
    2: ['data_type', 'int32'],
    4: ['float_data', 'float', 'repeated'],
    5: ['int32_data', 'int32', 'repeated'],
    7: ['int64_data', 'int64', 'repeated'],
    8: ['name', 'string'],
    9: ['raw_data', 'bytes'],
    10: ['double_data', 'double', 'repeated'],
    13: ['external_data', 'StringStringEntryProto', 'repeated'],
    14: ['data_location', 'int32'],
  },
  StringStringEntryProto: { 1: ['key', 'string'], 2: ['value', 'string'] },
  SparseTensorProto: {},
  ValueInfoProto: { 1: ['name', 'string'], 2: ['type', 'TypeProto'] },
  TypeProto: { 1: ['tensor_type', 'TensorType'] },
  TensorType: { 1: ['elem_type', 'int32'], 2: ['shape', 'TensorShapeProto'] },
  TensorShapeProto: { 1: ['dim', 'Dimension', 'repeated'] },
  Dimension: { 1: ['dim_value', 'int64', 'oneof value'], 2: ['dim_param', 'string', 'oneof value'] },
};

/** The library's descriptor of a field, as a compiler of .proto files generates it. */
function descriptorOf([number, [name, type, rule]]: [string, Field]) {
  const { REPEATED, OPTIONAL } = FieldDescriptorProto_Label;
  const scalar = scalars[type as keyof typeof scalars];
  return {
    name,
    number: Number(number),
    label: rule === 'repeated' ? REPEATED : OPTIONAL,
    type: scalar ?? FieldDescriptorProto_Type.MESSAGE,
    ...(scalar ? {} : { typeName: `.onnx.${type}` }),
    ...(rule === 'oneof value' ? { oneofIndex: 0 } : {}),
  };
}

function schemas(): { model: DescMessage; graph: DescMessage } {
  const messageType = Object.entries(messages).map(([name, fields]) => ({
    name,
    field: Object.entries(fields).map(descriptorOf),
    oneofDecl: Object.values(fields).some(([, , rule]) => rule === 'oneof value') ? [{ name: 'value' }] : [],
  }));
  const file = create(FileDescriptorProtoSchema, { name: 'onnx.proto', package: 'onnx', syntax: 'proto2', messageType });
  const registry = createFileRegistry(file, () => undefined);
  return { model: registry.getMessage('onnx.ModelProto')!, graph: registry.getMessage('onnx.GraphProto')! };
}

const { model: modelSchema, graph: graphSchema } = schemas();

/**
 * Checks that the library does not make before it allocates: messages, strings and integers, which take 2 bytes each in a hostile file and a
 * hundred once decoded, are charged to the import's account; that nested messages end inside their parents, and
 * that fields have their wire types. Recursion is bounded by the table above, which has no cycles: graphs within graphs are bytes.
 */
class Inspection {
  constructor(private readonly account: ImportAccount) {}

  message(bytes: Uint8Array, { fields }: DescMessage): void {
    const byNumber = new Map(fields.map((field) => [field.number, field]));
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      const field = byNumber.get(number);
      if (!field || !this.isDelimited(field, wireType)) reader.skip(wireType, number);
      else if (field.message) this.message(reader.bytes(), field.message);
      else this.list(reader.bytes(), field);
    }
  }

  /** Charges the field; whether its content is to be inspected as well. */
  private isDelimited(field: DescField, wireType: WireType): boolean {
    const single = wireTypeOf(field);
    const isPacked = field.fieldKind === 'list' && wireType === WireType.LengthDelimited;
    if (wireType !== single && !isPacked) throw new Error(`field '${field.name}' has wire type ${wireType} instead of ${single}`);
    if (field.message) this.charge(unitsOf.message);
    else if (single === WireType.LengthDelimited || wireType === WireType.Varint) this.charge(unitsOf.scalar);
    return field.message !== undefined || (isPacked && single !== WireType.LengthDelimited);
  }

  private list(bytes: Uint8Array, field: DescField): void {
    const single = wireTypeOf(field);
    const size = single === WireType.Bit32 ? 4 : single === WireType.Bit64 ? 8 : 1;
    const isCut = single === WireType.Varint ? (bytes.at(-1) ?? 0) >= 0x80 : bytes.length % size !== 0;
    if (isCut) throw new Error(`the list '${field.name}' ends inside an element`);
    if (single === WireType.Varint) this.charge(unitsOf.scalar * bytes.reduce((sum, byte) => sum + (byte < 0x80 ? 1 : 0), 0));
  }

  private charge(units: number): void {
    this.account.charge(units, 'messages, names and integers of the ONNX file');
  }
}

function wireTypeOf({ message, scalar }: DescField): WireType {
  switch (message ? undefined : (scalar as number)) {
    case FieldDescriptorProto_Type.INT32:
    case FieldDescriptorProto_Type.INT64:
      return WireType.Varint;
    case FieldDescriptorProto_Type.FLOAT:
      return WireType.Bit32;
    case FieldDescriptorProto_Type.DOUBLE:
      return WireType.Bit64;
    default:
      return WireType.LengthDelimited;
  }
}

/**
 * Decodes an ONNX file. Time and memory are linear in the file's length, and charged to `account`.
 * @throws ModelError `malformed` for bytes that are no ONNX model, `too-large`
 */
export function decodeModel(bytes: Uint8Array, account: ImportAccount): ModelMessage {
  return decode(bytes, modelSchema, account) as unknown as ModelMessage;
}

/** Decodes a graph that is an attribute, in the same way. */
export function decodeGraph(bytes: Uint8Array, account: ImportAccount): GraphMessage {
  // The bytes are read once for each graph around them; 8 of them take as long as an element.
  account.charge(bytes.length / 8);
  return decode(bytes, graphSchema, account) as unknown as GraphMessage;
}

function decode(bytes: Uint8Array, schema: DescMessage, account: ImportAccount): unknown {
  try {
    new Inspection(account).message(bytes, schema);
    return fromBinary(schema, bytes, { readUnknownFields: false });
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError('malformed', `not a readable ONNX file (${reason}); is it complete?`, { cause });
  }
}
