// Owns zip archives of the tools, whose entries may be compressed.
import { inflateRawSync } from 'node:zlib';
import { Archive } from 'zeropoint/tasks';

/** Stops where the stream gives more than `size` bytes. */
export function inflate(data: Uint8Array, size: number): Uint8Array {
  // One chunk holds everything, so that no pieces are copied together. 64 is the least that zlib takes.
  const { buffer, byteOffset, length } = inflateRawSync(data, { maxOutputLength: Math.max(size, 1), chunkSize: Math.max(size, 64) });
  return new Uint8Array(buffer, byteOffset, length);
}

/** See Archive. @throws ModelError `bad-data`, `too-large` */
export function openArchive(bytes: Uint8Array, maxBytes: number): Archive {
  return new Archive(bytes, maxBytes, inflate);
}
