// Owns the ONNX container: protobuf bytes to the messages of onnx.proto that a network needs, nothing of the file trusted.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ModelError } from '../../../src/errors';

/** `TensorProto`; which of the data fields holds the elements depends on `dataType`. */
export interface TensorMessage {
  dims: number[];
  dataType: number;
  floatData: number[];
  int32Data: number[];
  int64Data: number[];
  doubleData: number[];
  name: string;
  rawData: Uint8Array | undefined;
  /** 1: the elements lie in another file. */
  dataLocation: number;
}

/** `AttributeProto`; `type` says which field counts. */
export interface AttributeMessage {
  name: string;
  f: number;
  i: number;
  s: string;
  t: TensorMessage | undefined;
  floats: number[];
  ints: number[];
  type: number;
}

export interface NodeMessage {
  /** '' is an optional input left out. */
  input: string[];
  output: string[];
  name: string;
  opType: string;
  attribute: AttributeMessage[];
  /** '' is the standard operator set. */
  domain: string;
}

interface DimensionMessage {
  value: number | undefined;
  parameter: string;
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
  opsetImport: { domain: string; version: number }[];
}

type Scalar = 'int' | 'float' | 'double' | 'string' | 'bytes';

/** A field: what it is called, what it holds (a scalar or the name of a message), and whether it repeats. */
type Field = readonly [name: string, kind: Scalar | keyof typeof messages, repeated?: 'repeated'];

/** Field numbers of onnx.proto (onnx/onnx.proto in the ONNX repository); fields that are not here are skipped. */
const messages: Readonly<Record<string, Readonly<Record<number, Field>>>> = {
  Model: {
    2: ['producerName', 'string'],
    3: ['producerVersion', 'string'],
    7: ['graph', 'Graph'],
    8: ['opsetImport', 'OperatorSetId', 'repeated'],
  },
  OperatorSetId: { 1: ['domain', 'string'], 2: ['version', 'int'] },
  Graph: {
    1: ['node', 'Node', 'repeated'],
    2: ['name', 'string'],
    5: ['initializer', 'Tensor', 'repeated'],
    11: ['input', 'ValueInfo', 'repeated'],
    12: ['output', 'ValueInfo', 'repeated'],
    15: ['sparseInitializer', 'Ignored', 'repeated'],
  },
  Node: {
    1: ['input', 'string', 'repeated'],
    2: ['output', 'string', 'repeated'],
    3: ['name', 'string'],
    4: ['opType', 'string'],
    5: ['attribute', 'Attribute', 'repeated'],
    7: ['domain', 'string'],
  },
  Attribute: {
    1: ['name', 'string'],
    2: ['f', 'float'],
    3: ['i', 'int'],
    4: ['s', 'string'],
    5: ['t', 'Tensor'],
    7: ['floats', 'float', 'repeated'],
    8: ['ints', 'int', 'repeated'],
    20: ['type', 'int'],
  },
  Tensor: {
    1: ['dims', 'int', 'repeated'],
    2: ['dataType', 'int'],
    4: ['floatData', 'float', 'repeated'],
    5: ['int32Data', 'int', 'repeated'],
    7: ['int64Data', 'int', 'repeated'],
    8: ['name', 'string'],
    9: ['rawData', 'bytes'],
    10: ['doubleData', 'double', 'repeated'],
    14: ['dataLocation', 'int'],
  },
  ValueInfo: { 1: ['name', 'string'], 2: ['type', 'Type'] },
  Type: { 1: ['tensorType', 'TensorType'] },
  TensorType: { 1: ['elemType', 'int'], 2: ['shape', 'Shape'] },
  Shape: { 1: ['dim', 'Dimension', 'repeated'] },
  Dimension: { 1: ['value', 'int'], 2: ['parameter', 'string'] },
  Ignored: {},
};

const wireTypes: Readonly<Record<Scalar, WireType>> = {
  int: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
};

const noScalar: Readonly<Record<Scalar, unknown>> = { int: 0, float: 0, double: 0, string: '', bytes: undefined };

/** Messages and strings of one file: beyond that it is no network but an attack on memory, some 100 bytes for each 2 of the file. */
const mostElements = 2_000_000;

function isScalar(kind: string): kind is Scalar {
  return kind in wireTypes;
}

class Decoder {
  private elements = 0;

  /** The message in `bytes`. Nesting is as deep as the table above, which has no cycles. */
  message(bytes: Uint8Array, name: string): Record<string, unknown> {
    this.count();
    const fields = messages[name];
    const result: Record<string, unknown> = {};
    for (const [field, kind, repeated] of Object.values(fields)) {
      result[field] = repeated ? [] : isScalar(kind) ? noScalar[kind] : undefined;
    }
    // proto2 optional: a dimension without value is not a dimension of 0.
    if (name === 'Dimension') result.value = undefined;
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      const field = fields[number];
      if (field) this.field(reader, wireType, field, result);
      else reader.skip(wireType, number);
    }
    return result;
  }

  private field(reader: BinaryReader, wireType: WireType, [name, kind, repeated]: Field, result: Record<string, unknown>): void {
    if (!isScalar(kind)) {
      expectType(wireType, WireType.LengthDelimited, name);
      this.store(result, name, repeated, this.message(reader.bytes(), kind));
      return;
    }
    const expected = wireTypes[kind];
    if (repeated && wireType === WireType.LengthDelimited && expected !== WireType.LengthDelimited) {
      const packed = new BinaryReader(reader.bytes());
      const list = result[name] as unknown[];
      while (packed.pos < packed.len) list.push(scalar(packed, kind));
      return;
    }
    expectType(wireType, expected, name);
    if (kind === 'string') this.count();
    this.store(result, name, repeated, scalar(reader, kind));
  }

  private store(result: Record<string, unknown>, name: string, repeated: unknown, value: unknown): void {
    if (repeated) (result[name] as unknown[]).push(value);
    else result[name] = value;
  }

  private count(): void {
    if (++this.elements > mostElements) throw new ModelError('too-large', `the ONNX file has more than ${mostElements} messages and names`);
  }
}

function expectType(actual: WireType, expected: WireType, name: string): void {
  if (actual !== expected) throw new Error(`field '${name}' has wire type ${actual} instead of ${expected}`);
}

/** Integers beyond 2^53 lose precision: they occur as "to the end" of slices only. */
function scalar(reader: BinaryReader, kind: Scalar): unknown {
  switch (kind) {
    case 'int':
      return Number(reader.int64());
    case 'float':
      return reader.float();
    case 'double':
      return reader.double();
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.bytes();
  }
}

/**
 * Decodes an ONNX file. `rawData` views `bytes`. Time and memory are linear in the file's length.
 * @throws ModelError `malformed` for bytes that are no ONNX model, `too-large`
 */
export function decodeModel(bytes: Uint8Array): ModelMessage {
  try {
    return new Decoder().message(bytes, 'Model') as unknown as ModelMessage;
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError('malformed', `not a readable ONNX file (${reason}); is it complete?`, { cause });
  }
}
