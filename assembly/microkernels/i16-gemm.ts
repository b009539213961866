// Owns one panel of output channels of a GEMM over int16 pairs: tiles of 1 x 16, 2 x 16 or 4 x 8 (pixels x channels), requantized.
//
//   weights   i16 [tap][depthPairs][channels][2], zero point removed: one v128 = 4 channels x 2 input elements
//   pixel m   starts at input + inputOffsets[m]; tap t adds tapOffsets[t]; its results go to output + outputOffsets[m]
//
// Two nested do-while loops over pointers, one pair of input elements per iteration and nothing unrolled by hand: V8 11 (Node 20)
// spills accumulators of unrolled bodies, newer V8 unrolls by itself. The accumulators start as the bias.
import { requantize8 } from '../requantize';
import { dotAdd } from '../simd';

/**
 * Pixels [begin, end) of one panel, `end` > `begin`, in tiles of `rows` pixels by `vectors` x 4 channels: 1 x 4, 2 x 4 or 4 x 2. A last
 * tile with fewer pixels computes the last pixel several times. `rows`, `vectors` and `mode` are literals: the compiler evaluates the
 * conditions on them, and every combination becomes straight code of its own.
 */
// @ts-ignore: decorator
@inline
export function gemm(
  rows: i32,
  vectors: i32,
  mode: i32,
  input: usize,
  inputOffsets: usize,
  output: usize,
  outputOffsets: usize,
  begin: i32,
  end: i32,
  weights: usize,
  tapOffsets: usize,
  taps: i32,
  depthPairs: i32,
  bias: usize,
  constants: usize,
  shift: i32,
  lower: v128,
  upper: v128,
): void {
  const last = <usize>(end - 1) << 2;
  const tapEnd = tapOffsets + (<usize>taps << 2);
  const pairBytes = <usize>vectors << 4;
  const tapBytes = <usize>depthPairs * pairBytes;
  for (let m0 = <usize>begin << 2; m0 <= last; m0 += <usize>rows << 2) {
    const m1 = rows > 1 ? min(m0 + 4, last) : m0;
    const m2 = rows > 2 ? min(m0 + 8, last) : m0;
    const m3 = rows > 2 ? min(m0 + 12, last) : m0;
    const p0 = input + <usize>load<i32>(inputOffsets + m0);
    const p1 = rows > 1 ? input + <usize>load<i32>(inputOffsets + m1) : p0;
    const p2 = rows > 2 ? input + <usize>load<i32>(inputOffsets + m2) : p0;
    const p3 = rows > 2 ? input + <usize>load<i32>(inputOffsets + m3) : p0;
    // c[pixel][vector]
    let c00 = v128.load(bias, 0);
    let c01 = v128.load(bias, 16);
    let c02 = vectors > 2 ? v128.load(bias, 32) : c00;
    let c03 = vectors > 2 ? v128.load(bias, 48) : c01;
    let c10 = c00;
    let c11 = c01;
    let c12 = c02;
    let c13 = c03;
    let c20 = c00;
    let c21 = c01;
    let c30 = c00;
    let c31 = c01;
    let w = weights;
    let tap = tapOffsets;
    do {
      const offset = <usize>load<i32>(tap);
      let a0 = p0 + offset;
      let a1 = p1 + offset;
      let a2 = p2 + offset;
      let a3 = p3 + offset;
      const tapWeightsEnd = w + tapBytes;
      do {
        const x0 = v128.load32_splat(a0);
        const x1 = rows > 1 ? v128.load32_splat(a1) : x0;
        const x2 = rows > 2 ? v128.load32_splat(a2) : x0;
        const x3 = rows > 2 ? v128.load32_splat(a3) : x0;
        const w0 = v128.load(w, 0);
        c00 = dotAdd(c00, x0, w0);
        if (rows > 1) c10 = dotAdd(c10, x1, w0);
        if (rows > 2) c20 = dotAdd(c20, x2, w0);
        if (rows > 2) c30 = dotAdd(c30, x3, w0);
        const w1 = v128.load(w, 16);
        c01 = dotAdd(c01, x0, w1);
        if (rows > 1) c11 = dotAdd(c11, x1, w1);
        if (rows > 2) c21 = dotAdd(c21, x2, w1);
        if (rows > 2) c31 = dotAdd(c31, x3, w1);
        if (vectors > 2) {
          const w2 = v128.load(w, 32);
          c02 = dotAdd(c02, x0, w2);
          if (rows > 1) c12 = dotAdd(c12, x1, w2);
          const w3 = v128.load(w, 48);
          c03 = dotAdd(c03, x0, w3);
          if (rows > 1) c13 = dotAdd(c13, x1, w3);
        }
        a0 += 4;
        if (rows > 1) a1 += 4;
        if (rows > 2) a2 += 4;
        if (rows > 2) a3 += 4;
        w += pairBytes;
      } while (w < tapWeightsEnd);
      tap += 4;
    } while (tap < tapEnd);
    storePixel(vectors, mode, output, outputOffsets + m0, c00, c01, c02, c03, constants, shift, lower, upper);
    if (rows > 1) storePixel(vectors, mode, output, outputOffsets + m1, c10, c11, c12, c13, constants, shift, lower, upper);
    if (rows > 2) storePixel(vectors, mode, output, outputOffsets + m2, c20, c21, c20, c21, constants, shift, lower, upper);
    if (rows > 2) storePixel(vectors, mode, output, outputOffsets + m3, c30, c31, c30, c31, constants, shift, lower, upper);
  }
}

/** `vectors` x 4 accumulators of one pixel to centred int16 at `output` plus the offset at `offset`; 2 vectors need c0 and c1 only. */
// @ts-ignore: decorator
@inline
function storePixel(
  vectors: i32,
  mode: i32,
  output: usize,
  offset: usize,
  c0: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  constants: usize,
  shift: i32,
  lower: v128,
  upper: v128,
): void {
  const pixel = output + <usize>load<i32>(offset);
  v128.store(pixel, requantize8(c0, c1, constants, mode, shift, lower, upper));
  if (vectors > 2) v128.store(pixel, requantize8(c2, c3, constants + 128, mode, shift, lower, upper), 16);
}
