// Owns what the arguments of `zeropoint run` stand for: files, folders, patterns, standard input, addresses.
import { basename, join } from 'node:path';
import { ModelError } from 'zeropoint';
import { listSamples } from '../dataset/folder';
import { kindOf } from '../dataset/source';
import { download, isAddress } from '../download';
import { fileExists, isFolder, readBytes } from '../files';
import { expandGlob, isGlob } from '../glob';
import type { Terminal } from '../terminal/terminal';

/** One file that the model runs on. */
export interface InputFile {
  /** As it was given, or found. */
  readonly name: string;
  /** Its name below a folder of results. */
  readonly shortName: string;
  /** Its bytes may be a tensor's although its name does not end in `.bin`, since it has none. */
  readonly isNameless: boolean;
  read(): Promise<Uint8Array>;
}

const fileInput = (path: string, shortName = basename(path)): InputFile => ({
  name: path,
  shortName,
  isNameless: false,
  read: () => readBytes(path),
});

function addressInput(address: string): InputFile {
  const last = URL.canParse(address) ? new URL(address).pathname.split('/').pop() : undefined;
  return { name: address, shortName: last || 'download', isNameless: !/\.bin$/i.test(last ?? ''), read: () => download(address) };
}

function standardInput({ readInput }: Pick<Terminal, 'readInput'>): InputFile {
  const read = async (): Promise<Uint8Array> => {
    if (!readInput) throw new ModelError('bad-argument', '- reads standard input, and nothing is piped into it; name a file');
    const bytes = await readInput();
    if (bytes.length === 0)
      throw new ModelError('bad-argument', 'standard input is empty; pipe a picture or the bytes of a tensor into it');
    return bytes;
  };
  return { name: '-', shortName: 'stdin', isNameless: true, read };
}

async function folderInputs(folder: string): Promise<InputFile[]> {
  const names = (await listSamples(folder)).filter((name) => kindOf(name) !== 'array');
  if (names.length === 0) throw new ModelError('bad-argument', 'the folder holds no pictures and no .bin files', { where: folder });
  return names.map((name) => fileInput(join(folder, name), name));
}

async function inputsOf(argument: string, terminal: Pick<Terminal, 'readInput'>): Promise<InputFile[]> {
  if (argument === '-') return [standardInput(terminal)];
  if (isAddress(argument)) return [addressInput(argument)];
  if (await isFolder(argument)) return folderInputs(argument);
  if (!isGlob(argument) || (await fileExists(argument))) return [fileInput(argument)];
  const paths = await expandGlob(argument);
  if (paths.length === 0) throw new ModelError('bad-argument', `no file matches '${argument}'; check the folder and the ending`);
  const found = await Promise.all(paths.map(async (path) => ((await isFolder(path)) ? [] : [fileInput(path)])));
  return found.flat();
}

/**
 * The files of all arguments, in their order: those below a folder and those that match a pattern sorted by name.
 * @throws ModelError `bad-argument` for folders and patterns without files, and for standard input that is given twice
 */
export async function expandInputs(given: readonly string[], terminal: Pick<Terminal, 'readInput'>): Promise<InputFile[]> {
  if (given.filter((argument) => argument === '-').length > 1)
    throw new ModelError('bad-argument', '- is given twice, and standard input can be read once; name files');
  return (await Promise.all(given.map((argument) => inputsOf(argument, terminal)))).flat();
}
