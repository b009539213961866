// Owns the core's Copy descriptor: spans of channels from one layout to another, optionally through a table or by slopes.
import type { Value } from '../graph/graph';
import { zeroPointOf } from '../quant/params';
import { imageFields, origin, strides } from './fields';
import { core } from './formats/centred';
import type { Layout } from './layout';
import type { Lowering } from './lowering';
import type { Address } from './region';
import { type Slopes, slopeConstants } from './slopes';
import type { Image } from './step';

/** Centred results by code: entry i belongs to input code i (uint8) or i - 128 (int8). */
export type CentredTable = Int16Array;

/** Byte offsets of the input pixel for every output row or column. */
interface Offsets {
  /** Determines the offsets. */
  readonly key: string;
  readonly count: number;
  readonly at: (index: number) => number;
}

function consecutive(count: number, bytes: number): Offsets {
  return { key: `${bytes}`, count, at: (i) => i * bytes };
}

interface CopyOptions {
  /** Byte offset of the input pixel for every output row and column; absent: those of the input in order. */
  readonly rows?: Offsets;
  readonly columns?: Offsets;
  /** Where the first pixel goes; absent: the output's origin. */
  readonly output?: Address;
  readonly table?: CentredTable;
  /** Of the table's function, where it has two; they are used instead where they are exact. */
  readonly slopes?: Slopes;
}

/** Index of the table entry of centred value 0. */
function tableBias(value: Value): number {
  return zeroPointOf(value) + (value.dtype === 'int8' ? 128 : 0);
}

/** The table that copies codes to another zero point, which shifts centred values; undefined: the zero points are equal. */
export function codeCopyTable(input: Value, output: Value): CentredTable | undefined {
  if (zeroPointOf(input) === zeroPointOf(output)) return undefined;
  const firstCode = input.dtype === 'int8' ? -128 : 0;
  return Int16Array.from({ length: 256 }, (_, i) => firstCode + i - zeroPointOf(output));
}

/** The table as the kernel reads it: bytes, and what is added to each; then sixteen times 16 (assembly/microkernels/i16-map.ts). */
function byteTable(table: CentredTable): { entries: Uint8Array; offset: number } {
  const offset = table.reduce((a, b) => Math.min(a, b));
  return { entries: Uint8Array.from({ length: 272 }, (_, i) => (i < 256 ? table[i] - offset : 16)), offset };
}

/** The fields of a function of one code; none: a copy. */
function mapFields(lowering: Lowering, value: Value, { table, slopes }: CopyOptions) {
  const none = { table: 0, tableBias: 0, tableOffset: 0, slopes: 0 } as const;
  if (!table) return none;
  const bias = tableBias(value);
  const constants = slopes && slopeConstants(table, bias, slopes);
  if (constants) return { ...none, slopes: lowering.shared(`slopes ${constants}`, constants.length, () => constants) };
  const { entries, offset } = byteTable(table);
  return { ...none, table: lowering.shared(`table ${entries}`, entries.length, () => entries), tableBias: bias, tableOffset: offset };
}

/** Rows, columns and elements of each: images of equal pixels are copied row by row, padding lanes included, or as a whole. */
function spans(from: Layout, to: Layout): { rows: number; columns: number; elements: number } {
  const { rows, columns, channels } = from;
  if (channels !== to.channels || from.pixelBytes !== to.pixelBytes) return { rows, columns, elements: channels };
  const elements = columns * from.pixelElements;
  const isGapless = from.rowBytes === to.rowBytes && from.rowBytes === elements * from.elementBytes;
  return isGapless ? { rows: 1, columns: 1, elements: rows * elements } : { rows, columns: 1, elements };
}

/**
 * Copies every pixel of `source`, the image of `value`, to `target`; `options` change which pixels, where to and by which function.
 * Returns what elements go through.
 */
export function emitCopy(
  lowering: Lowering,
  value: Value,
  source: Image,
  target: Image,
  options: CopyOptions = {},
): 'copy' | 'table' | 'slopes' {
  const { layout } = source;
  const ordered = spans(layout, target.layout);
  const isOrdered = !options.rows && !options.columns;
  const rows = options.rows ?? consecutive(ordered.rows, layout.rowBytes);
  const columns = options.columns ?? consecutive(isOrdered ? ordered.columns : layout.columns, layout.pixelBytes);
  const table = ({ key, count, at }: Offsets) =>
    lowering.shared(`offsets ${count} ${key}`, count, () => Int32Array.from({ length: count }, (_, i) => at(i)));
  const map = mapFields(lowering, value, options);
  lowering.emit(core, 'Copy', {
    input: origin(source),
    output: options.output ?? origin(target),
    ...imageFields(layout),
    rows: rows.count,
    columns: columns.count,
    elements: isOrdered ? ordered.elements : layout.channels,
    inputImageBytes: layout.imageBytes,
    inputRows: table(rows),
    inputColumns: table(columns),
    ...strides('output', target.layout),
    ...map,
  });
  return map.slopes ? 'slopes' : map.table ? 'table' : 'copy';
}
