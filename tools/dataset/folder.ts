// Owns finding samples in folders and tables: which files, in which order, of which class.
import { basename, dirname, isAbsolute, join } from 'node:path';
import { ModelError } from 'zeropoint';
import { fileExists, isFolder, readFolder } from '../files';
import { quote } from '../quote';
import { type LabelTable, readLabelTable } from './labels';
import { countClasses, type Item, kindOf, type Source } from './source';

type Accepts = (name: string) => boolean;

/** Adds the files below `folder` to `names`, each with `prefix`. Symbolic links are followed, except to one of `above`: a circle. */
async function addFiles(names: string[], folder: string, accepts: Accepts, prefix: string, above: readonly string[]): Promise<void> {
  const { entries, real } = await readFolder(folder);
  if (above.includes(real)) return;
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path)))) {
      await addFiles(names, path, accepts, `${prefix}${entry.name}/`, [...above, real]);
    } else if (accepts(entry.name)) names.push(prefix + entry.name);
  }
}

/** Files below the folder whose names are accepted, with `/` between folders, sorted by code units; hidden ones are left out. */
export async function listFiles(folder: string, accepts: Accepts): Promise<string[]> {
  const names: string[] = [];
  await addFiles(names, folder, accepts, '', []);
  return names.sort();
}

/** Files below the folder that are samples by their names. */
export async function listSamples(folder: string): Promise<string[]> {
  return listFiles(folder, (name) => kindOf(name) !== undefined);
}

/**
 * Labels from folders: every sample lies in one of at least two folders, whose names are the classes. Folders named by numbers
 * give those numbers as labels; others are numbered in alphabetical order.
 */
function labelsOfFolders(names: readonly string[]): { labels: (number | undefined)[]; classNames?: string[] } {
  const folders = names.map((name) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : undefined));
  const classNames = [...new Set(folders)].sort();
  if (classNames.length < 2 || classNames.includes(undefined)) return { labels: folders.map(() => undefined) };
  if (classNames.every((name) => /^\d+$/.test(name!))) return { labels: folders.map(Number) };
  const numbers = new Map(classNames.map((name, index) => [name, index]));
  return { labels: folders.map((folder) => numbers.get(folder)), classNames: classNames as string[] };
}

function fileItem(root: string, name: string, label: number | undefined, where: string): Item {
  const kind = kindOf(name);
  if (kind === undefined) {
    throw new ModelError('bad-argument', `'${quote(name)}' is neither a picture nor .bin nor .npy by its ending`, { where });
  }
  return { name, kind, label, parts: [{ path: isAbsolute(name) ? name : join(root, name) }] };
}

/** Labels of a table for the given files, matched by whole name or, where that is unambiguous, by the last part of it. */
function labelsOfTable(names: readonly string[], { rows }: LabelTable, where: string): (number | undefined)[] {
  const byName = new Map(rows.map(({ file, label }) => [file, label]));
  const byBase = new Map(rows.map(({ file, label }) => [basename(file), label]));
  const short = byBase.size === rows.length ? byBase : new Map<string, number | undefined>();
  const labels = names.map((name) => (byName.has(name) ? byName.get(name) : short.get(basename(name))));
  if (labels.every((label) => label === undefined)) {
    throw new ModelError(
      'bad-argument',
      `labels none of the ${names.length} samples, as '${quote(names[0])}'; its first file is '${quote(rows[0].file)}'`,
      {
        where,
      },
    );
  }
  return labels;
}

/**
 * All pictures, `.bin` and `.npy` files below a folder. Labels come from `table`, else from a `labels.csv` in the folder, else from
 * the folders that the files lie in.
 */
export async function folderSource(folder: string, table: string | undefined): Promise<Source> {
  const names = await listSamples(folder);
  if (names.length === 0) throw new ModelError('bad-argument', 'holds no pictures, .bin or .npy files', { where: folder });
  const own = join(folder, 'labels.csv');
  const path = table ?? ((await fileExists(own)) ? own : undefined);
  if (path === undefined) {
    const { labels, classNames } = labelsOfFolders(names);
    const items = names.map((name, i) => fileItem(folder, name, labels[i], folder));
    return { items, classes: countClasses(items), classNames };
  }
  const read = await readLabelTable(path);
  const labels = labelsOfTable(names, read, path);
  return {
    items: names.map((name, i) => fileItem(folder, name, labels[i], path)),
    classes: countClasses(read.rows),
    classNames: read.classNames,
  };
}

/** The files of a table in its order; paths are relative to the table's folder. */
export async function tableSource(path: string): Promise<Source> {
  const { rows, classNames } = await readLabelTable(path);
  const items = rows.map(({ file, label }) => fileItem(dirname(path), file, label, path));
  return { items, classes: countClasses(items), classNames };
}
