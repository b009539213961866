// Owns tables of files and labels: CSV to label per file name.
import { parse } from 'csv-parse/sync';
import { ModelError } from '../../src/errors';
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

const isIndex = (text: string): boolean => /^\d+$/.test(text);

function parseRows(text: string, where: string): string[][] {
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    throw new ModelError('bad-argument', `is no CSV: ${(cause as Error).message}`, { where, cause });
  }
}

/** Columns of file and label: by their heads, otherwise the first and the last. Without a label column, the files alone. */
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
 * alphabetical order; an empty label is none.
 * @throws ModelError `bad-argument`
 */
export async function readLabelTable(path: string): Promise<LabelTable> {
  const lines = parseRows(new TextDecoder().decode(await readBytes(path)), path);
  if (lines.length === 0) throw new ModelError('bad-argument', 'is empty; give lines of file,label', { where: path });
  const columns = chooseColumns(lines[0]);
  const rows = lines
    .slice(columns.hasHead ? 1 : 0)
    .map((cells) => ({ file: cells[columns.file] ?? '', label: cells[columns.label] ?? '' }));
  const labels = rows.map(({ label }) => label).filter((label) => label !== '');
  if (labels.every(isIndex)) {
    return { rows: rows.map(({ file, label }) => (label === '' ? { file } : { file, label: Number(label) })) };
  }
  const classNames = [...new Set(labels)].sort();
  const numbers = new Map(classNames.map((name, index) => [name, index]));
  return { rows: rows.map(({ file, label }) => ({ file, label: numbers.get(label) })), classNames };
}
