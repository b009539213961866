// Owns NumPy's array files: the header of format 1 to 3 and the meaning of element bytes.
import { ModelError } from 'zeropoint';
import { float16Values } from 'zeropoint/reference';
import type { DType, TensorData } from 'zeropoint/tflite';
import { quote } from '../quote';
import type { ArrayLayout } from './source';

/** Layout of an array, and the offset of its elements in its file. */
export interface ArrayHeader extends ArrayLayout {
  readonly dataOffset: number;
}

/** Bytes from the file's start in which the header must end; headers that NumPy writes take 128 bytes. */
export const maxHeaderBytes = 1 << 16;

/** One reader per element type; 64-bit integers become numbers, exact up to 2^53. */
const readers: Record<string, (view: DataView, at: number, littleEndian: boolean) => number> = {
  f2: (view, at, little) => float16Values(Uint16Array.of(view.getUint16(at, little)))[0],
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => view.getUint8(at),
};

/**
 * Parses the beginning of a `.npy` file (numpy/lib/format.py: magic, version, length of the header, a Python dict as text).
 * @throws ModelError `bad-data` for other files, Fortran order and elements that are not numbers
 */
export function parseArrayHeader(bytes: Uint8Array, where: string): ArrayHeader {
  const bad = (message: string) => new ModelError('bad-data', message, { where });
  if (bytes.length < 12 || bytes[0] !== 0x93 || new TextDecoder().decode(bytes.subarray(1, 6)) !== 'NUMPY') {
    throw bad('is no NumPy array, or one that is cut short');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[6] > 1 ? 12 : 10;
  const dataOffset = start + (bytes[6] > 1 ? view.getUint32(8, true) : view.getUint16(8, true));
  if (dataOffset > Math.min(bytes.length, maxHeaderBytes)) throw bad(`announces a header of ${dataOffset} bytes; the file is damaged`);
  const text = new TextDecoder().decode(bytes.subarray(start, dataOffset));
  const [, order, element] = /'descr'\s*:\s*'([<>|=])([a-z]\d+)'/.exec(text) ?? [];
  const dimensions = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (!Object.hasOwn(readers, element ?? '') || dimensions === undefined) {
    throw bad(`has the header ${quote(text.trim())}; save a plain array of float, int, uint or bool`);
  }
  const shape = (dimensions.match(/\d+/g) ?? []).map(Number);
  if (/'fortran_order'\s*:\s*True/.test(text) && shape.length > 1) throw bad('is in Fortran order; save numpy.ascontiguousarray(array)');
  return { element, littleEndian: order !== '>', shape, dataOffset };
}

/** Bytes of one element. */
export function elementBytes({ element }: ArrayLayout): number {
  return Number(element[1]);
}

/** The elements in `bytes` as numbers; a cut element at the end is left out. */
export function readElements(bytes: Uint8Array, layout: ArrayLayout): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = elementBytes(layout);
  const read = readers[layout.element];
  return Float64Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(view, i * size, layout.littleEndian));
}

/**
 * Writes numbers into a tensor. Float tensors take any number, integer tensors only those that they represent exactly.
 * @throws ModelError `bad-data` naming the first number that does not fit
 */
export function writeElements(numbers: Float64Array, dtype: DType, into: TensorData, where: string): void {
  for (let i = 0; i < into.length; i++) {
    if (into instanceof BigInt64Array) {
      if (Number.isInteger(numbers[i])) into[i] = BigInt(numbers[i]);
    } else into[i] = numbers[i];
    if (dtype !== 'float32' && Number(into[i]) !== numbers[i]) {
      throw new ModelError('bad-data', `holds ${numbers[i]} at ${i}, which is no ${dtype}; convert the array first`, { where });
    }
  }
}
