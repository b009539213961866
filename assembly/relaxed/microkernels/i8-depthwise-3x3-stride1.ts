// Owns 3x3 depthwise convolution with stride 1 by relaxed dot products of four: 16 channels of 2 x 2 pixels.
//
//   weights   i8 [sets][column 0..2][output row 0, 1][16 channels][4]: (w0, w1, w2, 0) for row 0, (0, w0, w1, w2) for row 1
//
// A column of the image is four rows, interleaved channel by channel in two levels of zips; one dot product is one
// column of a filter. Weights that are no int8 are the sum of several sets. Accumulators are
// requantized, or left at `workspace`: [pixel][16].
import { Requantization } from '../../abi';
import { zipHigh, zipLow } from '../../simd';
import { dotAdd4, zipHighBytes, zipLowBytes } from '../simd';
import { requantizeColumn } from './i32-requantize-tile';

/** `input`: the first tap of the upper left pixel; `output`: its place. `hot`: see i8-gemm-dot.ts; otherwise accumulators are left behind. */
// @ts-ignore: decorator
@inline
export function dotDepthwiseStride1(
  hot: i32,
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  output: usize,
  outputRowBytes: usize,
  outputPixelBytes: usize,
  weights: usize,
  weightsEnd: usize,
  bias: usize,
  constants: usize,
  lower: v128,
  upper: v128,
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
  do {
    let at = input;
    let p0: v128;
    let p1: v128;
    let p2: v128;
    let p3: v128;
    let q0: v128;
    let q1: v128;
    let q2: v128;
    let q3: v128;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const r3 = v128.load(at + 3 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r3);
      p0 = zipLow(top, bottom);
      p1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r3);
      p2 = zipLow(topHigh, bottomHigh);
      p3 = zipHigh(topHigh, bottomHigh);
    }
    at += pixelBytes;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const r3 = v128.load(at + 3 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r3);
      q0 = zipLow(top, bottom);
      q1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r3);
      q2 = zipLow(topHigh, bottomHigh);
      q3 = zipHigh(topHigh, bottomHigh);
    }
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
    at += pixelBytes;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const r3 = v128.load(at + 3 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r3);
      p0 = zipLow(top, bottom);
      p1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r3);
      p2 = zipLow(topHigh, bottomHigh);
      p3 = zipHigh(topHigh, bottomHigh);
    }
    {
      const w = v128.load(weights, 128);
      c000 = dotAdd4(c000, w, q0);
      c010 = dotAdd4(c010, w, p0);
    }
    {
      const w = v128.load(weights, 144);
      c001 = dotAdd4(c001, w, q1);
      c011 = dotAdd4(c011, w, p1);
    }
    {
      const w = v128.load(weights, 160);
      c002 = dotAdd4(c002, w, q2);
      c012 = dotAdd4(c012, w, p2);
    }
    {
      const w = v128.load(weights, 176);
      c003 = dotAdd4(c003, w, q3);
      c013 = dotAdd4(c013, w, p3);
    }
    {
      const w = v128.load(weights, 192);
      c100 = dotAdd4(c100, w, q0);
      c110 = dotAdd4(c110, w, p0);
    }
    {
      const w = v128.load(weights, 208);
      c101 = dotAdd4(c101, w, q1);
      c111 = dotAdd4(c111, w, p1);
    }
    {
      const w = v128.load(weights, 224);
      c102 = dotAdd4(c102, w, q2);
      c112 = dotAdd4(c112, w, p2);
    }
    {
      const w = v128.load(weights, 240);
      c103 = dotAdd4(c103, w, q3);
      c113 = dotAdd4(c113, w, p3);
    }
    at += pixelBytes;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const r3 = v128.load(at + 3 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r3);
      q0 = zipLow(top, bottom);
      q1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r3);
      q2 = zipLow(topHigh, bottomHigh);
      q3 = zipHigh(topHigh, bottomHigh);
    }
    {
      const w = v128.load(weights, 256);
      c000 = dotAdd4(c000, w, p0);
      c010 = dotAdd4(c010, w, q0);
    }
    {
      const w = v128.load(weights, 272);
      c001 = dotAdd4(c001, w, p1);
      c011 = dotAdd4(c011, w, q1);
    }
    {
      const w = v128.load(weights, 288);
      c002 = dotAdd4(c002, w, p2);
      c012 = dotAdd4(c012, w, q2);
    }
    {
      const w = v128.load(weights, 304);
      c003 = dotAdd4(c003, w, p3);
      c013 = dotAdd4(c013, w, q3);
    }
    {
      const w = v128.load(weights, 320);
      c100 = dotAdd4(c100, w, p0);
      c110 = dotAdd4(c110, w, q0);
    }
    {
      const w = v128.load(weights, 336);
      c101 = dotAdd4(c101, w, p1);
      c111 = dotAdd4(c111, w, q1);
    }
    {
      const w = v128.load(weights, 352);
      c102 = dotAdd4(c102, w, p2);
      c112 = dotAdd4(c112, w, q2);
    }
    {
      const w = v128.load(weights, 368);
      c103 = dotAdd4(c103, w, p3);
      c113 = dotAdd4(c113, w, q3);
    }
    weights += 384;
  } while (weights < weightsEnd);
  if (hot != Requantization.General) {
    const right = output + outputPixelBytes;
    const below = output + outputRowBytes;
    const corner = right + outputRowBytes;
    requantizeColumn(hot, 4, output, right, below, corner, c000, c001, c010, c011, c100, c101, c110, c111, constants, lower, upper);
    requantizeColumn(
      hot,
      4,
      output + 16,
      right + 16,
      below + 16,
      corner + 16,
      c002,
      c003,
      c012,
      c013,
      c102,
      c103,
      c112,
      c113,
      constants + 128,
      lower,
      upper,
    );
    return;
  }
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
