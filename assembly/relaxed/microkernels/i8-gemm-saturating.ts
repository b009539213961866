// Owns one panel of output channels of a GEMM over 8-bit terms for engines whose dot products saturate: unsigned terms, two products to an
// int16. The plan splits weights so that no sum of one, or with `pairs` of two, dot products exceeds an int16; layout as in i8-gemm-dot.ts.
import { addPairs, dot2 } from '../simd';
import { requantizeTile } from './i32-requantize-tile';

/** Pixels [begin, end) of one panel, `end` > `begin`. `rows` is 2 or 1, `vectors` 4 or 2, `pairs` true or false; all are literals. */
// @ts-ignore: decorator
@inline
export function saturatingGemm(
  rows: i32,
  vectors: i32,
  pairs: bool,
  input: usize,
  inputOffsets: usize,
  output: usize,
  outputOffsets: usize,
  begin: i32,
  end: i32,
  weights: usize,
  tapOffsets: usize,
  taps: i32,
  turns: i32,
  extraOffsets: usize,
  extraOffsetsEnd: usize,
  extraWeights: usize,
  bias: usize,
  constants: usize,
  mode: i32,
  shift: i32,
  lower: v128,
  upper: v128,
  workspace: usize,
): void {
  const last = <usize>(end - 1) << 2;
  const tapEnd = tapOffsets + (<usize>taps << 2);
  const tapBytes = <usize>turns * <usize>vectors << 5;
  // Ones that the compiler does not know, since `turns` >= 1: V8 rebuilds a constant vector before every use, by three instructions.
  const ones = i16x8.splat(<i16>min(turns, 1));
  for (let m0 = <usize>begin << 2; m0 <= last; m0 += <usize>rows << 2) {
    const p0 = input + <usize>load<i32>(inputOffsets + m0);
    const p1 = rows > 1 ? input + <usize>load<i32>(inputOffsets + min(m0 + 4, last)) : p0;
    // c[pixel][vector]
    let c00 = v128.load(bias);
    let c01 = v128.load(bias, 16);
    let c02 = vectors > 2 ? v128.load(bias, 32) : c00;
    let c03 = vectors > 2 ? v128.load(bias, 48) : c00;
    let c10 = c00;
    let c11 = c01;
    let c12 = c02;
    let c13 = c03;
    let w = weights;
    let tap = tapOffsets;
    do {
      const offset = <usize>load<i32>(tap);
      let a0 = p0 + offset;
      let a1 = p1 + offset;
      const tapWeightsEnd = w + tapBytes;
      do {
        const x0 = v128.load32_splat(a0);
        const x1 = rows > 1 ? v128.load32_splat(a1) : x0;
        const y0 = v128.load32_splat(a0, 4);
        const y1 = rows > 1 ? v128.load32_splat(a1, 4) : y0;
        const v0 = v128.load(w, 0);
        const u0 = v128.load(w + (<usize>vectors << 4), 0);
        c00 = twoQuads(c00, v0, x0, u0, y0, ones, pairs);
        if (rows > 1) c10 = twoQuads(c10, v0, x1, u0, y1, ones, pairs);
        const v1 = v128.load(w, 16);
        const u1 = v128.load(w + (<usize>vectors << 4), 16);
        c01 = twoQuads(c01, v1, x0, u1, y0, ones, pairs);
        if (rows > 1) c11 = twoQuads(c11, v1, x1, u1, y1, ones, pairs);
        if (vectors > 2) {
          const v2 = v128.load(w, 32);
          const u2 = v128.load(w + (<usize>vectors << 4), 32);
          c02 = twoQuads(c02, v2, x0, u2, y0, ones, pairs);
          if (rows > 1) c12 = twoQuads(c12, v2, x1, u2, y1, ones, pairs);
          const v3 = v128.load(w, 48);
          const u3 = v128.load(w + (<usize>vectors << 4), 48);
          c03 = twoQuads(c03, v3, x0, u3, y0, ones, pairs);
          if (rows > 1) c13 = twoQuads(c13, v3, x1, u3, y1, ones, pairs);
        }
        a0 += 8;
        if (rows > 1) a1 += 8;
        w += <usize>vectors << 5;
      } while (w < tapWeightsEnd);
      tap += 4;
    } while (tap < tapEnd);
    let extra = extraWeights;
    for (let at = extraOffsets; at < extraOffsetsEnd; at += 4) {
      const offset = <usize>load<i32>(at);
      const x0 = v128.load32_splat(p0 + offset);
      const x1 = rows > 1 ? v128.load32_splat(p1 + offset) : x0;
      const v0 = v128.load(extra, 0);
      c00 = addPairs(c00, dot2(v0, x0), ones);
      if (rows > 1) c10 = addPairs(c10, dot2(v0, x1), ones);
      const v1 = v128.load(extra, 16);
      c01 = addPairs(c01, dot2(v1, x0), ones);
      if (rows > 1) c11 = addPairs(c11, dot2(v1, x1), ones);
      if (vectors > 2) {
        const v2 = v128.load(extra, 32);
        c02 = addPairs(c02, dot2(v2, x0), ones);
        if (rows > 1) c12 = addPairs(c12, dot2(v2, x1), ones);
        const v3 = v128.load(extra, 48);
        c03 = addPairs(c03, dot2(v3, x0), ones);
        if (rows > 1) c13 = addPairs(c13, dot2(v3, x1), ones);
      }
      extra += 64;
    }
    v128.store(workspace, c00);
    v128.store(workspace, c01, 16);
    if (vectors > 2) v128.store(workspace, c02, 32);
    if (vectors > 2) v128.store(workspace, c03, 48);
    if (rows > 1) v128.store(workspace + <usize>vectors * 16, c10);
    if (rows > 1) v128.store(workspace + <usize>vectors * 16, c11, 16);
    if (rows > 1 && vectors > 2) v128.store(workspace + <usize>vectors * 16, c12, 32);
    if (rows > 1 && vectors > 2) v128.store(workspace + <usize>vectors * 16, c13, 48);
    requantizeTile(workspace, rows, vectors, output, outputOffsets + m0, outputOffsets + last, constants, mode, shift, lower, upper);
  }
}

/** Adds the products of two quads: with `pairs` their int16 sums first. */
// @ts-ignore: decorator
@inline
function twoQuads(sum: v128, w0: v128, x0: v128, w1: v128, x1: v128, ones: v128, pairs: bool): v128 {
  if (pairs) return addPairs(sum, i16x8.add(dot2(w0, x0), dot2(w1, x1)), ones);
  return addPairs(addPairs(sum, dot2(w0, x0), ones), dot2(w1, x1), ones);
}
