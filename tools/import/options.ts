// Owns what an import of any format may be told: shapes of inputs, inputs that are constant, and files beside the model's own.
import { ModelError } from 'zeropoint';
import { type OptionNames, shapeFault } from 'zeropoint/graph';
import { quote, quoteList } from '../quote';

/** A file that holds elements of constants. */
export interface ExternalFile {
  /** The same for every name of one file. */
  readonly id: string;
  readonly bytes: number;
  /** Bytes `offset` to `offset + length`, all of which are inside. */
  read(offset: number, length: number): Uint8Array;
}

export interface ImportOptions {
  /** Shapes of inputs by name, in the file's own order of dimensions: those that the file leaves free are fixed so. */
  shapes?: Readonly<Record<string, readonly number[]>>;
  /** Inputs of integers or floats by name that have always this value, as a sampling rate: they become constants. */
  constants?: Readonly<Record<string, number | readonly number[]>>;
  /**
   * Opens a file of ONNX external data by its path relative to the model, which never leads out of its folder. Absent: external data is refused.
   * @throws ModelError where there is none
   */
  external?: (path: string) => ExternalFile;
}

export const importOptionNames: OptionNames<ImportOptions> = { shapes: 1, constants: 1, external: 1 };

/** Own entries, so that an input may be called as members of Object.prototype are. @throws ModelError `bad-argument` for bad shapes */
export function shapesOf({ shapes = {} }: ImportOptions): ReadonlyMap<string, readonly number[]> {
  const entries = new Map(Object.entries(shapes));
  for (const [name, shape] of entries) {
    const isList = Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 1);
    const fault = isList ? shapeFault(shape) : 'whole numbers from 1 are needed';
    if (fault) throw new ModelError('bad-argument', `the shape [${shape}] of input '${quote(name)}': ${fault}`);
  }
  return entries;
}

/** @throws ModelError `bad-argument` for names that no input has */
export function requireInputNames(given: Iterable<string>, inputs: readonly string[], option: string): void {
  for (const name of given) {
    if (inputs.includes(name)) continue;
    const known = inputs.length === 0 ? 'it has none' : `it has ${quoteList(inputs.map((input) => `'${quote(input)}'`))}`;
    throw new ModelError('bad-argument', `${option} names '${quote(name)}', which is no input of the network; ${known}`);
  }
}
