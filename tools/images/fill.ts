// Owns filling one input tensor from the bytes of one file: a picture, or the tensor's raw bytes.
import { ModelError, type Tensor } from 'zeropoint';
import { type Pixels, preprocess } from 'zeropoint/image';
import { isPicture } from './decode';
import type { NamedPreprocessing } from './preprocessing';

/** A file by its content. */
export interface InputBytes {
  /** For messages; `.bin` at its end says that the bytes are the tensor's. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The name says nothing of the content: bytes that are no picture and as many as the tensor's are the tensor's. */
  readonly isNameless: boolean;
}

/** Whether the bytes are those of a tensor and no picture. */
export function isRaw({ name, bytes, isNameless }: InputBytes, { data }: Pick<Tensor, 'data'>): boolean {
  if (isNameless) return bytes.length === data.byteLength && !isPicture(bytes);
  return /\.bin$/i.test(name);
}

/** Copies little-endian elements into `input.data`. @throws ModelError `bad-argument` unless they are as many */
export function fillRaw(input: Tensor, { name, bytes }: InputBytes): void {
  const { buffer, byteOffset, byteLength } = input.data;
  if (bytes.length !== byteLength) {
    const wanted = `input '${input.name}' [${input.shape}] ${input.dtype} takes ${byteLength}`;
    throw new ModelError('bad-argument', `has ${bytes.length} bytes, but ${wanted}`, { where: name });
  }
  new Uint8Array(buffer, byteOffset, byteLength).set(bytes);
}

/** Writes a picture into `input.data`. @throws ModelError `bad-shape`, `bad-argument`, naming the file */
export function fillPicture(input: Tensor, name: string, pixels: Pixels, { preprocessing }: NamedPreprocessing): void {
  try {
    preprocess(pixels, preprocessing, input, input.data);
  } catch (cause) {
    if (!(cause instanceof ModelError) || cause.where !== undefined) throw cause;
    throw new ModelError(cause.code, cause.message, { where: name, cause });
  }
}
