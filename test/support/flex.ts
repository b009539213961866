// Owns writing the options of custom operators: FlexBuffer maps of numbers, lists and texts, and C structs.

export type FlexEntry = readonly [key: string, value: number | readonly number[] | string];

/** FlexBuffer types (`flatbuffers/flexbuffers.h`, enum Type), with a width of 4 bytes. */
const packed = { int: (1 << 2) | 2, float: (3 << 2) | 2, string: (5 << 2) | 2, map: (9 << 2) | 2, ints: (11 << 2) | 2 };

/**
 * A map, all 4 bytes wide: integers as int32, other numbers as float32, lists as vectors of int32. Keys have to be in ascending order.
 */
export function flexMap(entries: readonly FlexEntry[]): Uint8Array {
  const types: number[] = [];
  const texts = entries.map(([key]) => key);
  const parts: number[] = [];
  const at = () => parts.length;
  const align = () => parts.push(...new Array<number>((4 - (at() % 4)) % 4).fill(0));
  const word = (value: number, isFloat = false) => {
    const view = new DataView(new ArrayBuffer(4));
    if (isFloat) view.setFloat32(0, value, true);
    else view.setInt32(0, value, true);
    parts.push(...new Uint8Array(view.buffer));
  };
  const keys = texts.map((key) => {
    const start = at();
    parts.push(...new TextEncoder().encode(`${key}\0`));
    return start;
  });
  // Lists and texts lie behind their lengths; the map points at them.
  const bodies = entries.map(([, value]) => {
    if (typeof value === 'number') return 0;
    align();
    word(value.length);
    const start = at();
    if (typeof value === 'string') parts.push(...new TextEncoder().encode(`${value}\0`));
    else for (const element of value) word(element);
    return start;
  });
  align();
  word(entries.length);
  const keyVector = at();
  for (const key of keys) word(at() - key);
  // Back to the keys, their width, the count, the values, their types, back to the values.
  word(at() - keyVector);
  word(4);
  word(entries.length);
  const values = at();
  for (const [i, [, value]] of entries.entries()) {
    if (typeof value === 'number') word(value, !Number.isInteger(value));
    else word(at() - bodies[i]);
    types.push(
      typeof value === 'number'
        ? Number.isInteger(value)
          ? packed.int
          : packed.float
        : typeof value === 'string'
          ? packed.string
          : packed.ints,
    );
  }
  parts.push(...types);
  word(at() - values);
  parts.push(packed.map, 4);
  return Uint8Array.from(parts);
}

/** Options as a C struct of int32. */
export function structOptions(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(words).buffer);
}
