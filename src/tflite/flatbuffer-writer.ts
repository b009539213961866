// Owns writing FlatBuffers: the layout of tables, vtables, vectors and strings, with the alignment that the stock verifier checks.

/** A field of a table: a scalar, or an object that the table points at. */
export type Field = ScalarField | { readonly slot: number; readonly object: FlatObject };

interface ScalarField {
  readonly slot: number;
  readonly type: 'int8' | 'int32' | 'float32';
  readonly value: number;
}

export type FlatObject =
  | { readonly kind: 'table'; readonly fields: readonly Field[] }
  | { readonly kind: 'tables'; readonly tables: readonly FlatObject[] }
  | FlatVector
  | { readonly kind: 'string'; readonly bytes: Uint8Array };

/** `count` elements; the first one lies at a multiple of `alignment`. Vectors that are shared are written once for equal elements. */
interface FlatVector {
  readonly kind: 'vector';
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly alignment: number;
  readonly isShared?: boolean;
}

/** A scalar field; none where the value is the schema's default, which readers assume. */
export function scalar(slot: number, type: ScalarField['type'], value: number, fallback = 0): ScalarField[] {
  return value === fallback ? [] : [{ slot, type, value }];
}

/** A field that points at `object`. */
export function pointer(slot: number, object: FlatObject): Field[] {
  return [{ slot, object }];
}

export function table(...fields: readonly (readonly Field[])[]): FlatObject {
  return { kind: 'table', fields: fields.flat() };
}

export function tables(list: readonly FlatObject[]): FlatObject {
  return { kind: 'tables', tables: list };
}

export function string(text: string): FlatObject {
  return { kind: 'string', bytes: new TextEncoder().encode(text) };
}

/** A vector of the array's elements, aligned for them and for at least `alignment` bytes. */
export function vector(array: Uint8Array | Int32Array | Float32Array | BigInt64Array, alignment = array.BYTES_PER_ELEMENT): FlatVector {
  return { kind: 'vector', bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength), count: array.length, alignment };
}

/** As `vector`; equal ones are written once. */
export function sharedVector(array: BigInt64Array): FlatObject {
  return { ...vector(array), isShared: true };
}

/** The FlatBuffer with `root`, padded to a multiple of 16 bytes. `identifier`: 4 ASCII characters. */
export function writeFlatBuffer(root: FlatObject, identifier: string): Uint8Array {
  const layout = new Layout();
  layout.reserve(4, 8);
  for (let i = 0; i < 4; i++) layout.bytes[4 + i] = identifier.charCodeAt(i);
  layout.link(0, root);
  layout.linkShared();
  layout.reserve(16, 0);
  return layout.bytes.slice(0, layout.length);
}

/**
 * Objects are laid out front to back, each parent before its children, since offsets are unsigned and count forwards:
 *
 *     root offset | 'TFL3' | vtable | table | its children in order of their fields, each with its own children | ... | shared vectors
 */
class Layout {
  bytes = new Uint8Array(1 << 16);
  length = 0;
  private view = new DataView(this.bytes.buffer);
  /** Position by content: tables of one kind mostly share a vtable. */
  private readonly vtables = new Map<string, number>();
  /** Shared vectors by their elements, with the positions of the offsets that point at them. */
  private readonly shared = new Map<string, { readonly object: FlatVector; readonly from: number[] }>();

  /** Appends `byteLength` zeros at the next multiple of `alignment`, returns their position. */
  reserve(alignment: number, byteLength: number): number {
    const position = Math.ceil(this.length / alignment) * alignment;
    this.length = position + byteLength;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return position;
  }

  /** Appends `object` and makes the uoffset at `from` point at it; shared vectors are left to linkShared. */
  link(from: number, object: FlatObject): void {
    if (object.kind === 'vector' && object.isShared) {
      const key = `${object.alignment} ${new TextDecoder('latin1').decode(object.bytes)}`;
      const known = this.shared.get(key);
      if (known) known.from.push(from);
      else this.shared.set(key, { object, from: [from] });
      return;
    }
    const to = object.kind === 'table' ? this.table(object.fields) : this.count(object);
    this.view.setUint32(from, to - from, true);
    if (object.kind === 'table') {
      for (const field of object.fields) if ('object' in field) this.link(this.fieldPosition(to, field.slot), field.object);
    } else if (object.kind === 'tables') {
      object.tables.forEach((entry, i) => {
        this.link(to + 4 + 4 * i, entry);
      });
    } else this.bytes.set(object.bytes, to + 4);
  }

  /** Appends the shared vectors, which lie behind all offsets that point at them. */
  linkShared(): void {
    for (const { object, from } of this.shared.values()) {
      const [first, ...others] = from;
      this.link(first, { ...object, isShared: false });
      const position = first + this.view.getUint32(first, true);
      for (const other of others) this.view.setUint32(other, position - other, true);
    }
  }

  /** Space for a vector or string, with the number of its elements set. */
  private count(object: Exclude<FlatObject, { kind: 'table' }>): number {
    const count = object.kind === 'tables' ? object.tables.length : object.kind === 'vector' ? object.count : object.bytes.length;
    const alignment = object.kind === 'vector' ? Math.max(4, object.alignment) : 4;
    // The count precedes the elements, which are what is aligned.
    while ((this.length + 4) % alignment !== 0) this.reserve(1, 1);
    // Strings end in a NUL that does not count.
    const byteLength = object.kind === 'tables' ? 4 * count : object.bytes.length + (object.kind === 'string' ? 1 : 0);
    const position = this.reserve(1, 4 + byteLength);
    this.view.setUint32(position, count, true);
    return position;
  }

  /** A table behind its vtable, which is written if it is new; scalars are set, offsets are not yet. */
  private table(fields: readonly Field[]): number {
    const size = (field: Field) => ('type' in field && field.type === 'int8' ? 1 : 4);
    const slotCount = fields.reduce((max, field) => Math.max(max, field.slot + 1), 0);
    const vtable = new Uint16Array(2 + slotCount);
    let byteLength = 4;
    for (const bytes of [4, 1]) {
      for (const field of fields) {
        if (size(field) !== bytes) continue;
        vtable[2 + field.slot] = byteLength;
        byteLength += bytes;
      }
    }
    vtable[0] = vtable.length * 2;
    vtable[1] = byteLength;
    const vtablePosition = this.vtable(vtable);
    const position = this.reserve(4, byteLength);
    this.view.setInt32(position, position - vtablePosition, true);
    for (const field of fields) if ('type' in field) this.scalar(position + vtable[2 + field.slot], field);
    return position;
  }

  private vtable(entries: Uint16Array): number {
    const key = entries.join();
    let position = this.vtables.get(key);
    if (position === undefined) {
      position = this.reserve(2, entries.byteLength);
      for (let i = 0; i < entries.length; i++) this.view.setUint16(position + 2 * i, entries[i], true);
      this.vtables.set(key, position);
    }
    return position;
  }

  private scalar(position: number, field: ScalarField): void {
    if (field.type === 'int8') this.view.setInt8(position, field.value);
    else if (field.type === 'int32') this.view.setInt32(position, field.value, true);
    else this.view.setFloat32(position, field.value, true);
  }

  private fieldPosition(tablePosition: number, slot: number): number {
    const vtable = tablePosition - this.view.getInt32(tablePosition, true);
    return tablePosition + this.view.getUint16(vtable + 4 + 2 * slot, true);
  }
}
