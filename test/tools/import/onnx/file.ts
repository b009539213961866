// Owns writing ONNX files for tests, apart from the importer's own table of fields.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface FileTensor {
  shape: readonly number[];
  data: Elements;
  /** Where the elements are said to lie instead: the entries of `external_data`. */
  external?: Readonly<Record<string, string>>;
  /** `TensorProto.DataType` where the array does not give it, as 9 for booleans in a Uint8Array. */
  type?: number;
}

/** The array gives the element type; `number[]` is INT64, Uint16Array FLOAT16 by its bits. */
type Elements = Float32Array | Float64Array | Uint16Array | Int16Array | Int32Array | Int8Array | Uint8Array | readonly number[];

/** Per kind of array: `TensorProto.DataType`, the field that lists elements, and how one of them is written there. */
const elementTypes = {
  Float32Array: [1, 4, 'float'],
  Uint8Array: [2, 5, 'int32'],
  Int8Array: [3, 5, 'int32'],
  Int16Array: [5, 5, 'int32'],
  Int32Array: [6, 5, 'int32'],
  Array: [7, 7, 'int64'],
  Uint16Array: [10, 5, 'int32'],
  Float64Array: [11, 10, 'double'],
} as const;

export type Attribute =
  | (number | { float: number } | string | readonly number[])
  | ({ floats: readonly number[] } | FileTensor | { graph: Omit<FileModel, 'inputs'> });

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
  /** Write elements in the lists of their type instead of as raw bytes. */
  listed?: boolean;
  /** Constants that are listed as inputs too, as before IR version 4. */
  defaults?: readonly string[];
  /** `TensorProto.DataType` of the inputs, and of the outputs; FLOAT unless given. */
  inputType?: number;
  outputType?: number;
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

function writeTensor(writer: BinaryWriter, name: string, { shape, data, external, type }: FileTensor, listed = false): void {
  const [dataType, field, write] = elementTypes[data.constructor.name as keyof typeof elementTypes];
  for (const size of shape) integer(writer, 1, size);
  integer(writer, 2, type ?? dataType);
  text(writer, 8, name);
  if (external) {
    for (const [key, value] of Object.entries(external)) {
      message(writer, 13, (entry) => {
        text(entry, 1, key);
        text(entry, 2, value);
      });
    }
    integer(writer, 14, 1);
    return;
  }
  if (listed) {
    message(writer, field, (packed) => {
      for (const value of data) packed[write](value);
    });
    return;
  }
  const raw = 'buffer' in data ? data.slice() : BigInt64Array.from(data, BigInt);
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
  } else if ('graph' in value) {
    message(writer, 6, (graph) => writeGraph(graph, { ...value.graph, inputs: {} }));
    type(5);
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

function writeInfo(writer: BinaryWriter, name: string, shape: readonly (number | string)[] | undefined, elementType = 1): void {
  text(writer, 1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, elementType);
      if (!shape) return;
      message(tensor, 2, (dimensions) => {
        for (const size of shape) {
          message(dimensions, 1, (dimension) => (typeof size === 'number' ? integer(dimension, 1, size) : text(dimension, 2, size)));
        }
      });
    }),
  );
}

function writeGraph(graph: BinaryWriter, model: FileModel): void {
  const { nodes, inputs, outputs, constants = {}, listed, defaults = [], inputType, outputType } = model;
  for (const node of nodes) message(graph, 1, (entry) => writeNode(entry, node));
  text(graph, 2, 'hand-built');
  for (const [name, tensor] of Object.entries(constants)) message(graph, 5, (entry) => writeTensor(entry, name, tensor, listed));
  for (const name of defaults) message(graph, 11, (entry) => writeInfo(entry, name, constants[name].shape));
  for (const [name, shape] of Object.entries(inputs)) message(graph, 11, (entry) => writeInfo(entry, name, shape, inputType));
  for (const name of outputs) message(graph, 12, (entry) => writeInfo(entry, name, undefined, outputType));
}

/** The bytes of an ONNX file; opset 13 unless given. */
export function onnxFile(model: FileModel): Uint8Array {
  const { nodes, opset = 13 } = model;
  const writer = new BinaryWriter();
  integer(writer, 1, 8);
  text(writer, 2, 'test');
  message(writer, 7, (graph) => writeGraph(graph, model));
  message(writer, 8, (set) => {
    text(set, 1, '');
    integer(set, 2, opset);
  });
  for (const domain of new Set(nodes.map((node) => node.domain))) {
    if (!domain) continue;
    message(writer, 8, (set) => {
      text(set, 1, domain);
      integer(set, 2, 1);
    });
  }
  return writer.finish();
}
