// Owns the tests of tools/images/bmp.ts: every depth, both row orders, palettes and bit fields, damaged headers.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeBmp } from '../../../tools/images/bmp';

interface Bmp {
  width: number;
  /** Negative: rows stand top to bottom. */
  height: number;
  bits: number;
  compression?: number;
  masks?: number[];
  /** Blue, green, red, 0 per colour. */
  palette?: number[];
  /** Bytes between palette and rows. */
  gap?: number;
  /** Rows as they stand in the file, padded by the caller. */
  rows: number[];
}

function bmp({ width, height, bits, compression = 0, masks = [], palette = [], gap = 0, rows }: Bmp): Uint8Array {
  const first = 54 + 4 * masks.length + palette.length + gap;
  const bytes = new Uint8Array(first + rows.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, first, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, palette.length / 4, true);
  masks.forEach((mask, i) => {
    view.setUint32(54 + 4 * i, mask, true);
  });
  bytes.set(palette, 54 + 4 * masks.length);
  bytes.set(rows, first);
  return bytes;
}

const palette = [0, 0, 0, 0, 30, 20, 10, 0, 60, 50, 40, 0];

const cases: [string, Bmp, number[]][] = [
  ['24 bits, last row first, rows padded', { width: 1, height: 2, bits: 24, rows: [3, 2, 1, 0, 6, 5, 4, 0] }, [4, 5, 6, 1, 2, 3]],
  ['24 bits, first row first', { width: 1, height: -2, bits: 24, rows: [3, 2, 1, 0, 6, 5, 4, 0] }, [1, 2, 3, 4, 5, 6]],
  ['8 bits with a gap before the rows', { width: 2, height: 1, bits: 8, palette, gap: 3, rows: [2, 1, 0, 0] }, [40, 50, 60, 10, 20, 30]],
  ['4 bits, high nibble first', { width: 3, height: 1, bits: 4, palette, rows: [0x12, 0x10, 0, 0] }, [10, 20, 30, 40, 50, 60, 10, 20, 30]],
  [
    '1 bit, high bit first',
    { width: 3, height: 1, bits: 1, palette: palette.slice(0, 8), rows: [0xa0, 0, 0, 0] },
    [10, 20, 30, 0, 0, 0, 10, 20, 30],
  ],
  ['8 bits beyond the palette is black', { width: 1, height: 1, bits: 8, palette, rows: [9, 0, 0, 0] }, [0, 0, 0]],
  ['16 bits are 5-5-5', { width: 2, height: 1, bits: 16, rows: [0x1f, 0x7c, 0xe0, 0x03] }, [255, 0, 255, 0, 255, 0]],
  [
    '16 bits by fields 5-6-5',
    { width: 2, height: 1, bits: 16, compression: 3, masks: [0xf800, 0x07e0, 0x001f], rows: [0x00, 0xf8, 0x20, 0x00] },
    [255, 0, 0, 0, 4, 0],
  ],
  ['32 bits drop alpha', { width: 1, height: 1, bits: 32, rows: [3, 2, 1, 200] }, [1, 2, 3]],
  [
    '32 bits by fields with red on top',
    { width: 1, height: 1, bits: 32, compression: 3, masks: [0xff000000, 0xff0000, 0xff00], rows: [9, 3, 2, 1] },
    [1, 2, 3],
  ],
];

for (const [title, description, expected] of cases) {
  test(title, () => {
    const { data, channels } = decodeBmp(bmp(description));
    assert.is(channels, 3);
    assert.equal(Array.from(data), expected);
  });
}

test('run lengths, unknown headers and missing rows are refused', () => {
  const good: Bmp = { width: 2, height: 2, bits: 24, rows: new Array(16).fill(0) };
  assert.throws(() => decodeBmp(bmp({ ...good, compression: 1 })), /compression 1 at 24 bits is not read/);
  assert.throws(() => decodeBmp(bmp({ ...good, bits: 7 })), /at 7 bits/);
  assert.throws(() => decodeBmp(bmp({ ...good, width: 0 })), /no known kind/);
  assert.throws(() => decodeBmp(bmp({ ...good, width: 0x7fffffff, height: 0x7fffffff })), /cut short: 2147483647x2147483647/);
  assert.throws(() => decodeBmp(bmp(good).subarray(0, 69)), /cut short: 2x2/);
  assert.throws(() => decodeBmp(bmp(good).subarray(0, 53)), /cut short/);
});

test.run();
