// Owns rows of elements to columns: the inputs of a layer under one tap of its kernel, transposed, as numbers of the matrices of inputs.

/** Rows that are written together, a line of the cache of every column. */
const BLOCK_ROWS: u32 = 16;

// @ts-ignore: decorator
@inline
function rowAt(data: usize, blank: usize, origins: usize, row: u32, size: usize): usize {
  const origin = load<i32>(origins + (<usize>row << 2));
  return origin < 0 ? blank : data + <usize>origin * size;
}

// @ts-ignore: decorator
@inline
function storeCodes(integers: v128, zeroPoint: v128, to: usize): void {
  v128.store(to, f32x4.sub(f32x4.convert_i32x4_s(integers), zeroPoint));
}

/** The first four codes of four rows, as int16: two columns each. */
// @ts-ignore: decorator
@inline
function columnsOf(bytes: usize, isSigned: bool, a: usize, b: usize, c: usize, d: usize, isFirst: bool): v128 {
  if (bytes == 2) {
    const ab = v128.load64_lane(b, v128.load64_zero(a), 1);
    const cd = v128.load64_lane(d, v128.load64_zero(c), 1);
    return isFirst ? v128.shuffle<i16>(ab, cd, 0, 4, 8, 12, 1, 5, 9, 13) : v128.shuffle<i16>(ab, cd, 2, 6, 10, 14, 3, 7, 11, 15);
  }
  let x = v128.load32_zero(a);
  x = v128.load32_lane(b, x, 1);
  x = v128.load32_lane(c, x, 2);
  x = v128.load32_lane(d, x, 3);
  x = v128.shuffle<i8>(x, x, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  if (isSigned) return isFirst ? i16x8.extend_low_i8x16_s(x) : i16x8.extend_high_i8x16_s(x);
  return isFirst ? i16x8.extend_low_i8x16_u(x) : i16x8.extend_high_i8x16_u(x);
}

// @ts-ignore: decorator
@inline
function codeAt(bytes: usize, isSigned: bool, at: usize): f32 {
  if (bytes == 2) return <f32>load<i16>(at);
  return isSigned ? <f32>load<i8>(at) : <f32>load<u8>(at);
}

// @ts-ignore: decorator
@inline
function gatherCodesOf(
  bytes: usize,
  isSigned: bool,
  codes: usize,
  blank: usize,
  zeroPoint: f32,
  origins: usize,
  count: u32,
  columns: u32,
  to: usize,
  stride: usize,
): void {
  const zeroPoints = f32x4.splat(zeroPoint);
  for (let block: u32 = 0; block < count; block += BLOCK_ROWS) {
    const end = min<u32>(count, block + BLOCK_ROWS);
    for (let k: u32 = 0; k < columns; k += 4) {
      for (let r = block; r < end; r += 4) {
        const at = to + <usize>k * stride + (<usize>r << 2);
        if (k + 4 <= columns && r + 4 <= end) {
          const offset = <usize>k * bytes;
          const a = rowAt(codes, blank, origins, r, bytes) + offset;
          const b = rowAt(codes, blank, origins, r + 1, bytes) + offset;
          const c = rowAt(codes, blank, origins, r + 2, bytes) + offset;
          const d = rowAt(codes, blank, origins, r + 3, bytes) + offset;
          const low = columnsOf(bytes, isSigned, a, b, c, d, true);
          const high = columnsOf(bytes, isSigned, a, b, c, d, false);
          storeCodes(i32x4.extend_low_i16x8_s(low), zeroPoints, at);
          storeCodes(i32x4.extend_high_i16x8_s(low), zeroPoints, at + stride);
          storeCodes(i32x4.extend_low_i16x8_s(high), zeroPoints, at + 2 * stride);
          storeCodes(i32x4.extend_high_i16x8_s(high), zeroPoints, at + 3 * stride);
          continue;
        }
        for (let row = r; row < min<u32>(r + 4, end); row++) {
          const from = rowAt(codes, blank, origins, row, bytes);
          for (let c = k; c < min<u32>(k + 4, columns); c++) {
            store<f32>(to + <usize>c * stride + (<usize>row << 2), codeAt(bytes, isSigned, from + <usize>c * bytes) - zeroPoint);
          }
        }
      }
    }
  }
}

/**
 * Writes `columns` columns, `stride` bytes apart, of `count` rows: element r of column k is code - zeroPoint, float32, of element k from
 * number origins[r], int32, of `codes` on, of 1 byte, signed or not, or of 2; 0 where the origin is negative. `blank`: room for `columns`
 * codes.
 */
export function gatherCodes(
  codes: usize,
  bytes: u32,
  isSigned: bool,
  zeroPoint: i32,
  blank: usize,
  origins: usize,
  count: u32,
  columns: u32,
  to: usize,
  stride: usize,
): void {
  if (bytes == 2) {
    for (let c: u32 = 0; c < columns; c++) store<i16>(blank + (<usize>c << 1), <i16>zeroPoint);
    gatherCodesOf(2, true, codes, blank, <f32>zeroPoint, origins, count, columns, to, stride);
    return;
  }
  memory.fill(blank, <u8>zeroPoint, columns);
  if (isSigned) gatherCodesOf(1, true, codes, blank, <f32>zeroPoint, origins, count, columns, to, stride);
  else gatherCodesOf(1, false, codes, blank, <f32>zeroPoint, origins, count, columns, to, stride);
}

const most: i32 = 0x7fff;

/** x * factor, clamped, and rounded towards 0, of four numbers; 0 of NaN. */
// @ts-ignore: decorator
@inline
function scaled(x: v128, factor: v128): v128 {
  const low = i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(f64x2.promote_low_f32x4(x), factor));
  const upper = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
  const high = i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(upper, factor));
  const integers = v128.shuffle<i32>(low, high, 0, 1, 4, 5);
  return i32x4.min_s(i32x4.max_s(integers, i32x4.splat(-most)), i32x4.splat(most));
}

/** The same of float32 elements: int16, factor * element, clamped to magnitudes of 2^15 - 1 and rounded towards 0. */
export function gatherReals(
  reals: usize,
  factor: f64,
  blank: usize,
  origins: usize,
  count: u32,
  columns: u32,
  to: usize,
  stride: usize,
): void {
  memory.fill(blank, 0, <usize>columns << 2);
  const factors = f64x2.splat(factor);
  for (let block: u32 = 0; block < count; block += BLOCK_ROWS) {
    const end = min<u32>(count, block + BLOCK_ROWS);
    for (let k: u32 = 0; k < columns; k += 4) {
      for (let r = block; r < end; r += 4) {
        const at = to + <usize>k * stride + (<usize>r << 1);
        if (k + 4 <= columns && r + 4 <= end) {
          const offset = <usize>k << 2;
          const a = scaled(v128.load(rowAt(reals, blank, origins, r, 4) + offset), factors);
          const b = scaled(v128.load(rowAt(reals, blank, origins, r + 1, 4) + offset), factors);
          const c = scaled(v128.load(rowAt(reals, blank, origins, r + 2, 4) + offset), factors);
          const d = scaled(v128.load(rowAt(reals, blank, origins, r + 3, 4) + offset), factors);
          // Rows a to d of 4 int16 each to columns.
          const ab = i16x8.narrow_i32x4_s(a, b);
          const cd = i16x8.narrow_i32x4_s(c, d);
          const low = v128.shuffle<i16>(ab, cd, 0, 4, 8, 12, 1, 5, 9, 13);
          const high = v128.shuffle<i16>(ab, cd, 2, 6, 10, 14, 3, 7, 11, 15);
          v128.store64_lane(at, low, 0);
          v128.store64_lane(at + stride, low, 1);
          v128.store64_lane(at + 2 * stride, high, 0);
          v128.store64_lane(at + 3 * stride, high, 1);
          continue;
        }
        for (let row = r; row < min<u32>(r + 4, end); row++) {
          const from = rowAt(reals, blank, origins, row, 4);
          for (let c = k; c < min<u32>(k + 4, columns); c++) {
            const x = scaled(f32x4.splat(load<f32>(from + (<usize>c << 2))), factors);
            store<i16>(to + <usize>c * stride + (<usize>row << 1), <i16>i32x4.extract_lane(x, 0));
          }
        }
      }
    }
  }
}
