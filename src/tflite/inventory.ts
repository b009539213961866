// Owns the inventory of a .tflite file, also of one that cannot run: its subgraphs, tensors by name, and operators with what is missing.
import { Account } from '../account';
import { entryAt, type Table } from './flatbuffer';
import { asBytes, type ModelBytes, openFile } from './read';
import { type CustomOperators, codesOf, isSupported, readOperatorCode, wayOut } from './read-operator';
import { slots, tensorTypes } from './schema';

export interface OperatorCount {
  /** TFLite's name; `custom 'NAME'` for custom operators, `builtin N` for numbers without a name here. */
  readonly name: string;
  readonly count: number;
  readonly isSupported: boolean;
}

/** A tensor as the file declares it; the type may be one that no model here can have, as `string`. */
export interface DeclaredTensor {
  readonly name: string;
  /** -1: open. */
  readonly shape: readonly number[];
  readonly type: string;
}

export interface Inventory {
  readonly description: string;
  readonly subgraphs: number;
  readonly signatures: readonly string[];
  readonly metadata: readonly string[];
  /** Of the first subgraph, as are inputs and outputs; in order of first occurrence. */
  readonly operators: readonly OperatorCount[];
  readonly inputs: readonly DeclaredTensor[];
  readonly outputs: readonly DeclaredTensor[];
  /** What to do about operators that no other runtime has either; undefined: nothing is known. */
  readonly wayOut?: string;
}

function declaredTensor(table: Table): DeclaredTensor {
  const slot = slots.Tensor;
  const type = table.int8(slot.type);
  const shape = table.int32s(slot.shape) ?? [];
  const signature = table.int32s(slot.shapeSignature);
  return { name: table.string(slot.name) ?? '', shape: signature?.length ? signature : shape, type: tensorTypes[type] ?? `type ${type}` };
}

function countOperators(subgraph: Table, model: Table, custom: CustomOperators): OperatorCount[] {
  const known = model.tables(slots.Model.operatorCodes).map((table) => readOperatorCode(table, custom));
  const counts = new Map<string, OperatorCount>();
  for (const code of codesOf(subgraph.tables(slots.SubGraph.operators, 'operator'), known)) {
    const { name } = code;
    counts.set(name, { name, isSupported: isSupported(code), count: (counts.get(name)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

/**
 * What a .tflite file holds, whether or not it can run: it may have operators, types and features that the reader refuses. `custom`: custom
 * operators that are supported, too.
 * @throws ModelError `not-tflite`, `malformed`, `bad-index`, `too-large`, `unsupported-version`, `bad-argument`
 */
export function readInventory(bytes: ModelBytes, account = new Account(asBytes(bytes).length), custom: CustomOperators = {}): Inventory {
  const { model } = openFile(bytes, account);
  const slot = slots.Model;
  const subgraphs = model.tables(slot.subgraphs);
  const subgraph = entryAt(subgraphs, 0, 'subgraph', 'model');
  const tensors = subgraph.tables(slots.SubGraph.tensors, 'tensor');
  const declared = (indices: readonly number[] | undefined, where: string) =>
    (indices ?? []).map((index) => declaredTensor(entryAt(tensors, index, 'tensor', where)));
  const operators = countOperators(subgraph, model, custom);
  return {
    description: model.string(slot.description) ?? '',
    subgraphs: subgraphs.length,
    signatures: model.tables(slot.signatureDefs).map((table) => table.string(slots.SignatureDef.signatureKey) ?? ''),
    metadata: model.tables(slot.metadata).map((table) => table.string(slots.Metadata.name) ?? ''),
    operators,
    inputs: declared(subgraph.int32s(slots.SubGraph.inputs), 'inputs of the model'),
    outputs: declared(subgraph.int32s(slots.SubGraph.outputs), 'outputs of the model'),
    wayOut: wayOut(operators.filter((operator) => !operator.isSupported).map(({ name }) => name)),
  };
}
