// Owns 3x3 depthwise convolution with stride 2 by relaxed dot products of four: 16 channels of 2 pixels in a row.
//
//   weights   i8 [sets][column 0..2][16 channels][4]: (w0, w1, w2, 0)
//
// A column of the image is three rows, interleaved channel by channel in two levels of zips; one dot product is one
// column of a filter. Weights that are no int8 are the sum of several sets. A zip of equal
// vectors would be a table lookup on arm64, so that the fourth row is the first again; its weight is 0. Accumulators are requantized, or
// left at `workspace`: [pixel][16].
import { Requantization } from '../../abi';
import { zipHigh, zipLow } from '../../simd';
import { dotAdd4, zipHighBytes, zipLowBytes } from '../simd';
import { requantizeColumn } from './i32-requantize-tile';

/** `input`: the first tap of the left pixel; `output`: its place. */
// @ts-ignore: decorator
@inline
export function dotDepthwiseStride2(
  hot: i32,
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  output: usize,
  outputPixelBytes: usize,
  weights: usize,
  weightsEnd: usize,
  bias: usize,
  constants: usize,
  lower: v128,
  upper: v128,
  workspace: usize,
): void {
  // c[column][vector]
  let c00 = v128.load(bias);
  let c01 = v128.load(bias, 16);
  let c02 = v128.load(bias, 32);
  let c03 = v128.load(bias, 48);
  let c10 = c00;
  let c11 = c01;
  let c12 = c02;
  let c13 = c03;
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
    let t0: v128;
    let t1: v128;
    let t2: v128;
    let t3: v128;
    let s0: v128;
    let s1: v128;
    let s2: v128;
    let s3: v128;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r0);
      p0 = zipLow(top, bottom);
      p1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r0);
      p2 = zipLow(topHigh, bottomHigh);
      p3 = zipHigh(topHigh, bottomHigh);
    }
    at += pixelBytes;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r0);
      q0 = zipLow(top, bottom);
      q1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r0);
      q2 = zipLow(topHigh, bottomHigh);
      q3 = zipHigh(topHigh, bottomHigh);
    }
    at += pixelBytes;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r0);
      t0 = zipLow(top, bottom);
      t1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r0);
      t2 = zipLow(topHigh, bottomHigh);
      t3 = zipHigh(topHigh, bottomHigh);
    }
    {
      const w = v128.load(weights);
      c00 = dotAdd4(c00, w, p0);
      c10 = dotAdd4(c10, w, t0);
    }
    {
      const w = v128.load(weights, 16);
      c01 = dotAdd4(c01, w, p1);
      c11 = dotAdd4(c11, w, t1);
    }
    {
      const w = v128.load(weights, 32);
      c02 = dotAdd4(c02, w, p2);
      c12 = dotAdd4(c12, w, t2);
    }
    {
      const w = v128.load(weights, 48);
      c03 = dotAdd4(c03, w, p3);
      c13 = dotAdd4(c13, w, t3);
    }
    at += pixelBytes;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r0);
      s0 = zipLow(top, bottom);
      s1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r0);
      s2 = zipLow(topHigh, bottomHigh);
      s3 = zipHigh(topHigh, bottomHigh);
    }
    {
      const w = v128.load(weights, 64);
      c00 = dotAdd4(c00, w, q0);
      c10 = dotAdd4(c10, w, s0);
    }
    {
      const w = v128.load(weights, 80);
      c01 = dotAdd4(c01, w, q1);
      c11 = dotAdd4(c11, w, s1);
    }
    {
      const w = v128.load(weights, 96);
      c02 = dotAdd4(c02, w, q2);
      c12 = dotAdd4(c12, w, s2);
    }
    {
      const w = v128.load(weights, 112);
      c03 = dotAdd4(c03, w, q3);
      c13 = dotAdd4(c13, w, s3);
    }
    at += pixelBytes;
    {
      const r0 = v128.load(at);
      const r1 = v128.load(at + rowBytes);
      const r2 = v128.load(at + 2 * rowBytes);
      const top = zipLowBytes(r0, r1);
      const bottom = zipLowBytes(r2, r0);
      p0 = zipLow(top, bottom);
      p1 = zipHigh(top, bottom);
      const topHigh = zipHighBytes(r0, r1);
      const bottomHigh = zipHighBytes(r2, r0);
      p2 = zipLow(topHigh, bottomHigh);
      p3 = zipHigh(topHigh, bottomHigh);
    }
    {
      const w = v128.load(weights, 128);
      c00 = dotAdd4(c00, w, t0);
      c10 = dotAdd4(c10, w, p0);
    }
    {
      const w = v128.load(weights, 144);
      c01 = dotAdd4(c01, w, t1);
      c11 = dotAdd4(c11, w, p1);
    }
    {
      const w = v128.load(weights, 160);
      c02 = dotAdd4(c02, w, t2);
      c12 = dotAdd4(c12, w, p2);
    }
    {
      const w = v128.load(weights, 176);
      c03 = dotAdd4(c03, w, t3);
      c13 = dotAdd4(c13, w, p3);
    }
    weights += 192;
  } while (weights < weightsEnd);
  if (hot != Requantization.General) {
    const right = output + outputPixelBytes;
    const next = output + 16;
    const nextRight = right + 16;
    requantizeColumn(hot, 2, output, right, output, right, c00, c01, c10, c11, c00, c01, c10, c11, constants, lower, upper);
    requantizeColumn(hot, 2, next, nextRight, next, nextRight, c02, c03, c12, c13, c02, c03, c12, c13, constants + 128, lower, upper);
    return;
  }
  v128.store(workspace, c00);
  v128.store(workspace, c01, 16);
  v128.store(workspace, c02, 32);
  v128.store(workspace, c03, 48);
  v128.store(workspace, c10, 64);
  v128.store(workspace, c11, 80);
  v128.store(workspace, c12, 96);
  v128.store(workspace, c13, 112);
}
