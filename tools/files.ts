// Owns reading files with errors that say what to do, and writing them atomically.
import { closeSync, constants, type Dirent, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { access, mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { ModelError } from 'zeropoint';

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file; check the path'],
  ['EACCES', 'permission is denied'],
  ['EPERM', 'permission is denied'],
  ['EISDIR', 'it is a folder; name a file'],
  ['ENOTDIR', 'a part of the path is a file, not a folder'],
  ['EEXIST', 'a file of that name is in the way'],
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the disk is read-only'],
]);

function failure(action: string, path: string, cause: unknown): ModelError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new ModelError('bad-argument', `cannot ${action} '${path}': ${reasons.get(code) ?? message}`, { cause });
}

/** The whole file. @throws ModelError `bad-argument` */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw failure('read', path, cause);
  }
}

/** Bytes `offset` to `offset + length` of a file, fewer where it ends before. @throws ModelError `bad-argument` */
export async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw failure('read', path, cause);
  }
}

/** A file that is read in parts while its reader is not asynchronous. */
interface FileParts {
  /** Its path with symbolic links resolved. */
  readonly id: string;
  readonly bytes: number;
  /** Bytes `offset` to `offset + length`, fewer where the file ends before. @throws ModelError `bad-argument` */
  read(offset: number, length: number): Uint8Array;
}

/**
 * Opens files by paths relative to the folder of `path`.
 * @throws ModelError `bad-argument` for what is no file, or lies outside of the folder once symbolic links are resolved
 */
export function filesBeside(path: string): (relative: string) => FileParts {
  return (relative) => {
    const named = join(dirname(path), relative);
    try {
      const id = realpathSync(named);
      const folder = realpathSync(dirname(path));
      if (!id.startsWith(folder.endsWith(sep) ? folder : folder + sep)) throw new Error(`it leads out of the folder of '${path}'`);
      const found = statSync(id);
      if (!found.isFile()) throw new Error('it is no file');
      return { id, bytes: found.size, read: (offset, length) => readPart(id, offset, length) };
    } catch (cause) {
      throw failure('read', named, cause);
    }
  };
}

function readPart(path: string, offset: number, length: number): Uint8Array {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = new Uint8Array(length);
      let done = 0;
      // One call reads at most 2 GB.
      for (let read = -1; read !== 0 && done < length; done += read)
        read = readSync(file, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
      return bytes.subarray(0, done);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw failure('read', path, cause);
  }
}

/** A folder's entries, and its own path with symbolic links resolved. @throws ModelError `bad-argument` */
export async function readFolder(path: string): Promise<{ entries: Dirent[]; real: string }> {
  try {
    return { entries: await readdir(path, { withFileTypes: true }), real: await realpath(path) };
  } catch (cause) {
    throw failure('read', path, cause);
  }
}

/** The path with symbolic links resolved. @throws ModelError `bad-argument` */
export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw failure('read', path, cause);
  }
}

/** Bytes of a file. @throws ModelError `bad-argument` */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw failure('read', path, cause);
  }
}

/** Whether the path is a folder or a symbolic link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** The error of a stream that could not read a file. */
export const readFailure = (path: string, cause: unknown): ModelError => failure('read', path, cause);

/** Streams take bytes as they are written: pipes, and the process's own standard output. */
export type TargetKind = 'file' | 'stream';

/** Paths of open streams of the process, in Linux and macOS. */
const openStreams = /^(\/dev\/(stdout|stderr|fd\/\d+)|\/proc\/self\/fd\/\d+)$/;

async function checkFolder(folder: string, path: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  // Missing folders are created when the file is written.
  if (!found) return dirname(folder) === folder ? undefined : checkFolder(dirname(folder), path);
  if (!found.isDirectory()) throw failure('write', path, { code: 'ENOTDIR' });
  await access(folder, constants.W_OK | constants.X_OK).catch((cause) => {
    throw failure('write', path, cause);
  });
}

/**
 * What `writeBytes` would write to; called before long work, so that its result has a place.
 * @throws ModelError `bad-argument` for folders, devices, and places where nothing can be written
 */
export async function checkTarget(path: string): Promise<TargetKind> {
  if (openStreams.test(path)) return 'stream';
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw failure('write', path, { code: 'EISDIR' });
  if (found?.isFIFO()) return 'stream';
  if (found && !found.isFile()) throw failure('write', path, { message: 'it is a device or socket; name a file' });
  if (found) {
    await access(path, constants.W_OK).catch((cause) => {
      throw failure('write', path, cause);
    });
  }
  await checkFolder(dirname(path), path);
  return 'file';
}

/** Checks that files can be written into a folder, which need not exist. @throws ModelError `bad-argument` */
export function checkTargetFolder(folder: string): Promise<void> {
  return checkFolder(folder, folder);
}

/**
 * Creates folders as needed; writes beside the target and renames, so that readers never see a part of the file. Symbolic links stay, and
 * what they point to is replaced. Pipes are written to.
 * @throws ModelError `bad-argument`, as checkTarget does
 */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  if ((await checkTarget(path)) === 'stream') {
    return writeFile(path, bytes, { flag: 'a' }).catch((cause) => {
      throw failure('write', path, cause);
    });
  }
  const target = await realpath(path).catch(() => path);
  const temporary = `${target}.${crypto.randomUUID()}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw failure('write', path, cause);
  }
}

/** The file's JSON. @throws ModelError `bad-argument` where there is no file, `bad-data` where it is not JSON */
export async function readJson(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(path));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError('bad-data', `is not JSON: ${(cause as Error).message}`, { where: path, cause });
  }
}

/** As `writeBytes`, in UTF-8. */
export function writeText(path: string, text: string): Promise<void> {
  return writeBytes(path, new TextEncoder().encode(text));
}

/** Removes a file if it exists. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Whether there is a file or folder of that name. */
export async function fileExists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
