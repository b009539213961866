// Owns the core's Copy descriptor: spans of channels from one layout to another, optionally through a table.
import type { Value } from '../graph/graph';
import { zeroPointOf } from '../quant/params';
import { imageFields, origin, strides } from './fields';
import { core } from './formats/centred';
import type { Lowering } from './lowering';
import type { Address } from './region';
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

/** Copies every pixel of `source`, the image of `value`, to `target`; `options` change which pixels, where to and through which table. */
export function emitCopy(lowering: Lowering, value: Value, source: Image, target: Image, options: CopyOptions = {}): void {
  const { layout } = source;
  const rows = options.rows ?? consecutive(layout.rows, layout.rowBytes);
  const columns = options.columns ?? consecutive(layout.columns, layout.pixelBytes);
  const table = ({ key, count, at }: Offsets) =>
    lowering.shared(`offsets ${count} ${key}`, count, () => Int32Array.from({ length: count }, (_, i) => at(i)));
  lowering.emit(core, 'Copy', {
    input: origin(source),
    output: options.output ?? origin(target),
    ...imageFields(layout),
    rows: rows.count,
    columns: columns.count,
    elements: layout.channels,
    inputImageBytes: layout.imageBytes,
    inputRows: table(rows),
    inputColumns: table(columns),
    ...strides('output', target.layout),
    table: options.table ? lowering.shared(`table ${options.table}`, 256, () => options.table!) : 0,
    tableBias: options.table ? tableBias(value) : 0,
  });
}
