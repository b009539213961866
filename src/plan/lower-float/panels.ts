// Owns panels of weights that recurrent layers multiply vectors with.
import { panelRows } from '../../core/abi-float';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';

/** Rows of weights, in parts of equally many columns that begin at given rows; all others are zero. */
export interface Matrix {
  readonly parts: readonly { readonly data: Float32Array | Int8Array; readonly row: number }[];
  readonly columns: number;
  /** A multiple of `panelRows`. */
  readonly rows: number;
}

export function paddedRows(rows: number): number {
  return Math.ceil(rows / panelRows) * panelRows;
}

/** Of a vector of `count` elements as int16, in whole vectors of eight. */
export function codeBytes(count: number): number {
  return 16 * Math.ceil(count / 8);
}

/** So that sums of products of int8 weights and codes less a zero point, 255 x 128 at most, are int32, as in exact sums. */
export const maxCodeColumns = 2 ** 16;

/** Packs a matrix at load: f32[panel][column][row], or i8[panel][column pair][row][2] (assembly/float/abi-recurrent.ts). */
export function packPanels(lowering: Lowering, name: string, { parts, columns, rows }: Matrix): Address {
  const isFloat = parts[0].data instanceof Float32Array;
  const depth = isFloat ? columns : 2 * Math.ceil(columns / 2);
  lowering.account?.charge('weight', rows * depth);
  const region = lowering.packed(name, rows * depth * (isFloat ? 4 : 1));
  // Elements of one row that are neighbours in a panel.
  const group = isFloat ? 1 : 2;
  lowering.pack({
    region,
    write: (floats) => {
      const target = isFloat ? floats : new Int8Array(floats.buffer, floats.byteOffset, floats.byteLength);
      for (const { data, row } of parts) {
        for (let r = 0; r < data.length / columns; r++) {
          const [panel, lane] = [Math.floor((row + r) / panelRows), (row + r) % panelRows];
          for (let c = 0; c < columns; c++) {
            const step = panel * (depth / group) + Math.floor(c / group);
            target[(step * panelRows + lane) * group + (c % group)] = data[r * columns + c];
          }
        }
      }
    },
  });
  return at(region);
}
