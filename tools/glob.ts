// Owns patterns of file names, for shells that do not expand them: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any depth of folders.
import { join } from 'node:path';
import { fileExists, isFolder, readFolder } from './files';

const magic = /[*?[{]/;

/** Whether a path could be a pattern; files of that very name come first. */
export const isGlob = (path: string): boolean => magic.test(path);

/** `a{b,c}d` is abd and acd; braces may stand in braces. Braces without a comma stay. */
function alternatives(pattern: string): string[] {
  const inner = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (!inner) return [pattern];
  const [before, after] = [pattern.slice(0, inner.index), pattern.slice(inner.index + inner[0].length)];
  return inner[1].split(',').flatMap((choice) => alternatives(before + choice + after));
}

/** One name between separators. Hidden names match only patterns that begin with a dot. */
function namePattern(segment: string): RegExp {
  const source = segment.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (part, not: string | undefined, set: string | undefined) => {
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\^\]]/g, '\\$&')}]`;
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${segment.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 'su');
}

/** Folders below `folder`, itself included. Symbolic links to folders are not followed, since they may lead back. */
async function foldersBelow(folder: string): Promise<string[]> {
  const { entries } = await readFolder(folder || '.');
  const inner = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return [folder, ...(await Promise.all(inner.map(({ name }) => foldersBelow(join(folder, name))))).flat()];
}

async function walk(folder: string, segments: readonly string[]): Promise<string[]> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return (await fileExists(folder)) ? [folder] : [];
  if (segment === '**') {
    const below = await foldersBelow(folder);
    const found = await Promise.all(below.map((path) => walk(path, rest.length > 0 ? rest : ['*'])));
    return found.flat();
  }
  if (!magic.test(segment)) return walk(folder === '' && segment === '' ? '/' : join(folder, segment), rest);
  if (!(await isFolder(folder || '.'))) return [];
  const pattern = namePattern(segment);
  const { entries } = await readFolder(folder || '.');
  const names = entries.map(({ name }) => name).filter((name) => pattern.test(name));
  return (await Promise.all(names.map((name) => walk(join(folder, name), rest)))).flat();
}

/**
 * Paths that match, sorted by code units, each once. The separator is `/`, on Windows `\` as well.
 * @throws ModelError `bad-argument` for folders that cannot be read
 */
export async function expandGlob(pattern: string): Promise<string[]> {
  const separator = process.platform === 'win32' ? /[\\/]+/ : /\/+/;
  const found = await Promise.all(alternatives(pattern).map((one) => walk('', one.split(separator))));
  return [...new Set(found.flat())].sort();
}
