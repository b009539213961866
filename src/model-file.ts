// Owns what a model's file says of the model as a whole: its name, metadata, labels and preprocessing.
import type { Graph, Metadata, Value } from './graph/graph';
import { labelsOf, preprocessingOf } from './metadata/describe';
import type { Preprocessing } from './pixels/preprocessing';

/** Copies of named bytes; those that share a buffer share the copy. */
function copies(entries: readonly Metadata[]): Metadata[] {
  const known = new Map<string, Uint8Array>();
  return entries.map(({ name, data }) => {
    const key = `${data.byteOffset} ${data.length}`;
    const copy = known.get(key) ?? data.slice();
    known.set(key, copy);
    return { name, data: copy };
  });
}

/** The part of a model that comes from its file as it is. It stays after `dispose`. */
export abstract class ModelFile {
  /** Name of the graph in the file; may be empty. */
  readonly name: string;
  /** Description of the model in the file; may be empty. */
  readonly description: string;
  /** Named blobs of the file, such as TFLITE_METADATA. */
  readonly metadata: readonly { readonly name: string; readonly data: Uint8Array }[];
  /** Bytes behind the model in the file: a zip archive of label files, or empty. */
  readonly trailer: Uint8Array;
  readonly #inputs: readonly Value['dtype'][];
  readonly #outputs: number;
  #labels: readonly (readonly string[] | undefined)[] | undefined;

  constructor({ name, description, metadata, trailer, inputs, outputs, states = [] }: Graph) {
    this.name = name;
    this.description = description;
    // Copies, since views would keep the whole file alive.
    this.metadata = copies(metadata);
    this.trailer = trailer.slice();
    this.#inputs = inputs.map(({ dtype }) => dtype);
    this.#outputs = outputs.length - states.length;
  }

  /**
   * Names of classes for each output, by class index, from the file's metadata and its archive of labels; undefined for outputs that have
   * none. Read on first use.
   * @throws ModelError `malformed` on damaged metadata or archives, `too-large`
   */
  get labels(): readonly (readonly string[] | undefined)[] {
    this.#labels ??= labelsOf(this, this.#outputs);
    return this.#labels;
  }

  /**
   * How pictures become the first input, as `preprocess` of `zeropoint/image` takes it: what the quantizer recorded, else for 8-bit inputs the
   * pixels as they are, and for others the normalization of TFLite's metadata; undefined where the file does not say. Its members are those of
   * the file: `preprocess` checks them.
   * @throws ModelError `malformed` on damaged metadata
   */
  get preprocessing(): Preprocessing | undefined {
    return preprocessingOf(this.metadata, this.#inputs[0]);
  }
}
