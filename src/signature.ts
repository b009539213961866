// Owns signatures as users see them: names of a model's tensors.
import type { Signature, Value } from './graph/graph';
import { own } from './options';
import type { Tensor } from './tensor';

/** A signature of the file: a key, and the names by which callers know inputs and outputs. */
export interface ModelSignature {
  /** As `serving_default`. */
  readonly key: string;
  /** Of `Model.inputs`, by their names in the signature. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Of `Model.outputs`. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** Inputs or outputs: their values in the graph, and their tensors in the same order. */
interface Ends {
  readonly values: readonly Value[];
  readonly tensors: readonly Tensor[];
}

/** Names of tensors; one that the graph does not take, or give, is left out. */
function named(entries: Signature['inputs'], { values, tensors }: Ends): Record<string, Tensor> {
  const known = entries.filter(({ value }) => values.includes(value));
  return own(Object.fromEntries(known.map(({ name, value }) => [name, tensors[values.indexOf(value)]])));
}

/** The signature of a key, or the first; undefined where there is none. */
export function modelSignature(
  signatures: readonly Signature[],
  key: string | undefined,
  inputs: Ends,
  outputs: Ends,
): ModelSignature | undefined {
  const found = key === undefined ? signatures[0] : signatures.find((signature) => signature.key === key);
  return found && { key: found.key, inputs: named(found.inputs, inputs), outputs: named(found.outputs, outputs) };
}
