// Owns PNG files made of pixels: 8 bits per channel, grey, RGB or RGBA, not interlaced (W3C PNG Specification, third edition).
import { deflateSync } from 'node:zlib';
import type { Pixels } from 'zeropoint/image';

/** CRC-32 of one byte at every state, polynomial 0xedb88320 (PNG, annex D). */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Length of the data, type and data, CRC-32 of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** Paeth's predictor: of left, above and above left, the one nearest to left + above - above left. */
function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove, toCorner] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Predictions of a byte by the filter types 0 (none), 1 (sub), 2 (up) and 4 (Paeth). */
const filters: readonly (readonly [type: number, predict: (left: number, above: number, corner: number) => number])[] = [
  [0, () => 0],
  [1, (left) => left],
  [2, (_, above) => above],
  [4, paeth],
];

/** Rows, each after the type of its filter: the one with the least sum of absolute differences (PNG, section 12.7). */
function filteredRows({ data, width, height, channels }: Pixels): Uint8Array {
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  const row = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    let least = Number.POSITIVE_INFINITY;
    for (const [type, predict] of filters) {
      let sum = 0;
      for (let i = 0, at = y * stride; i < stride; i++, at++) {
        const left = i >= channels ? data[at - channels] : 0;
        const above = y > 0 ? data[at - stride] : 0;
        const corner = i >= channels && y > 0 ? data[at - stride - channels] : 0;
        row[i] = data[at] - predict(left, above, corner);
        sum += row[i] < 128 ? row[i] : 256 - row[i];
      }
      if (sum >= least) continue;
      least = sum;
      rows[y * (stride + 1)] = type;
      rows.set(row, y * (stride + 1) + 1);
    }
  }
  return rows;
}

/** Colour types: grey 0, RGB 2, RGBA 6. */
const colorTypes = { 1: 0, 3: 2, 4: 6 } as const;

/** The bytes of a PNG file. */
export function encodePng(pixels: Pixels): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, pixels.width);
  view.setUint32(4, pixels.height);
  header[8] = 8;
  header[9] = colorTypes[pixels.channels];
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(filteredRows(pixels))), chunk('IEND', new Uint8Array(0))];
  return new Uint8Array(Buffer.concat([signature, ...chunks]));
}
