// Owns label pictures: PNG files whose pixels are the indices of a palette or grey values, which decoders of pictures turn into colours.
//
// Portable Network Graphics (PNG) Specification, third edition: chunks (5.3), filters (9.2), packed samples (7.2).
import { inflateSync } from 'node:zlib';
import { ModelError } from 'zeropoint';
import type { LabelMap } from './annotations';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Colour types. */
const grey = 0;
const palette = 3;
/** As of pictures that are read. */
const maxPixels = 2 ** 26;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

const advice = 'label pictures are PNG files of 8 bits or fewer per pixel, whose grey values or palette indices are the classes';

function readHeader(bytes: Uint8Array, refuse: (message: string) => ModelError): Header {
  if (bytes.length < 33 || signature.some((byte, i) => bytes[i] !== byte)) throw refuse(`is no PNG; ${advice}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colors, , , interlace] = bytes.subarray(24, 29);
  if (width * height === 0 || width * height > maxPixels) throw refuse(`has ${width}x${height} pixels`);
  if (![1, 2, 4, 8].includes(depth) || (colors !== grey && colors !== palette)) {
    throw refuse(`has ${depth} bits per sample and ${colors === grey ? 'grey values' : 'colours'}; ${advice}`);
  }
  if (interlace !== 0) throw refuse('is interlaced; save it without interlacing');
  return { width, height, depth };
}

/** The contents of all IDAT chunks, one after the other. */
function imageData(bytes: Uint8Array, refuse: (message: string) => ModelError): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  for (let at = signature.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw refuse('is cut short');
    if (type === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
    if (type === 'IEND') return parts;
    at += 12 + length;
  }
  throw refuse('is cut short');
}

/** Paeth predictor (9.4): of left, above and upper left the one nearest to left + above - upper left. */
function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** Undoes the filters of all lines in place; samples of at most 8 bits have their neighbours one byte before. */
function unfilter(data: Uint8Array, lineBytes: number, height: number, refuse: (message: string) => ModelError): void {
  for (let y = 0; y < height; y++) {
    const first = y * (lineBytes + 1);
    const filter = data[first];
    if (filter > 4) throw refuse('is damaged: a line has an unknown filter');
    for (let x = 1; x <= lineBytes; x++) {
      const left = x > 1 ? data[first + x - 1] : 0;
      const above = y > 0 ? data[first + x - lineBytes - 1] : 0;
      const corner = x > 1 && y > 0 ? data[first + x - lineBytes - 2] : 0;
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      data[first + x] = (data[first + x] + predicted) & 255;
    }
  }
}

/** The indices or grey values of a PNG file, as they are. @throws ModelError `bad-data` */
export function readIndexPng(bytes: Uint8Array, where: string): LabelMap {
  const refuse = (message: string): ModelError => new ModelError('bad-data', message, { where });
  const { width, height, depth } = readHeader(bytes, refuse);
  const lineBytes = Math.ceil((width * depth) / 8);
  const wanted = (lineBytes + 1) * height;
  let data: Uint8Array;
  try {
    data = inflateSync(Buffer.concat(imageData(bytes, refuse)), { maxOutputLength: wanted });
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError('bad-data', `is damaged: ${(cause as Error).message}`, { where, cause });
  }
  if (data.length < wanted) throw refuse('is cut short');
  unfilter(data, lineBytes, height, refuse);
  const categories = new Uint8Array(width * height);
  const [perByte, mask] = [8 / depth, (1 << depth) - 1];
  for (let y = 0, to = 0; y < height; y++) {
    const first = y * (lineBytes + 1) + 1;
    for (let x = 0; x < width; x++) {
      const shift = 8 - depth * ((x % perByte) + 1);
      categories[to++] = (data[first + Math.floor(x / perByte)] >> shift) & mask;
    }
  }
  return { width, height, categories };
}
