// Owns the loop that measures the peak of i32x4.dot_i16x8_s plus an addition: two rows by four columns in registers.

/**
 * `iterations` times eight dot products of two operands with four, all loaded from `at` (96 bytes) in every iteration so that nothing is
 * hoisted; 64 multiply-adds each. The sums are stored behind.
 */
export function dotPeak(at: usize, iterations: i32): void {
  let s0 = i32x4.splat(0);
  let s1 = i32x4.splat(1);
  let s2 = i32x4.splat(2);
  let s3 = i32x4.splat(3);
  let s4 = i32x4.splat(4);
  let s5 = i32x4.splat(5);
  let s6 = i32x4.splat(6);
  let s7 = i32x4.splat(7);
  let i = iterations;
  do {
    const x0 = v128.load32_splat(at);
    const x1 = v128.load32_splat(at, 16);
    const w0 = v128.load(at, 32);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x0, w0));
    s4 = i32x4.add(s4, i32x4.dot_i16x8_s(x1, w0));
    const w1 = v128.load(at, 48);
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x0, w1));
    s5 = i32x4.add(s5, i32x4.dot_i16x8_s(x1, w1));
    const w2 = v128.load(at, 64);
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(x0, w2));
    s6 = i32x4.add(s6, i32x4.dot_i16x8_s(x1, w2));
    const w3 = v128.load(at, 80);
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(x0, w3));
    s7 = i32x4.add(s7, i32x4.dot_i16x8_s(x1, w3));
  } while (--i > 0);
  v128.store(at, s0, 96);
  v128.store(at, s1, 112);
  v128.store(at, s2, 128);
  v128.store(at, s3, 144);
  v128.store(at, s4, 160);
  v128.store(at, s5, 176);
  v128.store(at, s6, 192);
  v128.store(at, s7, 208);
}
