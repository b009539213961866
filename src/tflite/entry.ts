// Owns following indices of the file into its lists.
import { ModelError } from '../errors';

/** The entry that `index` means; `kind` and `where` say of what and where the index was found. Throws `bad-index`. */
export function entryAt<T>(list: readonly T[], index: number, kind: string, where: string): T {
  if (index < 0 || index >= list.length) {
    throw new ModelError('bad-index', `${kind} ${index} does not exist, the model has ${list.length}`, { where });
  }
  return list[index];
}
