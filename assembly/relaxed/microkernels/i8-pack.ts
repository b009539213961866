// Owns spans of 8-bit codes that become quads of int8 weights.

/** `count` consecutive codes of one filter, a multiple of 8: quads go `stepBytes` apart. Returns the sum of the weights. */
export function packQuads(source: usize, output: usize, stepBytes: usize, count: u32, isSigned: bool, zeroPoint: i32): i32 {
  const zero = i16x8.splat(<i16>zeroPoint);
  let sums = i32x4.splat(0);
  for (let k: u32 = 0; k < count; k += 8) {
    const codes = isSigned ? v128.load8x8_s(source + k) : v128.load8x8_u(source + k);
    const weights = i16x8.sub(codes, zero);
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(weights));
    const bytes = i8x16.narrow_i16x8_s(weights, weights);
    v128.store32_lane(output, bytes, 0);
    v128.store32_lane(output + stepBytes, bytes, 1);
    output += 2 * stepBytes;
  }
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}
