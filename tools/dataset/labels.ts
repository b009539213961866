// Owns tables of files and labels: CSV to label per file name.
import { parse } from 'csv-parse/sync';
import { ModelError } from 'zeropoint';
import { readBytes } from '../files';

/** One line of a table; `label` is a number where the table has one. */
export interface LabelledFile {
  readonly file: string;
  readonly label?: number;
}

export interface LabelTable {
  readonly rows: readonly LabelledFile[];
  /** Names of the classes by label, for tables that name classes instead of numbering them: the names in alphabetical order. */
  readonly classNames?: readonly string[];
}

const fileHeads = ['file', 'filename', 'file_name', 'path', 'image', 'picture', 'name'];
const labelHeads = ['class_index', 'label', 'class', 'target', 'y'];

/** Larger numbers are not class indices but other identifiers. */
const isIndex = (text: string): boolean => /^\d{1,9}$/.test(text);
const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text));

function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ModelError('bad-argument', 'is no text in UTF-8; save it as CSV in UTF-8', { where, cause });
  }
}

function parseRows(text: string, where: string): string[][] {
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    // What follows in the library's message quotes the file.
    const [reason] = (cause as Error).message.split(/,? value is/);
    throw new ModelError('bad-argument', `is no CSV: ${reason}`, { where, cause });
  }
}

/** Indices of the columns of file and label: by their heads, else the first and the last; label is undefined with one column. */
function chooseColumns(head: readonly string[]): { hasHead: boolean; file: number; label: number } {
  const names = head.map((name) => name.toLowerCase());
  const file = names.findIndex((name) => fileHeads.includes(name));
  const hasHead = file >= 0;
  const named = labelHeads.map((name) => names.indexOf(name)).find((column) => column >= 0);
  return { hasHead, file: Math.max(file, 0), label: (hasHead ? named : undefined) ?? (head.length > 1 ? head.length - 1 : -1) };
}

/**
 * Reads a table such as
 *
 *     file,class_index
 *     tench.jpg,0
 *
 * with any order of columns, or without a head: file first, label last. Labels are class indices, or names, which are numbered in
 * alphabetical order; an empty label means that the file has none.
 * @throws ModelError `bad-argument`
 */
export async function readLabelTable(path: string): Promise<LabelTable> {
  const lines = parseRows(decodeText(await readBytes(path), path), path);
  if (lines.length === 0) throw new ModelError('bad-argument', 'is empty; give lines of file,label', { where: path });
  const columns = chooseColumns(lines[0]);
  const rows = lines
    .slice(columns.hasHead ? 1 : 0)
    .map((cells) => ({ file: cells[columns.file] ?? '', label: cells[columns.label] ?? '' }));
  if (rows.length === 0) throw new ModelError('bad-argument', 'holds nothing but a head; give lines of file,label', { where: path });
  const labels = rows.map(({ label }) => label).filter((label) => label !== '');
  if (labels.every(isIndex)) {
    return { rows: rows.map(({ file, label }) => (label === '' ? { file } : { file, label: Number(label) })) };
  }
  const odd = labels.every(isNumber) ? rows.find(({ label }) => label !== '' && !isIndex(label)) : undefined;
  if (odd !== undefined) {
    throw new ModelError(
      'bad-argument',
      `the label of '${odd.file}' is ${odd.label}; give class indices from 0, names, or leave it empty`,
      {
        where: path,
      },
    );
  }
  const classNames = [...new Set(labels)].sort();
  const numbers = new Map(classNames.map((name, index) => [name, index]));
  return { rows: rows.map(({ file, label }) => ({ file, label: numbers.get(label) })), classNames };
}
