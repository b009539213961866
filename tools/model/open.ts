// Owns opening a model by its path, as every command does first.

import type { Model } from 'zeropoint';
import { load } from 'zeropoint/float';
import { readBytes } from '../files';

/** The model, ready to run, and its file's size. @throws ModelError with the path in front where the file is no model that runs */
export async function openModel(path: string): Promise<{ model: Model; bytes: Uint8Array }> {
  const bytes = await readBytes(path);
  return { model: await load(bytes), bytes };
}
