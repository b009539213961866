// Owns class names: one per line, from a file or from the zip archive that TFLite's tools append to a model.
import { unzipSync } from 'fflate';
import { ModelError } from 'zeropoint';
import { readBytes } from '../files';
import type { ModelMetadata } from './metadata';

/** A label file larger than this is none. */
const mostLabelBytes = 1 << 22;
/** An archive may count its offsets from the start of a model no larger than this. */
const mostLeadingBytes = 1 << 28;

function parseLabels(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  return lines.map((line) => line.trim());
}

/**
 * The bytes as an archive whose offsets count from its first byte. Archives inside models mostly count from the start of the model:
 * the end record (PKWARE APPNOTE 4.3.16) tells where the directory claims to be, and it ends where the end record begins.
 */
function rebase(trailer: Uint8Array): Uint8Array | undefined {
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  for (let at = trailer.length - 22; at >= 0 && at >= trailer.length - 22 - 65535; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const missing = view.getUint32(at + 16, true) - (at - view.getUint32(at + 12, true));
    if (missing <= 0) return trailer.subarray(-missing);
    if (missing > mostLeadingBytes) return undefined;
    const whole = new Uint8Array(missing + trailer.length);
    whole.set(trailer, missing);
    return whole;
  }
  return undefined;
}

/** Text files of the archive behind a model, by name. @throws ModelError `malformed` on a damaged archive */
function archivedText(trailer: Uint8Array): Record<string, Uint8Array> {
  const archive = rebase(trailer);
  if (!archive) return {};
  try {
    return unzipSync(archive, { filter: ({ name, originalSize }) => name.endsWith('.txt') && originalSize <= mostLabelBytes });
  } catch (cause) {
    throw new ModelError('malformed', `the label archive behind the model is damaged; give --labels FILE`, { cause });
  }
}

/**
 * Class names for the model's outputs, by output index; undefined where there are none.
 * A file named by the user serves every output. Otherwise the metadata says which archived file belongs to which output,
 * and an archive with a single text file needs no metadata.
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
