// Owns the files of a TensorFlow.js model: model.json, and the shards beside it that it names.
import { dirname, join, relative } from 'node:path';
import { ModelError } from 'zeropoint';
import { fileExists, fileSize, readBytes, realPath } from '../../files';
import { quote } from '../../quote';
import { readModelFile } from './model';
import { requireLength, shardName } from './weights';

/** Name of the file that a folder is opened by. */
export const modelFileName = 'model.json';

/** Files of one model. */
const maxShards = 4096;

/** @throws ModelError `bad-argument` for a path that could lead out of the folder of model.json */
function requireInside(path: string): void {
  const parts = path.split('/');
  const isPlain = path !== '' && !/[\\:\0]/.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPlain)
    throw new ModelError('bad-argument', 'it leads out of the folder of model.json; shards must lie in it', { where: shardName(path) });
}

/** The file of a shard, links resolved. @throws ModelError `bad-argument` where it is missing or lies elsewhere */
async function locate(folder: string, path: string): Promise<string> {
  requireInside(path);
  if (!(await fileExists(join(folder, path))))
    throw new ModelError(
      'bad-argument',
      'weights of model.json are in it, and it is not beside model.json; download all shards into that folder',
      { where: shardName(path) },
    );
  const file = await realPath(join(folder, path));
  const inside = relative(folder, file);
  if (inside.startsWith('..') || inside === '')
    throw new ModelError('bad-argument', 'it is a link out of the folder of model.json', { where: shardName(path) });
  return file;
}

/**
 * Reads the shards of the model.json at `path`, whose bytes are `model`; each is read once, and only where the files of a group are as long
 * as its weights.
 * @returns bytes by the paths in the weights manifest, in its order
 * @throws ModelError `bad-argument` for files that cannot be read or lie outside the folder, `malformed`, `too-large`
 */
export async function readShards(path: string, model: Uint8Array): Promise<Map<string, Uint8Array>> {
  const { groups } = readModelFile(model);
  const paths = new Set(groups.flatMap((group) => group.paths));
  if (paths.size > maxShards)
    throw new ModelError('too-large', `its weights lie in ${paths.size} files; ${maxShards} are the most`, { where: quote(path) });
  const folder = await realPath(dirname(path));
  const files = new Map<string, { file: string; size: number }>();
  for (const shard of paths) {
    const file = await locate(folder, shard);
    files.set(shard, { file, size: await fileSize(file) });
  }
  for (const group of groups)
    requireLength(
      group,
      group.paths.reduce((sum, shard) => sum + files.get(shard)!.size, 0),
    );
  const shards = new Map<string, Uint8Array>();
  for (const [shard, { file }] of files) shards.set(shard, await readBytes(file));
  return shards;
}
