// Owns one panel of output channels of a GEMM over 8-bit terms by relaxed dot products of four: tiles of 4, 2 or 1 pixels by 16 or 8
// channels.
//
//   weights   i8 [tap][2 turns][channels][4]: one v128 = 4 channels x 4 input elements, a quad
//   pixel m   starts at input + inputOffsets[m]; tap t adds tapOffsets[t]
//   extras    quads that run after the panel's own, at offsets of their own from the pixel: what the panel's weights cannot hold
//
// A turn is two quads. On arm64 every load at an offset is an addition of its own.
import { Requantization } from '../../abi';
import { dotAdd4, splatQuad } from '../simd';
import { requantizeColumn, requantizeTile } from './i32-requantize-tile';

/**
 * Pixels [begin, end) of one panel, `end` > `begin`. `rows` is 4, 2 or 1, `vectors` 4 or 2; both are literals, as is `hot`: in tiles of
 * 4 x 16 ScaledHalf or SignedHalf where `mode` is that, else General, and accumulators are requantized through memory.
 */
// @ts-ignore: decorator
@inline
export function dotGemm(
  rows: i32,
  vectors: i32,
  hot: i32,
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
  for (let m = <usize>begin << 2; m <= last; m += <usize>rows << 2) {
    // A hot last tile computes pixels of the one before again: there are at least as many as it has rows.
    const m0 = hot != Requantization.General ? min(m, last - 12) : m;
    const p0 = input + <usize>load<i32>(inputOffsets + m0);
    const p1 = rows > 1 ? input + offsetOf(hot, inputOffsets, m0, 4, last) : p0;
    const p2 = rows > 2 ? input + offsetOf(hot, inputOffsets, m0, 8, last) : p0;
    const p3 = rows > 2 ? input + offsetOf(hot, inputOffsets, m0, 12, last) : p0;
    // c[pixel][vector]
    let c00 = v128.load(bias);
    let c01 = v128.load(bias, 16);
    let c02 = vectors > 2 ? v128.load(bias, 32) : c00;
    let c03 = vectors > 2 ? v128.load(bias, 48) : c00;
    let c10 = c00;
    let c11 = c01;
    let c12 = c02;
    let c13 = c03;
    let c20 = c00;
    let c21 = c01;
    let c22 = c02;
    let c23 = c03;
    let c30 = c00;
    let c31 = c01;
    let c32 = c02;
    let c33 = c03;
    let w = weights;
    let tap = tapOffsets;
    do {
      const offset = <usize>load<i32>(tap);
      let a0 = p0 + offset;
      let a1 = p1 + offset;
      let a2 = p2 + offset;
      let a3 = p3 + offset;
      const tapWeightsEnd = w + tapBytes;
      if (rows == 4 && vectors == 4) {
        // Two turns at once: sixteen bytes of a pixel are one load, and a splat of a lane is one instruction, unlike a splat from memory.
        const pairsEnd = w + ((<usize>turns >> 1) << 8);
        while (w < pairsEnd) {
          const x0 = v128.load(a0);
          const x1 = v128.load(a1);
          const x2 = v128.load(a2);
          const x3 = v128.load(a3);
          {
            const y0 = splatQuad(x0, 0);
            const y1 = splatQuad(x1, 0);
            const y2 = splatQuad(x2, 0);
            const y3 = splatQuad(x3, 0);
            const w0 = v128.load(w, 0);
            c00 = dotAdd4(c00, w0, y0);
            c10 = dotAdd4(c10, w0, y1);
            c20 = dotAdd4(c20, w0, y2);
            c30 = dotAdd4(c30, w0, y3);
            const w1 = v128.load(w, 16);
            c01 = dotAdd4(c01, w1, y0);
            c11 = dotAdd4(c11, w1, y1);
            c21 = dotAdd4(c21, w1, y2);
            c31 = dotAdd4(c31, w1, y3);
            const w2 = v128.load(w, 32);
            c02 = dotAdd4(c02, w2, y0);
            c12 = dotAdd4(c12, w2, y1);
            c22 = dotAdd4(c22, w2, y2);
            c32 = dotAdd4(c32, w2, y3);
            const w3 = v128.load(w, 48);
            c03 = dotAdd4(c03, w3, y0);
            c13 = dotAdd4(c13, w3, y1);
            c23 = dotAdd4(c23, w3, y2);
            c33 = dotAdd4(c33, w3, y3);
          }
          {
            const y0 = splatQuad(x0, 1);
            const y1 = splatQuad(x1, 1);
            const y2 = splatQuad(x2, 1);
            const y3 = splatQuad(x3, 1);
            const w0 = v128.load(w, 64);
            c00 = dotAdd4(c00, w0, y0);
            c10 = dotAdd4(c10, w0, y1);
            c20 = dotAdd4(c20, w0, y2);
            c30 = dotAdd4(c30, w0, y3);
            const w1 = v128.load(w, 80);
            c01 = dotAdd4(c01, w1, y0);
            c11 = dotAdd4(c11, w1, y1);
            c21 = dotAdd4(c21, w1, y2);
            c31 = dotAdd4(c31, w1, y3);
            const w2 = v128.load(w, 96);
            c02 = dotAdd4(c02, w2, y0);
            c12 = dotAdd4(c12, w2, y1);
            c22 = dotAdd4(c22, w2, y2);
            c32 = dotAdd4(c32, w2, y3);
            const w3 = v128.load(w, 112);
            c03 = dotAdd4(c03, w3, y0);
            c13 = dotAdd4(c13, w3, y1);
            c23 = dotAdd4(c23, w3, y2);
            c33 = dotAdd4(c33, w3, y3);
          }
          {
            const y0 = splatQuad(x0, 2);
            const y1 = splatQuad(x1, 2);
            const y2 = splatQuad(x2, 2);
            const y3 = splatQuad(x3, 2);
            const w0 = v128.load(w, 128);
            c00 = dotAdd4(c00, w0, y0);
            c10 = dotAdd4(c10, w0, y1);
            c20 = dotAdd4(c20, w0, y2);
            c30 = dotAdd4(c30, w0, y3);
            const w1 = v128.load(w, 144);
            c01 = dotAdd4(c01, w1, y0);
            c11 = dotAdd4(c11, w1, y1);
            c21 = dotAdd4(c21, w1, y2);
            c31 = dotAdd4(c31, w1, y3);
            const w2 = v128.load(w, 160);
            c02 = dotAdd4(c02, w2, y0);
            c12 = dotAdd4(c12, w2, y1);
            c22 = dotAdd4(c22, w2, y2);
            c32 = dotAdd4(c32, w2, y3);
            const w3 = v128.load(w, 176);
            c03 = dotAdd4(c03, w3, y0);
            c13 = dotAdd4(c13, w3, y1);
            c23 = dotAdd4(c23, w3, y2);
            c33 = dotAdd4(c33, w3, y3);
          }
          {
            const y0 = splatQuad(x0, 3);
            const y1 = splatQuad(x1, 3);
            const y2 = splatQuad(x2, 3);
            const y3 = splatQuad(x3, 3);
            const w0 = v128.load(w, 192);
            c00 = dotAdd4(c00, w0, y0);
            c10 = dotAdd4(c10, w0, y1);
            c20 = dotAdd4(c20, w0, y2);
            c30 = dotAdd4(c30, w0, y3);
            const w1 = v128.load(w, 208);
            c01 = dotAdd4(c01, w1, y0);
            c11 = dotAdd4(c11, w1, y1);
            c21 = dotAdd4(c21, w1, y2);
            c31 = dotAdd4(c31, w1, y3);
            const w2 = v128.load(w, 224);
            c02 = dotAdd4(c02, w2, y0);
            c12 = dotAdd4(c12, w2, y1);
            c22 = dotAdd4(c22, w2, y2);
            c32 = dotAdd4(c32, w2, y3);
            const w3 = v128.load(w, 240);
            c03 = dotAdd4(c03, w3, y0);
            c13 = dotAdd4(c13, w3, y1);
            c23 = dotAdd4(c23, w3, y2);
            c33 = dotAdd4(c33, w3, y3);
          }
          a0 += 16;
          a1 += 16;
          a2 += 16;
          a3 += 16;
          w += 256;
        }
      }
      while (w < tapWeightsEnd) {
        const x0 = v128.load32_splat(a0);
        const x1 = rows > 1 ? v128.load32_splat(a1) : x0;
        const x2 = rows > 2 ? v128.load32_splat(a2) : x0;
        const x3 = rows > 2 ? v128.load32_splat(a3) : x0;
        const v0 = v128.load(w, 0);
        c00 = dotAdd4(c00, v0, x0);
        if (rows > 1) c10 = dotAdd4(c10, v0, x1);
        if (rows > 2) c20 = dotAdd4(c20, v0, x2);
        if (rows > 2) c30 = dotAdd4(c30, v0, x3);
        const v1 = v128.load(w, 16);
        c01 = dotAdd4(c01, v1, x0);
        if (rows > 1) c11 = dotAdd4(c11, v1, x1);
        if (rows > 2) c21 = dotAdd4(c21, v1, x2);
        if (rows > 2) c31 = dotAdd4(c31, v1, x3);
        if (vectors > 2) {
          const v2 = v128.load(w, 32);
          c02 = dotAdd4(c02, v2, x0);
          if (rows > 1) c12 = dotAdd4(c12, v2, x1);
          if (rows > 2) c22 = dotAdd4(c22, v2, x2);
          if (rows > 2) c32 = dotAdd4(c32, v2, x3);
          const v3 = v128.load(w, 48);
          c03 = dotAdd4(c03, v3, x0);
          if (rows > 1) c13 = dotAdd4(c13, v3, x1);
          if (rows > 2) c23 = dotAdd4(c23, v3, x2);
          if (rows > 2) c33 = dotAdd4(c33, v3, x3);
        }
        const y0 = v128.load32_splat(a0, 4);
        const y1 = rows > 1 ? v128.load32_splat(a1, 4) : y0;
        const y2 = rows > 2 ? v128.load32_splat(a2, 4) : y0;
        const y3 = rows > 2 ? v128.load32_splat(a3, 4) : y0;
        const u0 = v128.load(w + (<usize>vectors << 4), 0);
        c00 = dotAdd4(c00, u0, y0);
        if (rows > 1) c10 = dotAdd4(c10, u0, y1);
        if (rows > 2) c20 = dotAdd4(c20, u0, y2);
        if (rows > 2) c30 = dotAdd4(c30, u0, y3);
        const u1 = v128.load(w + (<usize>vectors << 4), 16);
        c01 = dotAdd4(c01, u1, y0);
        if (rows > 1) c11 = dotAdd4(c11, u1, y1);
        if (rows > 2) c21 = dotAdd4(c21, u1, y2);
        if (rows > 2) c31 = dotAdd4(c31, u1, y3);
        if (vectors > 2) {
          const u2 = v128.load(w + (<usize>vectors << 4), 32);
          c02 = dotAdd4(c02, u2, y0);
          if (rows > 1) c12 = dotAdd4(c12, u2, y1);
          if (rows > 2) c22 = dotAdd4(c22, u2, y2);
          if (rows > 2) c32 = dotAdd4(c32, u2, y3);
          const u3 = v128.load(w + (<usize>vectors << 4), 48);
          c03 = dotAdd4(c03, u3, y0);
          if (rows > 1) c13 = dotAdd4(c13, u3, y1);
          if (rows > 2) c23 = dotAdd4(c23, u3, y2);
          if (rows > 2) c33 = dotAdd4(c33, u3, y3);
        }
        a0 += 8;
        if (rows > 1) a1 += 8;
        if (rows > 2) a2 += 8;
        if (rows > 2) a3 += 8;
        w += <usize>vectors << 5;
      }
      tap += 4;
    } while (tap < tapEnd);
    let extra = extraWeights;
    for (let at = extraOffsets; at < extraOffsetsEnd; at += 4) {
      const offset = <usize>load<i32>(at);
      const x0 = v128.load32_splat(p0 + offset);
      const x1 = rows > 1 ? v128.load32_splat(p1 + offset) : x0;
      const x2 = rows > 2 ? v128.load32_splat(p2 + offset) : x0;
      const x3 = rows > 2 ? v128.load32_splat(p3 + offset) : x0;
      const v0 = v128.load(extra, 0);
      c00 = dotAdd4(c00, v0, x0);
      if (rows > 1) c10 = dotAdd4(c10, v0, x1);
      if (rows > 2) c20 = dotAdd4(c20, v0, x2);
      if (rows > 2) c30 = dotAdd4(c30, v0, x3);
      const v1 = v128.load(extra, 16);
      c01 = dotAdd4(c01, v1, x0);
      if (rows > 1) c11 = dotAdd4(c11, v1, x1);
      if (rows > 2) c21 = dotAdd4(c21, v1, x2);
      if (rows > 2) c31 = dotAdd4(c31, v1, x3);
      if (vectors > 2) {
        const v2 = v128.load(extra, 32);
        c02 = dotAdd4(c02, v2, x0);
        if (rows > 1) c12 = dotAdd4(c12, v2, x1);
        if (rows > 2) c22 = dotAdd4(c22, v2, x2);
        if (rows > 2) c32 = dotAdd4(c32, v2, x3);
        const v3 = v128.load(extra, 48);
        c03 = dotAdd4(c03, v3, x0);
        if (rows > 1) c13 = dotAdd4(c13, v3, x1);
        if (rows > 2) c23 = dotAdd4(c23, v3, x2);
        if (rows > 2) c33 = dotAdd4(c33, v3, x3);
      }
      extra += 64;
    }
    if (hot != Requantization.General) {
      const o0 = output + <usize>load<i32>(outputOffsets + m0);
      const o1 = output + offsetOf(hot, outputOffsets, m0, 4, last);
      const o2 = output + offsetOf(hot, outputOffsets, m0, 8, last);
      const o3 = output + offsetOf(hot, outputOffsets, m0, 12, last);
      requantizeColumn(hot, 4, o0, o1, o2, o3, c00, c01, c10, c11, c20, c21, c30, c31, constants, lower, upper);
      requantizeColumn(hot, 4, o0 + 16, o1 + 16, o2 + 16, o3 + 16, c02, c03, c12, c13, c22, c23, c32, c33, constants + 128, lower, upper);
      continue;
    }
    v128.store(workspace, c00);
    v128.store(workspace, c01, 16);
    if (vectors > 2) v128.store(workspace, c02, 32);
    if (vectors > 2) v128.store(workspace, c03, 48);
    if (rows > 1) v128.store(workspace + <usize>vectors * 16, c10);
    if (rows > 1) v128.store(workspace + <usize>vectors * 16, c11, 16);
    if (rows > 1 && vectors > 2) v128.store(workspace + <usize>vectors * 16, c12, 32);
    if (rows > 1 && vectors > 2) v128.store(workspace + <usize>vectors * 16, c13, 48);
    if (rows > 2) v128.store(workspace + <usize>vectors * 32, c20);
    if (rows > 2) v128.store(workspace + <usize>vectors * 32, c21, 16);
    if (rows > 2 && vectors > 2) v128.store(workspace + <usize>vectors * 32, c22, 32);
    if (rows > 2 && vectors > 2) v128.store(workspace + <usize>vectors * 32, c23, 48);
    if (rows > 2) v128.store(workspace + <usize>vectors * 48, c30);
    if (rows > 2) v128.store(workspace + <usize>vectors * 48, c31, 16);
    if (rows > 2 && vectors > 2) v128.store(workspace + <usize>vectors * 48, c32, 32);
    if (rows > 2 && vectors > 2) v128.store(workspace + <usize>vectors * 48, c33, 48);
    requantizeTile(workspace, rows, vectors, output, outputOffsets + m0, outputOffsets + last, constants, mode, shift, lower, upper);
  }
}

/** The offset of a pixel of a tile; entries past the last of the table are the last. */
// @ts-ignore: decorator
@inline
function offsetOf(hot: i32, offsets: usize, first: usize, pixel: usize, last: usize): usize {
  return <usize>(hot != Requantization.General ? load<i32>(offsets + first + pixel) : load<i32>(offsets + min(first + pixel, last)));
}
