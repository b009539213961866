// Owns class names: one per line, in the zip archive that TFLite's tools append to a model.
import { ModelError } from '../errors';
import { Archive, hasEndRecord, type Inflate } from './archive';
import { decodeText } from './text';
import type { TfliteMetadata } from './tflite-metadata';

/** Unpacked bytes of all label files of a model together. */
const maxLabelBytes = 1 << 22;

/** The properties of a model that hold its labels. */
export interface LabelledModel {
  readonly trailer: Uint8Array;
  readonly outputs: readonly unknown[];
}

/** Names of the dictionary `names` in Ultralytics' record of an export: JSON, or Python's text of a dictionary; undefined for other texts. */
function namesOfRecord(text: string): string[] | undefined {
  const names = /^\s*\{.*?['"]names['"]\s*:\s*\{([^}]*)\}/s.exec(text)?.[1];
  if (names === undefined) return undefined;
  const labels: string[] = [];
  for (const [, index, single, double] of names.matchAll(/['"]?(\d+)['"]?\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)) {
    if (Number(index) === labels.length) labels.push(single ?? double);
  }
  return labels;
}

/** One name per line, empty lines at the end left out; or the names of Ultralytics' record of an export. */
export function parseLabels(bytes: Uint8Array): string[] {
  const text = decodeText(bytes);
  const names = namesOfRecord(text);
  if (names) return names;
  const lines = text.split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  return lines.map((line) => line.trim());
}

function attempt<T>(body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    const code = cause.code === 'bad-data' ? 'malformed' : cause.code;
    throw new ModelError(code, `the label archive behind the model ${cause.message}; give labels yourself`, { cause });
  }
}

/**
 * Class names for the model's outputs, by output index; undefined where there are none. The metadata name the archived file of each
 * output; without them the archive's only text file serves every output. Only these files are unpacked, to at most 4 MB together;
 * without `inflate` they must be stored uncompressed.
 * @throws ModelError `malformed` on a damaged archive, `too-large`
 */
export function archivedLabels(model: LabelledModel, metadata: TfliteMetadata, inflate?: Inflate): (string[] | undefined)[] {
  // Zero padding and other bytes without an end record are no archive.
  if (!hasEndRecord(model.trailer)) return model.outputs.map(() => undefined);
  const archive = attempt(() => new Archive(model.trailer, maxLabelBytes, inflate));
  const texts = archive.names.filter((name) => /\.txt$|^metadata\.json$/.test(name));
  const known = new Map<string, string[] | undefined>();
  return model.outputs.map((_, i) => {
    const name = metadata.outputs[i]?.labelFile ?? (texts.length === 1 ? texts[0] : undefined);
    if (name === undefined || !texts.includes(name)) return undefined;
    if (!known.has(name)) {
      const bytes = attempt(() => archive.unpack(name));
      known.set(name, bytes && parseLabels(bytes));
    }
    return known.get(name);
  });
}
