// Owns the types of a dataset before anything is decoded: names, places and labels of its samples.
import { ModelError } from 'zeropoint';

/** What a sample's bytes are: an encoded picture, all inputs' bytes one after the other, or arrays of the NumPy format. */
export type ItemKind = 'picture' | 'raw' | 'array';

/** One sample that is not loaded yet. */
export interface Item {
  readonly name: string;
  readonly kind: ItemKind;
  readonly label?: number;
  /** Where its bytes are: a file, a range of a file, or ranges of arrays in memory or on disk, one per input. */
  readonly parts: readonly Part[];
}

/** Bytes of one sample: of a file, or of an array in memory (`bytes`), all of it or `length` bytes from `offset` on. */
export interface Part {
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly offset?: number;
  readonly length?: number;
  /** For arrays: the layout of the bytes. */
  readonly array?: ArrayLayout;
}

/** Elements of an array as a NumPy file lays them out, C order. */
export interface ArrayLayout {
  /** NumPy's letter and size, as `f4`, `u1`, `i8`, `b1`. */
  readonly element: string;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
}

/** All samples found at a path; `classes` and `classNames` as in Dataset. */
export interface Source {
  readonly items: readonly Item[];
  readonly classes: number;
  readonly classNames?: readonly string[];
}

const pictureEndings = /\.(jpe?g|png|webp|gif|tiff?|avif|bmp)$/i;

/** What a file of this name holds, by its ending; undefined for files that are no samples. */
export function kindOf(name: string): ItemKind | undefined {
  if (pictureEndings.test(name)) return 'picture';
  if (/\.bin$/i.test(name)) return 'raw';
  return /\.npy$/i.test(name) ? 'array' : undefined;
}

/** Samples of a dataset; a list of more would take gigabytes. */
const maxItems = 2 ** 22;

/** @throws ModelError `too-large` for more than 4,194,304 samples */
export function checkItemCount(count: number, where: string): void {
  if (count <= maxItems) return;
  throw new ModelError('too-large', `holds ${count} samples; ${maxItems} are the most, so split it`, { where });
}

/** 1 + the largest label. */
export function countClasses(items: readonly { readonly label?: number }[]): number {
  return items.reduce((most, { label = -1 }) => Math.max(most, label + 1), 0);
}
