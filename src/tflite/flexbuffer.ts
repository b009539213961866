// Owns the lenient reading of a FlexBuffer map, the form in which custom operators carry their options.
import { Account } from '../account';
import { ModelError } from '../errors';

/** FlexBuffer types that hold one scalar (`flatbuffers/flexbuffers.h`, enum Type); indirect ones are stored behind an offset. */
const typeInt = 1;
const typeUint = 2;
const typeFloat = 3;
const typeIndirectInt = 6;
const typeIndirectFloat = 8;
const typeMap = 9;
const typeBool = 26;

/**
 * Reads the map in `bytes` as numbers by key, in the manner of AsInt32, AsFloat and AsBool: numbers of any type and width are read, other
 * values are left out. Bytes that are empty or hold no map give an empty one. Throws `malformed` for an offset outside the bytes.
 */
export function readFlexMap(bytes: Uint8Array, account = new Account(bytes.length)): Map<string, number> {
  const result = new Map<string, number>();
  visitFlexMap(bytes, account, (key, { reader, position, width, packedType }) => {
    const value = reader.scalar(position, width, packedType);
    if (value !== undefined) result.set(key(), value);
  });
  return result;
}

/** Where a value of a map lies; `width`: the bytes that it, or the offset to it, takes. */
export interface FlexValue {
  readonly reader: FlexReader;
  readonly position: number;
  readonly width: number;
  readonly packedType: number;
}

/** Calls `visit` with every value of a map. */
export function visitFlexMap(bytes: Uint8Array, account: Account, visit: (key: () => string, value: FlexValue) => void): void {
  if (bytes.length < 3) return;
  const reader = new FlexReader(bytes);
  const rootWidth = bytes[bytes.length - 1];
  const packedType = bytes[bytes.length - 2];
  if (packedType >> 2 !== typeMap) return;
  // A map is a vector of values; in front of their count lie the offset of the vector of keys and the byte width of that.
  const width = 1 << (packedType & 3);
  const values = reader.target(bytes.length - 2 - rootWidth, rootWidth);
  const count = reader.uint(values - width, width);
  const keys = reader.target(values - 3 * width, width);
  const keyWidth = reader.uint(values - 2 * width, width);
  reader.check(values, count * (width + 1));
  reader.check(keys, count * keyWidth);
  account.charge('string', count);
  for (let i = 0; i < count; i++) {
    visit(() => reader.key(reader.target(keys + i * keyWidth, keyWidth)), {
      reader,
      position: values + i * width,
      width,
      packedType: bytes[values + count * width + i],
    });
  }
}

/** Characters of a key that are read; known keys are shorter, and overlapping keys could otherwise take quadratic time. */
const maxKeyLength = 64;

export class FlexReader {
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  check(position: number, byteLength: number): void {
    if (position < 0 || position + byteLength > this.bytes.length) {
      throw new ModelError('malformed', `FlexBuffer options have ${this.bytes.length} bytes, but point at byte ${position}`);
    }
  }

  uint(position: number, width: number): number {
    this.check(position, width);
    if (width === 1) return this.view.getUint8(position);
    if (width === 2) return this.view.getUint16(position, true);
    if (width === 4) return this.view.getUint32(position, true);
    if (width === 8) return Number(this.view.getBigUint64(position, true));
    throw new ModelError('malformed', `FlexBuffer options have a number of ${width} bytes`);
  }

  private int(position: number, width: number): number {
    if (width === 8) {
      this.check(position, 8);
      return Number(this.view.getBigInt64(position, true));
    }
    const shift = 32 - 8 * width;
    return (this.uint(position, width) << shift) >> shift;
  }

  /** Follows an offset, which counts backwards. */
  target(position: number, width: number): number {
    return position - this.uint(position, width);
  }

  key(position: number): string {
    this.check(position, 1);
    let key = '';
    for (let i = position; i < this.bytes.length && this.bytes[i] !== 0 && key.length < maxKeyLength; i++) {
      key += String.fromCharCode(this.bytes[i]);
    }
    return key;
  }

  /** The number at `position`, undefined where `packedType` is not a number. */
  scalar(position: number, width: number, packedType: number): number | undefined {
    let type = packedType >> 2;
    let at = position;
    let bytes = width;
    if (type >= typeIndirectInt && type <= typeIndirectFloat) {
      type -= typeIndirectInt - typeInt;
      at = this.target(position, width);
      bytes = 1 << (packedType & 3);
    }
    if (type === typeUint || type === typeBool) return this.uint(at, bytes);
    if (type === typeInt) return this.int(at, bytes);
    return type === typeFloat ? this.float(at, bytes) : undefined;
  }

  private float(position: number, width: number): number | undefined {
    this.check(position, width);
    if (width === 4) return this.view.getFloat32(position, true);
    return width === 8 ? this.view.getFloat64(position, true) : undefined;
  }
}
