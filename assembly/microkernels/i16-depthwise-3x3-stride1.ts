// Owns one output row of a 3x3 depthwise convolution with stride 1: two pixels and eight channels at a time.
//
//   weights per block of 8 channels, 256 bytes: pairs of taps zipped channel by channel (low four, high four), then the bias
//   (00,10) (01,11) (02,12) (20,21) (22,0) (0,20) (21,22) | bias i32x8
//   tap rc is row r, column c; 0 is a zero weight
//
// Two taps are zipped so that one dot product covers both. Rows 0 and 1 of a column serve both pixels.
import { requantize8 } from '../requantize';
import { dotAdd, zipHigh, zipLow } from '../simd';

/**
 * `input` is the first tap of the row's first pixel in a zero-bordered image; `columns` >= 2. An odd last pixel is covered by
 * computing its left neighbour again.
 */
// @ts-ignore: decorator
@inline
export function depthwise3x3Stride1Row(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  output: usize,
  outputPixelBytes: usize,
  columns: i32,
  blocks: i32,
  weights: usize,
  constants: usize,
  mode: i32,
  shift: i32,
  lower: v128,
  upper: v128,
): void {
  const z1 = pixelBytes;
  const z2 = <usize>2 * pixelBytes;
  const z3 = <usize>3 * pixelBytes;
  let x = 0;
  while (true) {
    let row0 = input + <usize>x * pixelBytes;
    const end = row0 + (<usize>blocks << 4);
    let o = output + <usize>x * outputPixelBytes;
    let w = weights;
    let c = constants;
    do {
      const row1 = row0 + rowBytes;
      const row2 = row1 + rowBytes;
      let l0 = v128.load(w, 224);
      let l1 = l0;
      {
        const p = zipLow(v128.load(row0), v128.load(row1));
        l0 = dotAdd(l0, p, v128.load(w, 0));
      }
      {
        const p = zipLow(v128.load(row0 + z1), v128.load(row1 + z1));
        l1 = dotAdd(l1, p, v128.load(w, 0));
        l0 = dotAdd(l0, p, v128.load(w, 32));
      }
      {
        const p = zipLow(v128.load(row2), v128.load(row2 + z1));
        l0 = dotAdd(l0, p, v128.load(w, 96));
        l1 = dotAdd(l1, p, v128.load(w, 160));
      }
      {
        const p = zipLow(v128.load(row0 + z2), v128.load(row1 + z2));
        l1 = dotAdd(l1, p, v128.load(w, 32));
        l0 = dotAdd(l0, p, v128.load(w, 64));
      }
      {
        const p = zipLow(v128.load(row0 + z3), v128.load(row1 + z3));
        l1 = dotAdd(l1, p, v128.load(w, 64));
      }
      {
        const p = zipLow(v128.load(row2 + z2), v128.load(row2 + z3));
        l0 = dotAdd(l0, p, v128.load(w, 128));
        l1 = dotAdd(l1, p, v128.load(w, 192));
      }
      let h0 = v128.load(w, 240);
      let h1 = h0;
      {
        const p = zipHigh(v128.load(row0), v128.load(row1));
        h0 = dotAdd(h0, p, v128.load(w, 16));
      }
      {
        const p = zipHigh(v128.load(row0 + z1), v128.load(row1 + z1));
        h1 = dotAdd(h1, p, v128.load(w, 16));
        h0 = dotAdd(h0, p, v128.load(w, 48));
      }
      {
        const p = zipHigh(v128.load(row2), v128.load(row2 + z1));
        h0 = dotAdd(h0, p, v128.load(w, 112));
        h1 = dotAdd(h1, p, v128.load(w, 176));
      }
      {
        const p = zipHigh(v128.load(row0 + z2), v128.load(row1 + z2));
        h1 = dotAdd(h1, p, v128.load(w, 48));
        h0 = dotAdd(h0, p, v128.load(w, 80));
      }
      {
        const p = zipHigh(v128.load(row0 + z3), v128.load(row1 + z3));
        h1 = dotAdd(h1, p, v128.load(w, 80));
      }
      {
        const p = zipHigh(v128.load(row2 + z2), v128.load(row2 + z3));
        h0 = dotAdd(h0, p, v128.load(w, 144));
        h1 = dotAdd(h1, p, v128.load(w, 208));
      }
      v128.store(o, requantize8(l0, h0, c, mode, shift, lower, upper));
      v128.store(o + outputPixelBytes, requantize8(l1, h1, c, mode, shift, lower, upper));
      row0 += 16;
      o += 16;
      w += 256;
      c += 128;
    } while (row0 < end);
    x += 2;
    if (x >= columns) break;
    if (x + 2 > columns) x = columns - 2;
  }
}
