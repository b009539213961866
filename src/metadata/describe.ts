// Owns what a loaded model's file says of labels and preprocessing, wherever it says it: the project's own record first, then TFLite's metadata.
import type { Metadata, Value } from '../graph/graph';
import { type Preprocessing, rawPixels } from '../pixels/preprocessing';
import { archivedLabels } from './labels';
import { readRecorded } from './recorded';
import { readTfliteMetadata } from './tflite-metadata';

/**
 * Names for each of `outputs` outputs, by class index; undefined where the file has none.
 * @throws ModelError `malformed` on damaged metadata or archives, `too-large`
 */
export function labelsOf(
  { metadata, trailer }: { readonly metadata: readonly Metadata[]; readonly trailer: Uint8Array },
  outputs: number,
): (readonly string[] | undefined)[] {
  const { labels } = readRecorded(metadata);
  const archived = archivedLabels({ trailer, outputs: Array.from({ length: outputs }) }, readTfliteMetadata(metadata));
  return labels ? [labels, ...archived.slice(1)] : archived;
}

/**
 * How pictures become input `index`, which has this dtype: recorded by the quantizer, else for 8-bit inputs the pixels as they are, and for
 * others the normalization of TFLite's metadata; undefined where the file does not say. What is recorded is not checked.
 * @throws ModelError `malformed` on damaged metadata
 */
export function preprocessingOf(metadata: readonly Metadata[], dtype: Value['dtype'] | undefined, index = 0): Preprocessing | undefined {
  const recorded = index === 0 ? readRecorded(metadata).preprocessing : undefined;
  if (recorded) return recorded;
  if (dtype === 'uint8' || dtype === 'int8') return rawPixels;
  return readTfliteMetadata(metadata).inputs[index]?.normalization;
}
