// Owns class names: one per line, from a file or from the zip archive that TFLite's tools append to a model.
import { ModelError } from 'zeropoint';
import { Archive, hasEndRecord } from '../archive';
import { readBytes } from '../files';
import type { ModelMetadata } from './metadata';

/** Unpacked bytes of all label files of a model together. */
const maxLabelBytes = 1 << 22;

function parseLabels(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  return lines.map((line) => line.trim());
}

/** The archive appended to a model; undefined where there is none. @throws ModelError `malformed` on a damaged archive, `too-large` */
function openTrailer(trailer: Uint8Array): Archive | undefined {
  // Zero padding and other bytes without an end record are no archive.
  if (!hasEndRecord(trailer)) return undefined;
  return attempt(() => new Archive(trailer, maxLabelBytes));
}

function attempt<T>(body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    const code = cause.code === 'bad-data' ? 'malformed' : cause.code;
    throw new ModelError(code, `the label archive behind the model ${cause.message}; give --labels FILE`, { cause });
  }
}

/**
 * Class names for the model's outputs, by output index; undefined where there are none.
 * `file`, where given, serves every output. Otherwise the metadata name the archived file of each output; without them the archive's
 * only text file serves every output. Only these files are unpacked, to at most 4 MB together.
 * @throws ModelError `bad-argument` for a file that cannot be read, `malformed` on a damaged archive, `too-large`
 */
export async function readLabels(
  file: string | undefined,
  model: { trailer: Uint8Array; outputs: readonly unknown[] },
  metadata: ModelMetadata,
): Promise<(string[] | undefined)[]> {
  if (file !== undefined)
    return model.outputs.map(
      (
        (labels) => () =>
          labels
      )(parseLabels(await readBytes(file))),
    );
  const archive = openTrailer(model.trailer);
  if (!archive) return model.outputs.map(() => undefined);
  const texts = archive.names.filter((name) => name.endsWith('.txt'));
  const known = new Map<string, string[] | undefined>();
  return model.outputs.map((_, i) => {
    const name = metadata.outputs[i]?.labelFile ?? (texts.length === 1 ? texts[0] : undefined);
    if (name === undefined || !name.endsWith('.txt')) return undefined;
    if (!known.has(name)) {
      const bytes = attempt(() => archive.unpack(name));
      known.set(name, bytes && parseLabels(bytes));
    }
    return known.get(name);
  });
}
