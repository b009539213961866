// Owns FlatBuffers whose objects are shared: built from the back, so that any number of later objects may point at an earlier one.

/** An object of a FlatBuilder: the distance of its first byte from the end of the file. */
export type Ref = number & { readonly object: unique symbol };

/** A field by its slot: an object, or a scalar of 1, 4 or 8 bytes. */
export type FlatField = readonly [slot: number, kind: 'ref' | 'int8' | 'int32' | 'float32' | 'uint64', value: number];

export type Elements = Uint8Array | Int8Array | Uint16Array | Int32Array | Float32Array | BigInt64Array;

const fieldBytes = { ref: 4, int8: 1, int32: 4, float32: 4, uint64: 8 } as const;
/** Of the whole file, so that distances from its end and positions have the same remainders. */
const fileAlignment = 16;

/**
 * Places what it is given at once, in front of everything before: children are built before their parents, as offsets count forwards. An
 * object passed to several parents is stored once. Nothing but alignment is added, and what is built need not make sense.
 */
export class FlatBuilder {
  private bytes = new Uint8Array(1 << 12);
  private view = new DataView(this.bytes.buffer);
  private used = 0;
  private readonly vtables = new Map<string, { readonly at: number; readonly offsets: readonly number[]; readonly byteLength: number }>();

  string(text: string | Uint8Array): Ref {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    this.place(bytes.length + 1, 4);
    this.bytes.set(bytes, this.at());
    return this.counted(bytes.length);
  }

  /** The first element lies `shift` bytes, 0..15, in front of a multiple of 16; 0 is aligned for all elements. */
  vector(elements: Elements, shift = 0): Ref {
    this.place(elements.byteLength, fileAlignment);
    this.reserve(shift);
    this.used += shift;
    this.bytes.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), this.at());
    return this.counted(elements.length);
  }

  /** A vector of offsets; entries may be equal. */
  refs(entries: readonly Ref[]): Ref {
    this.place(4 * entries.length, 4);
    const first = this.at();
    for (let i = 0; i < entries.length; i++) this.view.setUint32(first + 4 * i, this.used - 4 * i - entries[i], true);
    return this.counted(entries.length);
  }

  table(fields: readonly FlatField[]): Ref {
    const { at, offsets, byteLength } = this.vtable(fields);
    this.place(byteLength, fields.some(([, kind]) => kind === 'uint64') ? 8 : 4);
    const position = this.at();
    this.view.setInt32(position, at - this.used, true);
    for (let i = 0; i < fields.length; i++) {
      const [, kind, value] = fields[i];
      const target = position + offsets[i];
      if (kind === 'ref') this.view.setUint32(target, this.used - offsets[i] - value, true);
      else if (kind === 'int8') this.view.setInt8(target, value);
      else if (kind === 'int32') this.view.setInt32(target, value, true);
      else if (kind === 'float32') this.view.setFloat32(target, value, true);
      else this.view.setBigUint64(target, BigInt(value), true);
    }
    return this.used as Ref;
  }

  /** The file with `root`, its length a multiple of 16. `identifier`: 4 ASCII characters. */
  finish(root: Ref, identifier: string): Uint8Array {
    this.place(8, fileAlignment);
    const position = this.at();
    this.view.setUint32(position, this.used - root, true);
    for (let i = 0; i < 4; i++) this.bytes[position + 4 + i] = identifier.charCodeAt(i);
    return this.bytes.slice(position);
  }

  /** The vtable of tables with these slots and kinds, which all of them share: fields in the order of their sizes, then as given. */
  private vtable(fields: readonly FlatField[]) {
    const key = fields.map(([slot, kind]) => `${slot}${kind}`).join();
    const known = this.vtables.get(key);
    if (known) return known;
    const offsets = new Array<number>(fields.length).fill(0);
    let byteLength = 4;
    for (const size of [4, 1, 8]) {
      if (size === 8 && fields.some(([, kind]) => kind === 'uint64')) byteLength = Math.ceil(byteLength / 8) * 8;
      fields.forEach(([, kind], i) => {
        if (fieldBytes[kind] !== size) return;
        offsets[i] = byteLength;
        byteLength += size;
      });
    }
    byteLength = Math.ceil(byteLength / 4) * 4;
    const slotCount = fields.reduce((most, [slot]) => Math.max(most, slot + 1), 0);
    this.place(4 + 2 * slotCount, 4);
    const position = this.at();
    this.view.setUint16(position, 4 + 2 * slotCount, true);
    this.view.setUint16(position + 2, byteLength, true);
    fields.forEach(([slot], i) => {
      this.view.setUint16(position + 4 + 2 * slot, offsets[i], true);
    });
    const made = { at: this.used, offsets, byteLength };
    this.vtables.set(key, made);
    return made;
  }

  /** In front of the elements just placed, their number. */
  private counted(count: number): Ref {
    this.reserve(4);
    this.used += 4;
    this.view.setUint32(this.at(), count, true);
    return this.used as Ref;
  }

  /** Room for `byteLength` bytes, the first of them at a multiple of `alignment`. */
  private place(byteLength: number, alignment: number): void {
    this.reserve(byteLength + alignment);
    this.used = Math.ceil((this.used + byteLength) / alignment) * alignment;
  }

  private reserve(byteLength: number): void {
    const needed = this.used + byteLength + fileAlignment;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, needed));
    grown.set(this.bytes, grown.length - this.bytes.length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  private at(): number {
    return this.bytes.length - this.used;
  }
}
