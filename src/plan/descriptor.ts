// Owns the bytes of one descriptor of any binary: its kind, then four bytes per field.
import type { Address } from './region';

/** The descriptor of one operator: its number, its fields in order, and which of them are float32; the others are 32-bit integers. */
export interface DescriptorShape {
  readonly kind: number;
  readonly fields: readonly string[];
  readonly floats: readonly string[];
}

/** A WebAssembly binary as plans name it. `D`, a type only, gives every operator's fields, so that emitting them is checked. */
export interface Binary<D = unknown> {
  readonly name: 'core' | 'float';
  readonly operators: { readonly [O in keyof D]: DescriptorShape };
  /** Never present: it carries the type. */
  readonly descriptors?: D;
}

/** `F`, unless it has fields that `E` lacks: TypeScript checks excess properties of literals, but not those of a spread. */
export type Exact<F, E> = F & { readonly [K in Exclude<keyof F, keyof E>]: never };

export type Fields = Readonly<Record<string, number | Address>>;

/** Writes a descriptor at `address`, when the regions of its fields have their addresses. */
export function writeDescriptor(into: DataView, address: number, { kind, fields: names, floats }: DescriptorShape, fields: Fields): void {
  into.setUint32(address, kind, true);
  names.forEach((name, i) => {
    const field = fields[name];
    const value = typeof field === 'number' ? field : field.region.address + field.offset;
    if (floats.includes(name)) into.setFloat32(address + 4 + 4 * i, value, true);
    else into.setInt32(address + 4 + 4 * i, value, true);
  });
}
