// Owns what a family of hostile files is: one kind of object or layer, in files of any size.
import type { LoadOptions } from '../../../src/index';
import { ModelFile, type Sharing } from '../model-file';

/** A family as its file describes it. */
export interface Kind {
  readonly name: string;
  /** Which sharings make a difference; others are left out. Default: all four, or without `few` where objects cannot be long. */
  readonly sharings?: readonly Sharing[];
  /** Fills a file with `count` references to objects of `length` elements (for `half`, the shared one). */
  readonly build: (file: ModelFile, count: number, length: number, sharing: Sharing) => void;
  /** References that make sense; larger files have longer objects instead. Default: no limit. */
  readonly mostCount?: number;
  /** Elements that make sense. Default: no limit. */
  readonly mostLength?: number;
  readonly options?: LoadOptions;
  /** Adds a trailer of `length` bytes. */
  readonly behind?: (file: Uint8Array, length: number) => Uint8Array;
}

export interface Family {
  /** `kind/sharing`. */
  readonly name: string;
  /** A file of about `bytes` bytes, at least as large as the kind's smallest one. Equal for equal `bytes`. */
  make(bytes: number): Uint8Array;
  readonly options?: LoadOptions;
}

const shortLength = 4;
/** Objects with more elements than this can make up a file. */
const longLength = 64;
/** References to one object that takes the whole file: as many as a reader can follow that counts what it visits against the file's size. */
const fewCount = 3;

export function familiesOf(kind: Kind): Family[] {
  const { name, mostLength = Number.POSITIVE_INFINITY, options } = kind;
  const { sharings = mostLength > longLength ? ['none', 'half', 'all', 'few'] : ['none', 'half', 'all'] } = kind;
  return sharings.map((sharing) => ({ name: `${name}/${sharing}`, make: (bytes) => make(kind, sharing, bytes), options }));
}

/** Own objects are many and short; a shared one takes half of the file, and its references the other half. */
function make(kind: Kind, sharing: Sharing, bytes: number): Uint8Array {
  const { mostLength = Number.POSITIVE_INFINITY } = kind;
  const mostCount = Math.min(kind.mostCount ?? Number.POSITIVE_INFINITY, sharing === 'few' ? fewCount : Number.POSITIVE_INFINITY);
  const file = (count: number, length: number) => {
    const model = new ModelFile();
    kind.build(model, count, length, sharing);
    const bytes = model.finish();
    return kind.behind ? kind.behind(bytes, length) : bytes;
  };
  const short = Math.min(shortLength, mostLength);
  const isSplit = sharing !== 'none' && mostLength > short;
  const count = Math.min(
    mostCount,
    fit((n) => file(n, short).length, isSplit ? bytes / 2 : bytes, mostCount),
  );
  const length = mostLength > short ? fit((n) => file(count, n).length, bytes, mostLength) : short;
  return file(count, Math.max(short, length));
}

/** The number for which `size`, which grows in proportion but for alignment, is about `bytes`; 1..most. */
function fit(size: (n: number) => number, bytes: number, most: number): number {
  const low = Math.min(16, Math.max(1, Math.floor(most / 2)));
  let high = Math.min(8 * low, most);
  if (high <= low) return high;
  const atLow = size(low);
  for (let round = 0; round < 2; round++) {
    const atHigh = size(high);
    if (atHigh <= atLow) return low;
    const n = Math.max(1, Math.min(most, Math.floor(low + ((bytes - atLow) * (high - low)) / (atHigh - atLow))));
    if (n <= high) return n;
    high = n;
  }
  return high;
}
