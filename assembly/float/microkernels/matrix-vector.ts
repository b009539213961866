// Owns products of panels of weights and one vector, added to sums: of float32, and of int8 weights and int16 elements.
//
// Panels have 24 rows, whose sums are the lanes of six vectors; see abi-recurrent.ts. Their sums wait for one another six additions later.
import { RecurrentForm } from '../abi-recurrent';
import { dotAdd, multiplyAdd } from '../simd';
import { quantizeAsymmetric, quantizeSymmetric } from './quantize-vector';

/** Row by row in the order of columns, as the reference kernel adds; sums[row] += the product. */
export function addFloatProducts(weights: usize, vector: usize, columns: i32, panels: i32, sums: usize): void {
  const bytes = <usize>columns << 2;
  for (let panel = 0; panel < panels; panel++) {
    let c0 = f32x4.splat(0);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let c4 = c0;
    let c5 = c0;
    for (let a = vector, end = vector + bytes; a < end; a += 4) {
      const x = v128.load32_splat(a);
      c0 = multiplyAdd(c0, x, v128.load(weights));
      c1 = multiplyAdd(c1, x, v128.load(weights, 16));
      c2 = multiplyAdd(c2, x, v128.load(weights, 32));
      c3 = multiplyAdd(c3, x, v128.load(weights, 48));
      c4 = multiplyAdd(c4, x, v128.load(weights, 64));
      c5 = multiplyAdd(c5, x, v128.load(weights, 80));
      weights += 96;
    }
    v128.store(sums, f32x4.add(v128.load(sums), c0));
    v128.store(sums, f32x4.add(v128.load(sums, 16), c1), 16);
    v128.store(sums, f32x4.add(v128.load(sums, 32), c2), 32);
    v128.store(sums, f32x4.add(v128.load(sums, 48), c3), 48);
    v128.store(sums, f32x4.add(v128.load(sums, 64), c4), 64);
    v128.store(sums, f32x4.add(v128.load(sums, 80), c5), 80);
    sums += 96;
  }
}

/** sum + the products of four rows; `w` holds eight codes. */
// @ts-ignore: decorator
@inline
function dotLow(sum: v128, w: v128, x: v128): v128 {
  return dotAdd(sum, i16x8.extend_low_i8x16_s(w), x);
}

// @ts-ignore: decorator
@inline
function dotHigh(sum: v128, w: v128, x: v128): v128 {
  return dotAdd(sum, i16x8.extend_high_i8x16_s(w), x);
}

/** Adds int32 `c` to four sums, or where `scale` is not 0 c times both scales to float32 sums. */
// @ts-ignore: decorator
@inline
function addSums(sums: usize, c: v128, scales: usize, scale: v128): void {
  if (scales == 0) v128.store(sums, i32x4.add(v128.load(sums), c));
  else v128.store(sums, f32x4.add(v128.load(sums), f32x4.mul(f32x4.convert_i32x4_s(c), f32x4.mul(scale, v128.load(scales)))));
}

/**
 * `pairs` pairs of int16 with int8 weights, modulo 2^32. Without `scales` sums are int32; with them, float32 of every row, products are
 * float32(sum) * float32(scale * scales[row]).
 */
export function addCodeProducts(weights: usize, vector: usize, pairs: i32, panels: i32, sums: usize, scales: usize, scale: f32): void {
  const bytes = <usize>pairs << 2;
  const scaleOfVector = f32x4.splat(scale);
  const step: usize = scales == 0 ? 0 : 16;
  for (let panel = 0; panel < panels; panel++) {
    let c0 = i32x4.splat(0);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let c4 = c0;
    let c5 = c0;
    for (let a = vector, end = vector + bytes; a < end; a += 4) {
      const x = v128.load32_splat(a);
      const w0 = v128.load(weights);
      const w1 = v128.load(weights, 16);
      const w2 = v128.load(weights, 32);
      c0 = dotLow(c0, w0, x);
      c1 = dotHigh(c1, w0, x);
      c2 = dotLow(c2, w1, x);
      c3 = dotHigh(c3, w1, x);
      c4 = dotLow(c4, w2, x);
      c5 = dotHigh(c5, w2, x);
      weights += 48;
    }
    addSums(sums, c0, scales, scaleOfVector);
    addSums(sums + 16, c1, scales + step, scaleOfVector);
    addSums(sums + 32, c2, scales + 2 * step, scaleOfVector);
    addSums(sums + 48, c3, scales + 3 * step, scaleOfVector);
    addSums(sums + 64, c4, scales + 4 * step, scaleOfVector);
    addSums(sums + 80, c5, scales + 5 * step, scaleOfVector);
    sums += 96;
    scales += 6 * step;
  }
}

/**
 * Products with a vector of float32, which becomes codes at `codes` where weights are int8: i16, `columns` of them up to a multiple of 8.
 * `scales` are those of int8 weights.
 */
export function addProducts(
  form: u32,
  weights: usize,
  vector: usize,
  columns: i32,
  panels: i32,
  sums: usize,
  scales: usize,
  codes: usize,
): void {
  if (form == RecurrentForm.Float) {
    addFloatProducts(weights, vector, columns, panels, sums);
    return;
  }
  const isSymmetric = form == RecurrentForm.Symmetric;
  const scale = isSymmetric ? quantizeSymmetric(vector, columns, codes) : quantizeAsymmetric(vector, columns, codes);
  addCodeProducts(weights, codes, (columns + 1) >> 1, panels, sums, scales, scale);
}
