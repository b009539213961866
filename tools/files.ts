// Owns reading files with errors that say what to do, and writing them atomically.
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ModelError } from 'zeropoint';

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder; name a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file of that name is in the way',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

function failure(action: string, path: string, cause: unknown): ModelError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new ModelError('bad-argument', `cannot ${action} '${path}': ${reasons[code] ?? message}`, { cause });
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

/** A folder's entries, and its own path with symbolic links resolved. @throws ModelError `bad-argument` */
export async function readFolder(path: string): Promise<{ entries: Dirent[]; real: string }> {
  try {
    return { entries: await readdir(path, { withFileTypes: true }), real: await realpath(path) };
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

/**
 * Creates folders as needed; writes beside the target and renames, so that readers never see a part of the file.
 * @throws ModelError `bad-argument`
 */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
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
