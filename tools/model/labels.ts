// Owns class names: from a file, or from the model's own archive.
import { archivedLabels, parseLabels } from 'zeropoint/tasks';
import { inflate } from '../archive';
import { readBytes } from '../files';
import type { ModelMetadata } from './metadata';

/**
 * Class names for the model's outputs, by output index; undefined where there are none. `file`, where given, serves every output;
 * otherwise see archivedLabels.
 * @throws ModelError `bad-argument` for a file that cannot be read, `malformed` on a damaged archive, `too-large`
 */
export async function readLabels(
  file: string | undefined,
  model: { trailer: Uint8Array; outputs: readonly unknown[] },
  metadata: ModelMetadata,
): Promise<(string[] | undefined)[]> {
  if (file === undefined) return archivedLabels(model, metadata, inflate);
  const labels = parseLabels(await readBytes(file));
  return model.outputs.map(() => labels);
}
