// Owns reading the bytes of a .tflite file as a Graph, with every offset, index and number checked.
import { Account } from '../account';
import { ModelError } from '../errors';
import { allocate, elementCount, type Graph, type Metadata, type Node, type Signature, type State, type Value } from '../graph/graph';
import { entryAt, FlatBuffer, type Table } from './flatbuffer';
import { otherFormat } from './other-format';
import {
  type CustomOperators,
  type OperatorCode,
  OptionReader,
  type ReadExtensions,
  readOperands,
  readOperator,
  readOperatorCode,
  resolveOperators,
} from './read-operator';
import { initializerOf, StateReader } from './read-state';
import { TensorReader } from './read-tensor';
import { densifyName, fileIdentifier, isStateOperator, schemaVersion, slots } from './schema';

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

/** The FlatBuffer of a .tflite file and its root table. @throws ModelError `not-tflite`, `malformed`, `unsupported-version` */
export function openFile(bytes: ModelBytes, account: Account): { file: FlatBuffer; model: Table } {
  const file = new FlatBuffer(asBytes(bytes), account);
  const identifier = file.bytes.length < 8 ? '' : String.fromCharCode(...file.bytes.subarray(4, 8));
  if (identifier !== fileIdentifier) {
    const other = otherFormat(file.bytes);
    const fault = other ? `the file is ${other}` : `the file must have '${fileIdentifier}' at byte 4; is it another format or a web page?`;
    throw new ModelError('not-tflite', fault);
  }
  const model = file.root();
  const version = model.uint32(slots.Model.version);
  if (version !== schemaVersion) {
    throw new ModelError('unsupported-version', `the file has schema version ${version}, only ${schemaVersion} is supported`);
  }
  return { file, model };
}

/**
 * Reads one subgraph of a .tflite model: that of the signature with this key, or the first. Constants view `bytes` where their alignment
 * allows; do not change `bytes` while the graph is in use. Time and memory are bounded by `account`, by default one for a file of this
 * length (see Account).
 * Structure, indices, dtypes, quantization and the ranges of options are checked; `validate` checks shapes and operands.
 * @throws ModelError, and no other error: `not-tflite`, `malformed`, `bad-index`, `too-large`, `unsupported-version`, `bad-shape`,
 * `bad-dtype`, `bad-quantization`, `bad-option`, `unsupported-operator`, `unsupported-feature`, `bad-argument`
 */
export function readModel(
  bytes: ModelBytes,
  account = new Account(asBytes(bytes).length),
  signature?: string,
  { operators: custom = {}, densify: densified }: ReadExtensions = {},
): Graph {
  const { file, model } = openFile(bytes, account);
  const slot = slots.Model;
  const subgraphs = model.tables(slot.subgraphs);
  const signatureDefs = model.tables(slot.signatureDefs);
  const index = signature === undefined ? 0 : subgraphOf(signatureDefs, signature);
  const subgraph = entryAt(subgraphs, index, 'subgraph', 'model');
  const codes = model.tables(slot.operatorCodes).map((table) => readOperatorCode(table, custom));
  // Before dtypes and options: a model with unsupported operators should be reported as that.
  const operators = operatorsOf(subgraph, codes);
  const buffers = model.tables(slot.buffers).map(readBuffer);
  const tensors = new TensorReader(file, buffers, densified);
  const { values, all, nodes, states } = readSubgraph(subgraph, operators, { subgraphs, codes, tensors, account, custom });
  const named = (indices: number[] | undefined, where: string) => (indices ?? []).map((i) => entryAt(values, i, 'tensor', where));
  const inputs = named(subgraph.int32s(slots.SubGraph.inputs), 'inputs of the model');
  const outputs = named(subgraph.int32s(slots.SubGraph.outputs), 'outputs of the model');
  const signatures = signatureDefs.filter((table) => entryAt(subgraphs, subgraphIndex(table), 'subgraph', 'signatures') === subgraph);
  inputs.push(...states.map(({ input }) => input));
  outputs.push(...states.map(({ output }) => output));
  fillEmptyConstants(values, nodes, inputs);
  return {
    name: subgraph.string(slots.SubGraph.name) ?? '',
    description: model.string(slot.description) ?? '',
    values: all.filter((value) => !tensors.absent.has(value)),
    inputs,
    outputs,
    ...(states.length > 0 && { states }),
    nodes,
    signatures: signatures.map((table) => readSignature(table, values)),
    metadata: model.tables(slot.metadata).map((table, i) => readMetadata(table, i, buffers)),
    trailer: readTrailer(file.bytes, file.end),
  };
}

/** What subgraphs of a file share. */
interface Source {
  readonly subgraphs: readonly Table[];
  readonly codes: readonly OperatorCode[];
  readonly tensors: TensorReader;
  readonly account: Account;
  readonly custom: CustomOperators;
}

/** An operator as the file has it, with its resolved code. */
interface Operator {
  readonly table: Table;
  readonly code: OperatorCode;
}

function operatorsOf(subgraph: Table, codes: readonly OperatorCode[]): Operator[] {
  const tables = subgraph.tables(slots.SubGraph.operators, 'operator');
  return resolveOperators(tables, codes).map((code, i) => ({ table: tables[i], code }));
}

/** Nodes and states of a subgraph; `values[i]` is what tensor i stands for when all operators have run, `all` are those of the graph. */
function readSubgraph(
  subgraph: Table,
  operators: readonly Operator[],
  source: Source,
): { values: Value[]; all: Value[]; nodes: Node[]; states: State[] } {
  const { subgraphs, tensors, account, custom } = source;
  const values = subgraph.tables(slots.SubGraph.tensors, 'tensor').map((table, id) => tensors.read(table, id));
  const options = new OptionReader(account, custom, tensors.absent);
  const variables = new StateReader(account);
  const updated = new Map<Value, State>();
  const nodes: Node[] = [];
  operators.forEach(({ table, code }, id) => {
    const { name } = code;
    const where = `${name} #${id}`;
    if (name === densifyName) densify(table, where, values, account);
    else if (name === 'CALL_ONCE') readInitializer(entryAt(subgraphs, initializerOf(table), 'subgraph', where), source, variables);
    else if (isStateOperator(name)) variables.read({ name, table, where, values });
    else {
      const node = readOperator(table, code, id, values, options);
      if (node.type === 'CUSTOM')
        node.attributes.operator.builtin?.update({ node, where, values, added: options.added, variables: updated, account });
      nodes.push(node);
    }
  });
  const all = [...new Set(values.map((value) => updated.get(value)?.input ?? value)), ...options.added];
  return { values, all, nodes, states: [...variables.states(), ...updated.values()] };
}

/** A subgraph that a CALL_ONCE runs. */
function readInitializer(subgraph: Table, { codes, tensors }: Source, variables: StateReader): void {
  const values = subgraph.tables(slots.SubGraph.tensors, 'tensor').map((table, id) => tensors.read(table, id));
  operatorsOf(subgraph, codes).forEach(({ table, code: { name } }, id) => {
    variables.initialize({ name, table, where: `${name} #${id} of the initializing subgraph`, values });
  });
}

function subgraphIndex(signature: Table): number {
  return signature.uint32(slots.SignatureDef.subgraphIndex);
}

/** The subgraph of the signature with this key. */
function subgraphOf(signatures: readonly Table[], key: string): number {
  const keys = signatures.map((table) => table.string(slots.SignatureDef.signatureKey) ?? '');
  const found = signatures[keys.indexOf(key)];
  if (!found) {
    const known = keys.length > 0 ? `it has ${keys.map((name) => `'${name}'`).join(', ')}` : 'it has none';
    throw new ModelError('bad-argument', `the model has no signature '${key}'; ${known}`);
  }
  return subgraphIndex(found);
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
