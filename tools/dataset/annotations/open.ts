// Owns opening labels that lie beside pictures: a COCO file, or a folder of XML, text or PNG files named like the pictures.
import { basename, join } from 'node:path';
import { ModelError } from 'zeropoint';
import { isFolder, readBytes } from '../../files';
import { addHashes, sha256 } from '../../hash';
import { listFiles } from '../folder';
import { checkItemCount } from '../source';
import { type Annotations, ByName, type Category, type LabelledObject, type MaskLabels, type ObjectLabels } from './annotations';
import { readCoco } from './coco';
import { readIndexPng } from './index-png';
import { readVoc, type VocObject } from './voc';
import { readYolo } from './yolo';

/** Text files beside labels that list names of classes or say what is there. */
const notLabels = /^(classes|labels|readme|licen[cs]e)[^/]*\.txt$/i;

const endings = ['.xml', '.txt', '.png'] as const;
type Ending = (typeof endings)[number];

const endingOf = (name: string): Ending | undefined =>
  notLabels.test(name) ? undefined : endings.find((ending) => name.toLowerCase().endsWith(ending));

async function hashFiles(folder: string, names: readonly string[]): Promise<string> {
  const hashes: string[] = [];
  for (const name of names) hashes.push(sha256(`${name}\n`, await readBytes(join(folder, name))));
  return addHashes(hashes);
}

async function vocLabels(folder: string, names: readonly string[]): Promise<Omit<ObjectLabels, 'where' | 'sha256' | 'first'>> {
  const byName = new ByName<Awaited<ReturnType<typeof readVoc>>>();
  const classes = new Set<string>();
  for (const name of names) {
    const objects = await readVoc(join(folder, name));
    byName.set(name, objects);
    for (const object of objects({ width: 1, height: 1 })) classes.add(object.name);
  }
  const categories: Category[] = [...classes].sort().map((name, id) => ({ id, name }));
  const ids = new Map(categories.map(({ id, name }) => [name, id]));
  const numbered = ({ name, ...object }: VocObject): LabelledObject => ({ category: ids.get(name)!, ...object });
  return { kind: 'objects', format: 'voc', categories, of: (name, size) => byName.get(name)?.(size).map(numbered) };
}

/** Pictures without objects need no file. */
async function yoloLabels(folder: string, names: readonly string[]): Promise<Omit<ObjectLabels, 'where' | 'sha256' | 'first'>> {
  const byName = new ByName<LabelledObject[]>();
  const classes = new Set<number>();
  for (const name of names) {
    const objects = await readYolo(join(folder, name));
    byName.set(name, objects);
    for (const { category } of objects) classes.add(category);
  }
  const categories = [...classes].sort((a, b) => a - b).map((id) => ({ id }));
  return { kind: 'objects', format: 'yolo', categories, of: (name) => byName.get(name) ?? [] };
}

function maskLabels(folder: string, names: readonly string[]): Omit<MaskLabels, 'where' | 'sha256' | 'first'> {
  const byName = new ByName<string>();
  for (const name of names) byName.set(name, join(folder, name));
  return {
    kind: 'masks',
    async of(name) {
      const path = byName.get(name);
      return path === undefined ? undefined : readIndexPng(await readBytes(path), path);
    },
  };
}

/** Whether --labels names labels beside pictures, and no table of classes. */
export async function isAnnotations(path: string): Promise<boolean> {
  return /\.json$/i.test(path) || isFolder(path);
}

/**
 * Opens a `.json` in COCO's format, or a folder of `.xml` files of PASCAL VOC, `.txt` files of YOLO, or `.png` files whose pixels are classes.
 * @throws ModelError `bad-argument` where there are none, or of several kinds; `bad-data` with file and line of what is damaged
 */
export async function openAnnotations(path: string): Promise<Annotations> {
  if (!(await isFolder(path))) return readCoco(path);
  const names = await listFiles(path, (name) => endingOf(name) !== undefined);
  checkItemCount(names.length, path);
  const kinds = endings.filter((ending) => names.some((name) => endingOf(basename(name)) === ending));
  if (kinds.length === 0) {
    throw new ModelError('bad-argument', 'holds no labels: .xml of PASCAL VOC, .txt of YOLO, or .png of classes', { where: path });
  }
  if (kinds.length > 1)
    throw new ModelError('bad-argument', `holds ${kinds.join(' and ')} files; put the labels into a folder of their own`, { where: path });
  const files = { where: path, sha256: await hashFiles(path, names), first: names[0] };
  if (kinds[0] === '.png') return { ...maskLabels(path, names), ...files };
  return { ...(kinds[0] === '.xml' ? await vocLabels(path, names) : await yoloLabels(path, names)), ...files };
}
