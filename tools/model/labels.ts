// Owns class names: one per line, from a file or from the zip archive that TFLite's tools append to a model.
import { unzipSync } from 'fflate';
import { ModelError } from 'zeropoint';
import { readBytes } from '../files';
import type { ModelMetadata } from './metadata';

/** Bytes; larger files are not taken for labels. */
const maxLabelBytes = 1 << 22;
/** Bytes of a model before an archive whose offsets count from the model's start; bounds what `rebase` allocates. */
const maxLeadingBytes = 1 << 28;

function parseLabels(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  return lines.map((line) => line.trim());
}

/**
 * The bytes as an archive whose offsets count from its first byte. Archives inside models mostly count from the start of the model:
 * the end record (PKWARE APPNOTE 4.3.16) holds the directory's offset and size, and the directory ends where the end record begins, so
 * the difference is the length of what comes before.
 */
function rebase(trailer: Uint8Array): Uint8Array | undefined {
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  for (let at = trailer.length - 22; at >= 0 && at >= trailer.length - 22 - 65535; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const missing = view.getUint32(at + 16, true) - (at - view.getUint32(at + 12, true));
    if (missing <= 0) return trailer.subarray(-missing);
    if (missing > maxLeadingBytes) return undefined;
    const whole = new Uint8Array(missing + trailer.length);
    whole.set(trailer, missing);
    return whole;
  }
  return undefined;
}

/** Text files of the archive appended to a model, by name. @throws ModelError `malformed` on a damaged archive */
function archivedText(trailer: Uint8Array): Record<string, Uint8Array> {
  const archive = rebase(trailer);
  if (!archive) return {};
  try {
    return unzipSync(archive, { filter: ({ name, originalSize }) => name.endsWith('.txt') && originalSize <= maxLabelBytes });
  } catch (cause) {
    throw new ModelError('malformed', `the label archive behind the model is damaged; give --labels FILE`, { cause });
  }
}

/**
 * Class names for the model's outputs, by output index; undefined where there are none.
 * `file`, where given, serves every output. Otherwise the metadata name the archived file of each output; without them the archive's
 * only text file serves every output.
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
  const files = archivedText(model.trailer);
  const names = Object.keys(files);
  return model.outputs.map((_, i) => {
    const name = metadata.outputs[i]?.labelFile ?? (names.length === 1 ? names[0] : undefined);
    return name !== undefined && Object.hasOwn(files, name) ? parseLabels(files[name]) : undefined;
  });
}
