// Owns class names: from a file, or from the model's own archive.
import { ModelError } from 'zeropoint';
import { archivedLabels, parseLabels } from 'zeropoint/tasks';
import { inflate } from '../archive';
import { readBytes } from '../files';
import type { ModelMetadata } from './metadata';

/**
 * Checks that labels are classes. `labelled` is 1 + the largest label, `offset` is added to every one.
 * @throws ModelError `bad-argument` where the largest label is beyond the classes
 */
export function checkLabels(classes: number, labelled = 0, offset = 0): void {
  if (labelled + offset <= classes) return;
  const last = classes - 1 - offset;
  const advice =
    labelled + offset === classes + 1 ? 'labels that count from 1 need --label-offset -1' : 'check the labels, or give --label-offset';
  throw new ModelError(
    'bad-argument',
    `the data have the label ${labelled - 1}, and the network has ${classes} classes, labels 0 to ${last}; ${advice}`,
  );
}

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
