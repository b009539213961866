// Owns 5x5 depthwise convolution with stride 1 or 2 by relaxed dot products of four: 16 channels of 2 x 2 pixels.
//
//   weights   i8 [sets][rows 0..3 or 4..7 of the image][column 0..4][output row 0, 1][16 channels][4]
//
// A column of the image is two groups of four rows, interleaved channel by channel in two levels of zips; both rows of the output read
// them, with weights at other places and zeros elsewhere. Of the second group two rows exist with stride 1 and three with stride 2; the
// last one stands for those that are missing, with weights of 0. Weights that are no int8 are the sum of several sets. Accumulators
// are left at `workspace`: [pixel][16].
import { zipHigh, zipLow } from '../../simd';
import { dotAdd4, zipHighBytes, zipLowBytes } from '../simd';

/** `stride` is a literal. `input`: the first tap of the upper left pixel. */
// @ts-ignore: decorator
@inline
function dotDepthwise5x5(
  stride: i32,
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  weights: usize,
  weightsEnd: usize,
  bias: usize,
  workspace: usize,
): void {
  // c[row][column][vector]
  let c000 = v128.load(bias);
  let c001 = v128.load(bias, 16);
  let c002 = v128.load(bias, 32);
  let c003 = v128.load(bias, 48);
  let c010 = c000;
  let c011 = c001;
  let c012 = c002;
  let c013 = c003;
  let c100 = c000;
  let c101 = c001;
  let c102 = c002;
  let c103 = c003;
  let c110 = c000;
  let c111 = c001;
  let c112 = c002;
  let c113 = c003;
  const lowerRows = input + 4 * rowBytes;
  const missing = <usize>stride * rowBytes;
  do {
    let row0 = input;
    let row1 = row0 + rowBytes;
    let row2 = row1 + rowBytes;
    let row3 = row2 + rowBytes;
    while (true) {
      const end = row0 + 5 * pixelBytes;
      let p0 = c000;
      let p1 = c000;
      let p2 = c000;
      let p3 = c000;
      if (stride == 1) {
        const r0 = v128.load(row0);
        const r1 = v128.load(row1);
        const r2 = v128.load(row2);
        const r3 = v128.load(row3);
        const top = zipLowBytes(r0, r1);
        const bottom = zipLowBytes(r2, r3);
        p0 = zipLow(top, bottom);
        p1 = zipHigh(top, bottom);
        const topHigh = zipHighBytes(r0, r1);
        const bottomHigh = zipHighBytes(r2, r3);
        p2 = zipLow(topHigh, bottomHigh);
        p3 = zipHigh(topHigh, bottomHigh);
      }
      do {
        if (stride == 2) {
          const r0 = v128.load(row0);
          const r1 = v128.load(row1);
          const r2 = v128.load(row2);
          const r3 = v128.load(row3);
          const top = zipLowBytes(r0, r1);
          const bottom = zipLowBytes(r2, r3);
          p0 = zipLow(top, bottom);
          p1 = zipHigh(top, bottom);
          const topHigh = zipHighBytes(r0, r1);
          const bottomHigh = zipHighBytes(r2, r3);
          p2 = zipLow(topHigh, bottomHigh);
          p3 = zipHigh(topHigh, bottomHigh);
        }
        const right = <usize>stride * pixelBytes;
        const r0 = v128.load(row0 + right);
        const r1 = v128.load(row1 + right);
        const r2 = v128.load(row2 + right);
        const r3 = v128.load(row3 + right);
        const top = zipLowBytes(r0, r1);
        const bottom = zipLowBytes(r2, r3);
        const q0 = zipLow(top, bottom);
        const q1 = zipHigh(top, bottom);
        const topHigh = zipHighBytes(r0, r1);
        const bottomHigh = zipHighBytes(r2, r3);
        const q2 = zipLow(topHigh, bottomHigh);
        const q3 = zipHigh(topHigh, bottomHigh);
        {
          const w = v128.load(weights);
          c000 = dotAdd4(c000, w, p0);
          c010 = dotAdd4(c010, w, q0);
        }
        {
          const w = v128.load(weights, 16);
          c001 = dotAdd4(c001, w, p1);
          c011 = dotAdd4(c011, w, q1);
        }
        {
          const w = v128.load(weights, 32);
          c002 = dotAdd4(c002, w, p2);
          c012 = dotAdd4(c012, w, q2);
        }
        {
          const w = v128.load(weights, 48);
          c003 = dotAdd4(c003, w, p3);
          c013 = dotAdd4(c013, w, q3);
        }
        {
          const w = v128.load(weights, 64);
          c100 = dotAdd4(c100, w, p0);
          c110 = dotAdd4(c110, w, q0);
        }
        {
          const w = v128.load(weights, 80);
          c101 = dotAdd4(c101, w, p1);
          c111 = dotAdd4(c111, w, q1);
        }
        {
          const w = v128.load(weights, 96);
          c102 = dotAdd4(c102, w, p2);
          c112 = dotAdd4(c112, w, q2);
        }
        {
          const w = v128.load(weights, 112);
          c103 = dotAdd4(c103, w, p3);
          c113 = dotAdd4(c113, w, q3);
        }
        if (stride == 1) {
          p0 = q0;
          p1 = q1;
          p2 = q2;
          p3 = q3;
        }
        weights += 128;
        row0 += pixelBytes;
        row1 += pixelBytes;
        row2 += pixelBytes;
        row3 += pixelBytes;
      } while (row0 < end);
      if (row0 >= lowerRows) break;
      row0 = lowerRows;
      row1 = lowerRows + rowBytes;
      row2 = lowerRows + missing;
      row3 = row2;
    }
  } while (weights < weightsEnd);
  v128.store(workspace, c000);
  v128.store(workspace, c001, 16);
  v128.store(workspace, c002, 32);
  v128.store(workspace, c003, 48);
  v128.store(workspace, c010, 64);
  v128.store(workspace, c011, 80);
  v128.store(workspace, c012, 96);
  v128.store(workspace, c013, 112);
  v128.store(workspace, c100, 128);
  v128.store(workspace, c101, 144);
  v128.store(workspace, c102, 160);
  v128.store(workspace, c103, 176);
  v128.store(workspace, c110, 192);
  v128.store(workspace, c111, 208);
  v128.store(workspace, c112, 224);
  v128.store(workspace, c113, 240);
}

/** Two rows and two columns of the output, one apart. */
export function dotDepthwise5x5Stride1(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  weights: usize,
  weightsEnd: usize,
  bias: usize,
  workspace: usize,
): void {
  dotDepthwise5x5(1, input, rowBytes, pixelBytes, weights, weightsEnd, bias, workspace);
}

/** The same, whose taps are two pixels apart. */
export function dotDepthwise5x5Stride2(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  weights: usize,
  weightsEnd: usize,
  bias: usize,
  workspace: usize,
): void {
  dotDepthwise5x5(2, input, rowBytes, pixelBytes, weights, weightsEnd, bias, workspace);
}
