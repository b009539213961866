// Owns reading the bytes of a .tflite file as a Graph, with every offset, index and number checked.
import { Account } from '../account';
import { ModelError } from '../errors';
import { allocate, elementCount, type Graph, type Metadata, type Node, type Signature, type Value } from '../graph/graph';
import { entryAt, FlatBuffer, type Table } from './flatbuffer';
import { otherFormat } from './other-format';
import { OptionReader, readOperands, readOperator, readOperatorCode, resolveOperators } from './read-operator';
import { TensorReader } from './read-tensor';
import { densifyName, fileIdentifier, schemaVersion, slots } from './schema';

/** Contents of a `.tflite` file. */
export type ModelBytes = Uint8Array | ArrayBuffer;

/**
 * The bytes as they are, not copied. Views and buffers of other realms (vm contexts, iframes) are not instances of this realm's
 * classes, so tags are compared. Throws `bad-argument` for what is no bytes, `not-tflite` for none.
 */
export function asBytes(bytes: ModelBytes): Uint8Array {
  const tag = Object.prototype.toString.call(bytes);
  const isBytes = ArrayBuffer.isView(bytes) ? tag === '[object Uint8Array]' : tag === '[object ArrayBuffer]';
  if (!isBytes) throw new ModelError('bad-argument', `a .tflite file is given as Uint8Array or ArrayBuffer, not as ${tag.slice(8, -1)}`);
  if (bytes.byteLength === 0) throw new ModelError('not-tflite', 'the file has no bytes; was its ArrayBuffer transferred?');
  return ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
}

/**
 * Reads a .tflite model of one subgraph. Constants view `bytes` where their alignment allows; do not change `bytes` while the graph is in
 * use. Time and memory are bounded by `account`, by default one for a file of this length (see Account). Structure, indices, dtypes,
 * quantization and the ranges of options are checked; `validate` checks shapes and operands.
 * @throws ModelError, and no other error: `not-tflite`, `malformed`, `bad-index`, `too-large`, `unsupported-version`, `bad-shape`,
 * `bad-dtype`, `bad-quantization`, `bad-option`, `unsupported-operator`, `unsupported-feature`, `bad-argument`
 */
export function readModel(bytes: ModelBytes, account = new Account(asBytes(bytes).length)): Graph {
  const file = new FlatBuffer(asBytes(bytes), account);
  const identifier = file.bytes.length < 8 ? '' : String.fromCharCode(...file.bytes.subarray(4, 8));
  if (identifier !== fileIdentifier) {
    const other = otherFormat(file.bytes);
    const fault = other ? `the file is ${other}` : `the file must have '${fileIdentifier}' at byte 4; is it another format or a web page?`;
    throw new ModelError('not-tflite', fault);
  }
  const model = file.root();
  const slot = slots.Model;
  const version = model.uint32(slot.version);
  if (version !== schemaVersion) {
    throw new ModelError('unsupported-version', `the file has schema version ${version}, only ${schemaVersion} is supported`);
  }
  const subgraphs = model.tables(slot.subgraphs);
  const expectOne = () => {
    if (subgraphs.length === 1) return;
    throw new ModelError('unsupported-feature', `the model has ${subgraphs.length} subgraphs, only 1 is supported`);
  };
  if (subgraphs.length === 0) expectOne();
  const operators = subgraphs[0].tables(slots.SubGraph.operators, 'operator');
  // Before dtypes and options: a model with unsupported operators should be reported as that.
  const codes = resolveOperators(operators, model.tables(slot.operatorCodes).map(readOperatorCode));
  // Control flow, which has subgraphs, is reported as that.
  expectOne();
  const buffers = model.tables(slot.buffers).map(readBuffer);
  const tensors = new TensorReader(file, buffers);
  const values = subgraphs[0].tables(slots.SubGraph.tensors, 'tensor').map((table, id) => tensors.read(table, id));
  const options = new OptionReader(account);
  const nodes = operators.flatMap((table, id) => {
    if (codes[id].name !== densifyName) return [readOperator(table, codes[id], id, values, options)];
    densify(table, `${densifyName} #${id}`, values, account);
    return [];
  });
  const named = (indices: number[] | undefined, where: string) => (indices ?? []).map((index) => entryAt(values, index, 'tensor', where));
  const inputs = named(subgraphs[0].int32s(slots.SubGraph.inputs), 'inputs of the model');
  const outputs = named(subgraphs[0].int32s(slots.SubGraph.outputs), 'outputs of the model');
  fillEmptyConstants(values, nodes, inputs);
  return {
    name: subgraphs[0].string(slots.SubGraph.name) ?? '',
    description: model.string(slot.description) ?? '',
    values,
    inputs,
    outputs,
    nodes,
    signatures: model.tables(slot.signatureDefs).map((table) => readSignature(table, values)),
    metadata: model.tables(slot.metadata).map((table, i) => readMetadata(table, i, buffers)),
    trailer: readTrailer(file.bytes, file.end),
  };
}

function readBuffer(table: Table, index: number): Uint8Array | undefined {
  const data = table.bytes(slots.Buffer.data);
  // Offsets 0 and 1 mean "not used" (schema.fbs, table Buffer).
  if (!data && table.uint64(slots.Buffer.offset) > 1) {
    const where = `buffer ${index}`;
    throw new ModelError('unsupported-feature', 'data outside the FlatBuffer is not supported', { where });
  }
  return data;
}

/** The output of DENSIFY becomes the constant that is its input, which was read as dense. */
function densify(table: Table, where: string, values: readonly Value[], account: Account): void {
  const { inputs, outputs } = readOperands(table, where, values, account);
  const [[input], [output]] = [inputs, outputs];
  if (!input?.data || !output || output.data || inputs.length + outputs.length > 2 || input.dtype !== output.dtype) {
    throw new ModelError('bad-graph', 'it takes one constant, to a tensor of its type', { where });
  }
  output.shape = input.shape;
  output.data = input.data;
}

/** Operands without elements, such as the shape [] of a RESHAPE, may lack a buffer in the file but are constants. */
function fillEmptyConstants(values: readonly Value[], nodes: readonly Node[], inputs: readonly Value[]): void {
  const computed = new Set<Value>(inputs);
  for (const node of nodes) for (const value of node.outputs) computed.add(value);
  for (const value of values) {
    if (!value.data && elementCount(value.shape) === 0 && !computed.has(value) && !value.isVariable) value.data = allocate(value.dtype, 0);
  }
}

function readSignature(table: Table, values: readonly Value[]): Signature {
  const slot = slots.SignatureDef;
  const key = table.string(slot.signatureKey) ?? '';
  const where = `signature '${key}'`;
  const subgraph = table.uint32(slot.subgraphIndex);
  if (subgraph !== 0) throw new ModelError('bad-index', `subgraph ${subgraph} does not exist`, { where });
  const read = (entry: Table) => ({
    name: entry.string(slots.TensorMap.name) ?? '',
    value: entryAt(values, entry.uint32(slots.TensorMap.tensorIndex), 'tensor', where),
  });
  return { key, inputs: table.tables(slot.inputs).map(read), outputs: table.tables(slot.outputs).map(read) };
}

function readMetadata(table: Table, index: number, buffers: readonly (Uint8Array | undefined)[]): Metadata {
  const name = table.string(slots.Metadata.name) ?? '';
  const data = entryAt(buffers, table.uint32(slots.Metadata.buffer), 'buffer', `metadata ${index} '${name}'`);
  return { name, data: data ?? new Uint8Array() };
}

/**
 * The bytes behind the FlatBuffer and the zeros that pad it. Files do not store its length, so it is taken to end with the last object that
 * was read; objects of other kinds that lie behind it become part of the trailer, which an archive allows in front of its entries.
 */
function readTrailer(bytes: Uint8Array, end: number): Uint8Array {
  let start = end;
  while (start < bytes.length && bytes[start] === 0) start++;
  return bytes.subarray(start);
}
