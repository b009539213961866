// Owns BMP files, which sharp does not read: uncompressed, 1 to 32 bits per pixel, palettes and bit fields, either row order.
import type { Pixels } from 'zeropoint/image';

const plain = 0;
const bitFields = 3;
const alphaBitFields = 6;

interface Header {
  width: number;
  /** Positive: the last row comes first. */
  height: number;
  bits: number;
  masks: readonly number[];
  palette: Uint8Array;
  /** Rows, each padded to 4 bytes. */
  rows: Uint8Array;
  stride: number;
}

/** BITMAPFILEHEADER and BITMAPINFOHEADER or one of its longer successors (Windows GDI, wingdi.h). */
function readHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(14, true);
  const [width, height, bits] = [view.getInt32(18, true), view.getInt32(22, true), view.getUint16(28, true)];
  const compression = view.getUint32(30, true);
  const usesMasks = compression === bitFields || compression === alphaBitFields;
  if (headerBytes < 40 || width <= 0 || height === 0) throw new Error(`its header of ${headerBytes} bytes is of no known kind`);
  if ((compression !== plain && !usesMasks) || ![1, 4, 8, 16, 24, 32].includes(bits)) {
    throw new Error(`BMP compression ${compression} at ${bits} bits is not read; save it uncompressed`);
  }
  const stride = Math.ceil((bits * width) / 32) * 4;
  const first = view.getUint32(10, true);
  const rows = bytes.subarray(first, first + stride * Math.abs(height));
  if (rows.length < stride * Math.abs(height)) throw new Error(`it is cut short: ${width}x${Math.abs(height)} pixels are announced`);
  const defaults = bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff];
  const masks = usesMasks ? [54, 58, 62].map((at) => view.getUint32(at, true)) : defaults;
  const paletteAt = 14 + headerBytes + (usesMasks && headerBytes === 40 ? 12 : 0);
  const colors = view.getUint32(46, true) || 2 ** Math.min(bits, 8);
  return { width, height, bits, masks, palette: bytes.subarray(paletteAt, paletteAt + 4 * colors), rows, stride };
}

/** Brings the bits under `mask` to 0..255. */
function scaledField(pixel: number, mask: number): number {
  if (mask === 0) return 0;
  const shift = 31 - Math.clz32(mask & -mask);
  return Math.round((((pixel & mask) >>> shift) * 255) / (mask >>> shift));
}

/** Writes the colour of pixel `x` of the row that starts at `line`; colours beyond the palette are black. */
function readPixel({ bits, masks, palette, rows }: Header, line: number, x: number, out: Uint8Array, to: number): void {
  if (bits <= 8) {
    const bit = x * bits;
    const index = (rows[line + (bit >> 3)] >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
    for (let c = 0; c < 3; c++) out[to + c] = palette[4 * index + 2 - c] ?? 0;
  } else if (bits === 24) {
    for (let c = 0; c < 3; c++) out[to + c] = rows[line + 3 * x + 2 - c];
  } else {
    const at = line + (x * bits) / 8;
    const pixel = rows[at] | (rows[at + 1] << 8) | (bits === 32 ? (rows[at + 2] << 16) | (rows[at + 3] << 24) : 0);
    for (let c = 0; c < 3; c++) out[to + c] = scaledField(pixel, masks[c]);
  }
}

/** RGB pixels of a BMP file; alpha is dropped. `checkSize` refuses sizes by an Error. @throws Error saying what is wrong with the file */
export function decodeBmp(bytes: Uint8Array, checkSize: (width: number, height: number) => void = () => {}): Pixels {
  if (bytes.length < 54) throw new Error('it is cut short');
  const header = readHeader(bytes);
  const { width, stride } = header;
  const height = Math.abs(header.height);
  checkSize(width, height);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const line = (header.height > 0 ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++) readPixel(header, line, x, data, (y * width + x) * 3);
  }
  return { data, width, height, channels: 3 };
}
