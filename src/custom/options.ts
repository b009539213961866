// Owns the options of custom operators: FlexBuffer maps of numbers, lists and texts, and C structs of int32; and the checks of their ranges.
import { ModelError } from '../errors';
import type { Node } from '../graph/graph';
import { reject } from '../graph/reject';
import { type FlexValue, visitFlexMap } from '../tflite/flexbuffer';
import type { CustomSource } from '../tflite/read-operator';

/** FlexBuffer types (`flatbuffers/flexbuffers.h`, enum Type). Typed vectors of int, uint and float are 10 above their elements. */
const typeString = 5;
const typedVectors = { first: 11, last: 13 };

export function badOption(where: string, message: string): never {
  throw new ModelError('bad-option', message, { where });
}

/** The options of a map, in the manner of AsInt32, AsFloat, AsTypedVector and AsString: what is missing or of another type is 0 or empty. */
export class FlexOptions {
  private readonly numbers = new Map<string, number>();
  private readonly others = new Map<string, FlexValue>();

  constructor(private readonly source: CustomSource) {
    visitFlexMap(source.options, source.account, (key, value) => {
      const number = value.reader.scalar(value.position, value.width, value.packedType);
      if (number === undefined) this.others.set(key(), value);
      else this.numbers.set(key(), number);
    });
  }

  has(key: string): boolean {
    return this.numbers.has(key) || this.others.has(key);
  }

  /** An integer of at least `min`, at most `max`. Throws `bad-option`. */
  int(key: string, min: number, max = 2 ** 31 - 1): number {
    const value = Math.trunc(this.numbers.get(key) ?? 0);
    if (!(value >= min && value <= max)) badOption(this.source.where, `${key} is ${value}; it must be an integer in ${min}..${max}`);
    return value;
  }

  /** A float32. Throws `bad-option` unless it is finite and above `above`. */
  float(key: string, above = Number.NEGATIVE_INFINITY): number {
    const value = Math.fround(this.numbers.get(key) ?? 0);
    if (!Number.isFinite(value) || !(value > above)) {
      badOption(this.source.where, `${key} is ${value}; it must be finite${above > -Infinity ? ` and > ${above}` : ''}`);
    }
    return value;
  }

  /** The integers of a typed vector; each counts as a number of the account. */
  ints(key: string): number[] {
    const value = this.others.get(key);
    const type = (value?.packedType ?? 0) >> 2;
    if (!value || type < typedVectors.first || type > typedVectors.last) return [];
    const { at, width, length } = sized(value);
    value.reader.check(at, length * width);
    this.source.account.charge('number', length);
    const packed = (type - typedVectors.first + 1) << 2;
    return Array.from({ length }, (_, i) => Math.trunc(value.reader.scalar(at + i * width, width, packed) ?? 0));
  }

  /** The first bytes of a string, as many as any name that an option may have. */
  text(key: string): string {
    const value = this.others.get(key);
    if (!value || value.packedType >> 2 !== typeString) return '';
    return value.reader.key(sized(value).at);
  }
}

/** Where a vector or string begins, behind its length. */
function sized({ reader, position, width, packedType }: FlexValue): { at: number; width: number; length: number } {
  const at = reader.target(position, width);
  const bytes = 1 << (packedType & 3);
  return { at, width: bytes, length: reader.uint(at - bytes, bytes) };
}

/** The first `count` int32 of a C struct. Throws `bad-option` where it is shorter. */
export function structOf({ options, where }: CustomSource, count: number): number[] {
  if (options.length < 4 * count) badOption(where, `its options have ${options.length} bytes; they must have ${4 * count} or more`);
  const view = new DataView(options.buffer, options.byteOffset, options.length);
  return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
}

/** Throws `unsupported-feature` for a version that no source defines. */
export function checkVersion({ version, where }: CustomSource, max: number): void {
  if (version >= 1 && version <= max) return;
  const known = max === 1 ? 'only version 1 is' : `versions 1 to ${max} are`;
  throw new ModelError('unsupported-feature', `it has version ${version}, ${known} supported`, { where });
}

/** Shape of input `index`, which must have `rank` dimensions, the first of which is 1: the sources compute one image. */
export function imageShape(node: Node<'CUSTOM'>, index: number, rank: number): readonly number[] {
  const { shape } = node.inputs[index]!;
  if (shape.length !== rank || shape[0] !== 1) reject('bad-shape', node, `its input [${shape}] must have ${rank} dimensions, the first 1`);
  return shape;
}
