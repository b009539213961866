// Owns the core's Copy descriptor: spans of channels from one layout to another, optionally through a table.
import type { Value } from '../graph/graph';
import { zeroPointOf } from '../quant/params';
import { imageFields, offsets, origin, strides } from './fields';
import { core } from './formats/centred';
import type { Lowering } from './lowering';
import type { Address } from './region';
import type { Image } from './step';

/** Centred results by code: entry i belongs to input code i (uint8) or i - 128 (int8). */
export type CentredTable = Int16Array;

interface CopyOptions {
  /** Byte offset of the input pixel for every output row and column; absent: those of the input in order. */
  readonly rows?: readonly number[];
  readonly columns?: readonly number[];
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
  return zeroPointOf(input) === zeroPointOf(output) ? undefined : centredTable(input, output, (code) => code);
}

/** Tabulates a function from input codes to output codes. */
function centredTable(input: Value, output: Value, outputCode: (inputCode: number) => number): CentredTable {
  const minCode = input.dtype === 'int8' ? -128 : 0;
  return Int16Array.from({ length: 256 }, (_, i) => outputCode(minCode + i) - zeroPointOf(output));
}

/** Copies every pixel of `source`, the image of `value`, to `target`; `options` change which pixels, where to and through which table. */
export function emitCopy(lowering: Lowering, value: Value, source: Image, target: Image, options: CopyOptions = {}): void {
  const { layout } = source;
  const rows = options.rows ?? offsets(layout.rows, layout.rowBytes);
  const columns = options.columns ?? offsets(layout.columns, layout.pixelBytes);
  lowering.emit(core, 'Copy', {
    input: origin(source),
    output: options.output ?? origin(target),
    ...imageFields(layout),
    rows: rows.length,
    columns: columns.length,
    elements: layout.channels,
    inputImageBytes: layout.imageBytes,
    inputRows: lowering.shared(`offsets ${rows}`, () => Int32Array.from(rows)),
    inputColumns: lowering.shared(`offsets ${columns}`, () => Int32Array.from(columns)),
    ...strides('output', target.layout),
    table: options.table ? lowering.shared(`table ${options.table}`, () => options.table!) : 0,
    tableBias: options.table ? tableBias(value) : 0,
  });
}
