// Owns writing ONNX files for tests, apart from the importer's own table of fields.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface FileTensor {
  shape: readonly number[];
  /** Float32Array: FLOAT; number[]: INT64. */
  data: Float32Array | readonly number[];
}

export type Attribute = number | { float: number } | string | readonly number[] | { floats: readonly number[] } | FileTensor;

export interface FileNode {
  type: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
  domain?: string;
}

export interface FileModel {
  nodes: readonly FileNode[];
  /** A dimension that is a string is open. */
  inputs: Readonly<Record<string, readonly (number | string)[]>>;
  outputs: readonly string[];
  constants?: Readonly<Record<string, FileTensor>>;
  opset?: number;
  /** Write floats as float_data instead of raw bytes. */
  listed?: boolean;
}

type Write = (writer: BinaryWriter) => void;

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function integer(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

function writeTensor(writer: BinaryWriter, name: string, { shape, data }: FileTensor, listed = false): void {
  for (const size of shape) integer(writer, 1, size);
  const isFloat = data instanceof Float32Array;
  integer(writer, 2, isFloat ? 1 : 7);
  text(writer, 8, name);
  if (listed) {
    message(writer, isFloat ? 4 : 7, (packed) => {
      for (const value of data) isFloat ? packed.float(value) : packed.int64(value);
    });
    return;
  }
  const raw = isFloat ? new Float32Array(data) : BigInt64Array.from(data as readonly number[], BigInt);
  writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(raw.buffer));
}

function writeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  text(writer, 1, name);
  const type = (number: number) => integer(writer, 20, number);
  if (typeof value === 'number') {
    integer(writer, 3, value);
    type(2);
  } else if (typeof value === 'string') {
    text(writer, 4, value);
    type(3);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    type(1);
  } else if ('shape' in value) {
    message(writer, 5, (tensor) => writeTensor(tensor, '', value));
    type(4);
  } else if ('floats' in value) {
    for (const entry of value.floats) writer.tag(7, WireType.Bit32).float(entry);
    type(6);
  } else {
    for (const entry of value) integer(writer, 8, entry);
    type(7);
  }
}

function writeNode(writer: BinaryWriter, { type, inputs, outputs, attributes = {}, domain }: FileNode): void {
  for (const name of inputs) text(writer, 1, name);
  for (const name of outputs) text(writer, 2, name);
  text(writer, 4, type);
  for (const [name, value] of Object.entries(attributes)) message(writer, 5, (attribute) => writeAttribute(attribute, name, value));
  if (domain) text(writer, 7, domain);
}

function writeInfo(writer: BinaryWriter, name: string, shape: readonly (number | string)[]): void {
  text(writer, 1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, 1);
      message(tensor, 2, (dimensions) => {
        for (const size of shape) {
          message(dimensions, 1, (dimension) => (typeof size === 'number' ? integer(dimension, 1, size) : text(dimension, 2, size)));
        }
      });
    }),
  );
}

/** The bytes of an ONNX file; opset 13 unless given. */
export function onnxFile({ nodes, inputs, outputs, constants = {}, opset = 13, listed }: FileModel): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, 8);
  text(writer, 2, 'test');
  message(writer, 7, (graph) => {
    for (const node of nodes) message(graph, 1, (entry) => writeNode(entry, node));
    text(graph, 2, 'hand-built');
    for (const [name, tensor] of Object.entries(constants)) message(graph, 5, (entry) => writeTensor(entry, name, tensor, listed));
    for (const [name, shape] of Object.entries(inputs)) message(graph, 11, (entry) => writeInfo(entry, name, shape));
    for (const name of outputs) message(graph, 12, (entry) => writeInfo(entry, name, []));
  });
  message(writer, 8, (set) => {
    text(set, 1, '');
    integer(set, 2, opset);
  });
  return writer.finish();
}
