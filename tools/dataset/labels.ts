// Owns tables of files and labels: CSV to label per file name.
import { createReadStream } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { ModelError } from 'zeropoint';
import { readFailure, readRange } from '../files';
import { quote } from '../quote';
import { checkItemCount } from './source';

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
const isIndex = (text: string): boolean => /^\d{1,9}(\.0*)?$/.test(text);
const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text));

/** Characters and cells of a line; longer lines are refused. Names of files have a few hundred characters. */
const maxLineLength = 2 ** 16;
const maxCells = 1024;

/** UTF-8 bytes to text, piece by piece. */
function decoder(where: string): Transform {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes: Uint8Array | undefined, done: TransformCallback): void => {
    try {
      done(null, bytes ? utf8.decode(bytes, { stream: true }) : utf8.decode());
    } catch (cause) {
      done(new ModelError('bad-argument', 'is no text in UTF-8; save it as CSV in UTF-8', { where, cause }));
    }
  };
  return new Transform({
    readableObjectMode: true,
    transform: (bytes: Uint8Array, _, done) => decode(bytes, done),
    flush: (done) => decode(undefined, done),
  });
}

/** Bytes of the first line that the separator is found in. */
const headBytes = 4096;

/**
 * Tabs where the first line has one, semicolons where it has more of them than commas, as spreadsheets write where the comma is decimal.
 */
async function separatorOf(path: string): Promise<string> {
  const [line] = new TextDecoder().decode(await readRange(path, 0, headBytes)).split('\n', 1);
  if (line.includes('\t')) return '\t';
  return line.split(';').length > line.split(',').length ? ';' : ',';
}

/** The rows of a table, one after the other. @throws ModelError `bad-argument`, `too-large` */
async function* readRows(path: string): AsyncGenerator<string[]> {
  const delimiter = await separatorOf(path);
  const parser = parse({
    delimiter,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: maxLineLength,
  });
  let rows = 0;
  try {
    const stream = pipeline(createReadStream(path), decoder(path), parser);
    // A rejection before the loop ends is the loop's error as well.
    stream.catch(() => {});
    for await (const row of parser as AsyncIterable<string[]>) {
      if (row.length > maxCells)
        throw new ModelError('too-large', `has a line of ${row.length} cells; ${maxCells} are the most`, { where: path });
      checkItemCount(++rows, path);
      yield row;
    }
    await stream;
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    if (!(cause instanceof CsvError)) throw readFailure(path, cause);
    // What follows in the library's message quotes the file.
    const [reason] = cause.message.split(/,? value is/);
    const isLong = cause.code === 'CSV_MAX_RECORD_SIZE';
    const message = isLong ? `has a line of more than ${maxLineLength} characters; is it a table?` : `is no CSV: ${quote(reason)}`;
    throw new ModelError(isLong ? 'too-large' : 'bad-argument', message, { where: path, cause });
  }
}

/** With `/` between folders, and without `./` in front of it: tables made on Windows have `.\\a.jpg`. */
const plainPath = (file: string): string => file.replaceAll('\\', '/').replace(/^(\.\/)+/, '');

/** @throws ModelError `bad-argument` where a file has two labels */
function checkOneLabel(rows: readonly { readonly file: string; readonly label: string }[], where: string): void {
  const labels = new Map<string, string>();
  for (const { file, label } of rows) {
    const before = labels.get(file);
    if (before !== undefined && before !== label) {
      const both = `${quote(before || 'none')} and ${quote(label || 'none')}`;
      throw new ModelError('bad-argument', `gives '${quote(file)}' two labels, ${both}; leave one of them`, { where });
    }
    labels.set(file, label);
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
 * alphabetical order; an empty label means that the file has none. Cells are separated by commas, semicolons or tabs. Lines have at most
 * 65,536 characters and 1024 cells.
 * @throws ModelError `bad-argument`, `too-large`
 */
export async function readLabelTable(path: string): Promise<LabelTable> {
  let columns: ReturnType<typeof chooseColumns> | undefined;
  const rows: { file: string; label: string }[] = [];
  for await (const cells of readRows(path)) {
    const isFirst = columns === undefined;
    columns ??= chooseColumns(cells);
    if (!isFirst || !columns.hasHead) rows.push({ file: plainPath(cells[columns.file] ?? ''), label: cells[columns.label] ?? '' });
  }
  if (columns === undefined) throw new ModelError('bad-argument', 'is empty; give lines of file,label', { where: path });
  if (rows.length === 0) throw new ModelError('bad-argument', 'holds nothing but a head; give lines of file,label', { where: path });
  checkOneLabel(rows, path);
  const labels = rows.map(({ label }) => label).filter((label) => label !== '');
  if (labels.every(isIndex)) {
    return { rows: rows.map(({ file, label }) => (label === '' ? { file } : { file, label: Number(label) })) };
  }
  const odd = labels.every(isNumber) ? rows.find(({ label }) => label !== '' && !isIndex(label)) : undefined;
  if (odd !== undefined) {
    throw new ModelError(
      'bad-argument',
      `the label of '${quote(odd.file)}' is ${quote(odd.label)}; give class indices from 0, names, or leave it empty`,
      {
        where: path,
      },
    );
  }
  const classNames = [...new Set(labels)].sort();
  const numbers = new Map(classNames.map((name, index) => [name, index]));
  return { rows: rows.map(({ file, label }) => ({ file, label: numbers.get(label) })), classNames };
}
