// Owns bounds-checked reading of FlatBuffers from untrusted bytes: tables, vectors and strings, and indices into lists of them.
import { Account, type CostKind } from '../account';
import { ModelError } from '../errors';
import { decodeUtf8 } from './utf8';

/**
 * The bytes of a FlatBuffer. Objects may overlap, so a small file can describe a huge model; every object is therefore charged to an
 * account each time it is read.
 */
export class FlatBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Vectors of float32 and int64 by position: tables that share one share the list. */
  readonly floats = new Map<number, number[]>();
  readonly longs = new Map<number, number[]>();
  /** One past the highest byte of the objects read so far. */
  end = 8;

  constructor(
    bytes: Uint8Array,
    readonly account = new Account(bytes.length),
  ) {
    // A plain Uint8Array, since slice() of a subclass, Node's Buffer, does not copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The root table. The caller has checked that the file has at least 8 bytes. */
  root(): Table {
    return new Table(this, this.target(0));
  }

  /** Checks that `byteLength` bytes at `position` lie in the file. */
  claim(position: number, byteLength: number): void {
    const end = position + byteLength;
    if (position < 0 || end > this.bytes.length) {
      throw malformed(position, `${byteLength} bytes are expected there, the file has ${this.bytes.length}; it is damaged or cut short`);
    }
    if (end > this.end) this.end = end;
  }

  /** Follows the uoffset stored at `position`. */
  target(position: number): number {
    this.claim(position, 4);
    const offset = this.view.getUint32(position, true);
    if (offset === 0) throw malformed(position, 'an offset of 0 points at itself');
    return position + offset;
  }

  /** Where the elements of the vector stored at `position` are; all of them lie in the file. */
  vector(position: number, elementBytes: number): Vector {
    this.claim(position, 4);
    const count = this.view.getUint32(position, true);
    this.claim(position + 4, count * elementBytes);
    return { position: position + 4, count };
  }

  /** The string stored at `position`, which must be valid UTF-8. The terminating NUL is not checked. */
  string(position: number): string {
    const { position: first, count } = this.vector(position, 1);
    this.claim(first, Math.min(count + 1, this.bytes.length - first));
    this.account.charge('string', 1);
    this.account.charge('character', count);
    try {
      return decodeUtf8(this.bytes.subarray(first, first + count));
    } catch (cause) {
      throw new ModelError('malformed', 'the string is not UTF-8', { where: `offset ${position}`, cause });
    }
  }
}

interface Vector {
  readonly position: number;
  readonly count: number;
}

/** One table. Its methods take a field's slot and return the default, or undefined, where the field is absent. */
export class Table {
  private readonly vtable: number;
  private readonly vtableBytes: number;

  constructor(
    private readonly file: FlatBuffer,
    readonly position: number,
  ) {
    file.claim(position, 4);
    this.vtable = position - file.view.getInt32(position, true);
    file.claim(this.vtable, 4);
    this.vtableBytes = file.view.getUint16(this.vtable, true);
    if (this.vtableBytes < 4) throw malformed(this.vtable, `a vtable has at least 4 bytes, this one ${this.vtableBytes}`);
    file.claim(this.vtable, this.vtableBytes);
    const tableBytes = file.view.getUint16(this.vtable + 2, true);
    if (tableBytes < 4) throw malformed(this.vtable, `a table has at least 4 bytes, this one ${tableBytes}`);
    file.claim(position, tableBytes);
  }

  /** Where the field of `slot` is, `byteLength` bytes of it inside the file; -1 where it is absent. */
  private field(slot: number, byteLength: number): number {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.vtableBytes) return -1;
    const offset = this.file.view.getUint16(this.vtable + entry, true);
    if (offset === 0) return -1;
    this.file.claim(this.position + offset, byteLength);
    return this.position + offset;
  }

  private target(slot: number): number {
    const at = this.field(slot, 4);
    return at < 0 ? -1 : this.file.target(at);
  }

  private vector(slot: number, elementBytes: number): Vector | undefined {
    const at = this.target(slot);
    if (at < 0) return undefined;
    return this.file.vector(at, elementBytes);
  }

  /**
   * Fills `list` with the vector's elements, made by `read(position)`; once per position where `shared` holds them. Every caller gives a list
   * of its own: V8 chooses the representation of elements by the place where a list is made, and lists of integers beside lists of floats
   * would hold doubles, as would all shapes that follow from them, which costs kernels on the host half of their speed.
   */
  private elements<T>(
    slot: number,
    elementBytes: number,
    list: T[],
    read: (position: number) => T,
    shared?: Map<number, T[]>,
  ): T[] | undefined {
    const vector = this.vector(slot, elementBytes);
    if (!vector) return undefined;
    const known = shared?.get(vector.position);
    if (known) return known;
    this.file.account.charge('number', vector.count);
    shared?.set(vector.position, list);
    for (let i = 0; i < vector.count; i++) list.push(read(vector.position + i * elementBytes));
    return list;
  }

  int8(slot: number, fallback = 0): number {
    const at = this.field(slot, 1);
    return at < 0 ? fallback : this.file.view.getInt8(at);
  }

  uint8(slot: number): number {
    return this.int8(slot) & 255;
  }

  bool(slot: number): boolean {
    return this.int8(slot) !== 0;
  }

  int32(slot: number, fallback = 0): number {
    const at = this.field(slot, 4);
    return at < 0 ? fallback : this.file.view.getInt32(at, true);
  }

  uint32(slot: number): number {
    return this.int32(slot) >>> 0;
  }

  float32(slot: number): number {
    const at = this.field(slot, 4);
    return at < 0 ? 0 : this.file.view.getFloat32(at, true);
  }

  /** Nearest double of an unsigned 64-bit field. */
  uint64(slot: number): number {
    const at = this.field(slot, 8);
    return at < 0 ? 0 : Number(this.file.view.getBigUint64(at, true));
  }

  has(slot: number): boolean {
    return this.field(slot, 1) >= 0;
  }

  table(slot: number): Table | undefined {
    const at = this.target(slot);
    if (at < 0) return undefined;
    this.file.account.charge('table', 1);
    return new Table(this.file, at);
  }

  string(slot: number): string | undefined {
    const at = this.target(slot);
    return at < 0 ? undefined : this.file.string(at);
  }

  /** A view of a byte vector, not a copy. */
  bytes(slot: number): Uint8Array | undefined {
    const vector = this.vector(slot, 1);
    return vector && this.file.bytes.subarray(vector.position, vector.position + vector.count);
  }

  int32s(slot: number): number[] | undefined {
    return this.elements<number>(slot, 4, [], (position) => this.file.view.getInt32(position, true));
  }

  /** Integers of 1 or 2 bytes without sign, or of 4 with one; not shared, and charged as entries of a table. */
  integers(slot: number, elementBytes: 1 | 2 | 4): Int32Array {
    const { position, count } = this.vector(slot, elementBytes) ?? { position: 0, count: 0 };
    this.file.account.charge('offset', count);
    const { view } = this.file;
    const list = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const at = position + i * elementBytes;
      list[i] = elementBytes === 4 ? view.getInt32(at, true) : elementBytes === 2 ? view.getUint16(at, true) : view.getUint8(at);
    }
    return list;
  }

  float32s(slot: number): number[] | undefined {
    return this.elements<number>(slot, 4, [], (position) => this.file.view.getFloat32(position, true), this.file.floats);
  }

  /** Nearest doubles: exact within +-2^53, and beyond that still beyond it. */
  int64s(slot: number): number[] | undefined {
    const { view, longs } = this.file;
    const read = (position: number) => {
      const low = view.getInt32(position, true);
      // A BigInt is an object of its own.
      return view.getInt32(position + 4, true) === low >> 31 ? low : Number(view.getBigInt64(position, true));
    };
    return this.elements<number>(slot, 8, [], read, longs);
  }

  /** A vector of tables, charged as `kind` each before any is made; empty where it is absent. */
  tables(slot: number, kind: CostKind = 'table'): Table[] {
    const vector = this.vector(slot, 4);
    if (!vector) return [];
    this.file.account.charge(kind, vector.count);
    return Array.from({ length: vector.count }, (_, i) => new Table(this.file, this.file.target(vector.position + 4 * i)));
  }
}

function malformed(position: number, message: string): ModelError {
  return new ModelError('malformed', message, { where: `offset ${position}` });
}

/** The entry that `index` means; `kind` and `where` say of what and where the index was found. Throws `bad-index`. */
export function entryAt<T>(list: readonly T[], index: number, kind: string, where: string): T {
  if (index < 0 || index >= list.length) {
    throw new ModelError('bad-index', `${kind} ${index} does not exist, the model has ${list.length}`, { where });
  }
  return list[index];
}
