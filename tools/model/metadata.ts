// Owns what a model says of its inputs and outputs: the quantizer's entry and TFLite's model metadata.
import type { Preprocessing } from 'zeropoint/image';
import { readTfliteMetadata, type TensorMetadata as TfliteTensorMetadata } from 'zeropoint/tasks';
import { readProvenance } from './provenance';

/** Metadata of one input or output; members that the file does not have are absent. */
export interface TensorMetadata extends TfliteTensorMetadata {
  /** How pictures become this input, as recorded by the quantizer. */
  preprocessing?: Preprocessing;
}

export interface ModelMetadata {
  inputs: TensorMetadata[];
  outputs: TensorMetadata[];
}

/**
 * Reads the quantizer's entry and TFLITE_METADATA among a model's metadata; without them, both lists are empty.
 * @throws ModelError `malformed` on damaged metadata
 */
export function readMetadata(entries: readonly { name: string; data: Uint8Array }[]): ModelMetadata {
  const { inputs, outputs } = readTfliteMetadata(entries);
  const preprocessing = readProvenance(entries)?.preprocessing;
  // The quantizer records preprocessing for networks with one input.
  return preprocessing ? { inputs: [{ ...inputs[0], preprocessing }, ...inputs.slice(1)], outputs } : { inputs, outputs };
}
