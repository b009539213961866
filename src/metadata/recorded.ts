// Owns the project's own entry in a file: how pictures become its input, and its labels, as JSON that the quantizer or the imprinting wrote.
import { ModelError } from '../errors';
import type { Metadata } from '../graph/graph';
import type { Preprocessing } from '../pixels/preprocessing';
import { decodeUtf8 } from '../tflite/utf8';

/** Name of the entry among the file's metadata; its data are JSON, UTF-8, `{ "version": 1, ... }`. */
export const recordName = 'zeropoint';

export interface Recorded {
  /** As the file has it: parsePreprocessing and `preprocess` check it. */
  readonly preprocessing?: Preprocessing;
  /** Of the first output. */
  readonly labels?: readonly string[];
}

function parse(data: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(decodeUtf8(data));
    if (typeof value === 'object' && value !== null && (value as { version?: unknown }).version === 1)
      return value as Record<string, unknown>;
  } catch (cause) {
    throw new ModelError('malformed', `the metadata entry '${recordName}' is no JSON; give preprocessing and labels yourself`, { cause });
  }
  throw new ModelError('malformed', `the metadata entry '${recordName}' is of another version; update zeropoint`);
}

/**
 * What the entry says; `{}` for files without one.
 * @throws ModelError `malformed` on a damaged entry
 */
export function readRecorded(entries: readonly Metadata[]): Recorded {
  const entry = entries.find(({ name }) => name === recordName);
  if (!entry) return {};
  const { preprocessing, labels } = parse(entry.data);
  if (labels !== undefined && !(Array.isArray(labels) && labels.every((label) => typeof label === 'string')))
    throw new ModelError('malformed', `labels of the metadata entry '${recordName}' are no list of texts`);
  return { preprocessing, labels } as Recorded;
}

/** An entry for `Graph.metadata`. */
export function recordedEntry(recorded: Recorded): Metadata {
  return { name: recordName, data: new TextEncoder().encode(JSON.stringify({ version: 1, ...recorded })) };
}
