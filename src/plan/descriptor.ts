// Owns the bytes of one descriptor, of either core: its kind, then four bytes per field.
import type { Field } from './region';

/** One operator of an ABI: its number, and the names of its fields in order. */
export interface DescriptorShape {
  readonly kind: number;
  readonly fields: readonly string[];
  /** Those of the fields that are float32. */
  readonly floats: readonly string[];
}

/** Writes a descriptor at `address`; fields that are not float32 are 32-bit integers or addresses. */
export function writeDescriptor(
  into: DataView,
  address: number,
  { kind, fields: names, floats }: DescriptorShape,
  fields: Readonly<Record<string, Field>>,
): void {
  into.setUint32(address, kind, true);
  names.forEach((name, i) => {
    const field = fields[name];
    if (field === undefined) throw new TypeError(`descriptor ${kind} lacks ${name}`);
    const value = typeof field === 'number' ? field : field.region.address + field.offset;
    if (floats.includes(name)) into.setFloat32(address + 4 + 4 * i, value, true);
    else into.setInt32(address + 4 + 4 * i, value, true);
  });
}
