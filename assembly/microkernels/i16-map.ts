// Owns functions of one 8-bit code over spans of centred int16: through a table of 256 entries, and by two slopes.

/** One sixteenth of the table at `entries`, added to the results of 16 elements: swizzle gives 0 for indices of 16 and more. */
// @ts-ignore: decorator
@inline
function select(results: v128, entries: v128, indices: v128): v128 {
  return v128.or(results, i8x16.swizzle(entries, indices));
}

/** The codes of 16 elements: indices saturate, so that padding lanes, which may hold anything, stay inside the table. */
// @ts-ignore: decorator
@inline
function indicesOf(input: usize, biases: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.add(v128.load(input), biases), i16x8.add(v128.load(input, 16), biases));
}

// @ts-ignore: decorator
@inline
function storeEntries(output: usize, entries: v128, offsets: v128): void {
  v128.store(output, i16x8.add(i16x8.extend_low_i8x16_u(entries), offsets));
  v128.store(output, i16x8.add(i16x8.extend_high_i8x16_u(entries), offsets), 16);
}

/**
 * `count` elements become table[element + bias] + offset. The table is u8[256], searched in sixteen vectors of 16 entries for 64 elements
 * at a time. After it come 16 bytes of 16: as a literal they would be built anew at every use.
 */
export function lookupSpan(input: usize, output: usize, count: i32, table: usize, bias: i32, offset: i32): void {
  const biases = i16x8.splat(<i16>bias);
  const offsets = i16x8.splat(<i16>offset);
  const tableEnd = table + 256;
  const sixteen = v128.load(tableEnd);
  const end = input + ((<usize>count) << 1);
  while (input < end && count >= 64) {
    // The last block may overlap the one before.
    const excess = max<isize>(<isize>(input + 128 - end), 0);
    input -= excess;
    output -= excess;
    let a = indicesOf(input, biases);
    let b = indicesOf(input + 32, biases);
    let c = indicesOf(input + 64, biases);
    let d = indicesOf(input + 96, biases);
    let entries = v128.load(table);
    let aResults = i8x16.swizzle(entries, a);
    let bResults = i8x16.swizzle(entries, b);
    let cResults = i8x16.swizzle(entries, c);
    let dResults = i8x16.swizzle(entries, d);
    let at = table + 16;
    do {
      a = i8x16.sub(a, sixteen);
      b = i8x16.sub(b, sixteen);
      c = i8x16.sub(c, sixteen);
      d = i8x16.sub(d, sixteen);
      entries = v128.load(at);
      aResults = select(aResults, entries, a);
      bResults = select(bResults, entries, b);
      cResults = select(cResults, entries, c);
      dResults = select(dResults, entries, d);
      a = i8x16.sub(a, sixteen);
      b = i8x16.sub(b, sixteen);
      c = i8x16.sub(c, sixteen);
      d = i8x16.sub(d, sixteen);
      entries = v128.load(at, 16);
      aResults = select(aResults, entries, a);
      bResults = select(bResults, entries, b);
      cResults = select(cResults, entries, c);
      dResults = select(dResults, entries, d);
      a = i8x16.sub(a, sixteen);
      b = i8x16.sub(b, sixteen);
      c = i8x16.sub(c, sixteen);
      d = i8x16.sub(d, sixteen);
      entries = v128.load(at, 32);
      aResults = select(aResults, entries, a);
      bResults = select(bResults, entries, b);
      cResults = select(cResults, entries, c);
      dResults = select(dResults, entries, d);
      at += 48;
    } while (at < tableEnd);
    storeEntries(output, aResults, offsets);
    storeEntries(output + 32, bResults, offsets);
    storeEntries(output + 64, cResults, offsets);
    storeEntries(output + 96, dResults, offsets);
    input += 128;
    output += 128;
  }
  while (input < end) {
    const index = <usize>((<i32>load<i16>(input) + bias) & 255);
    store<i16>(output, <i16>(<i32>load<u8>(table + index) + offset));
    input += 2;
    output += 2;
  }
}

/** One vector of slopeSpan; `isCommon`, a literal: both factors are one. */
// @ts-ignore: decorator
@inline
function slope(
  isCommon: bool,
  x: v128,
  factor: v128,
  factorChange: v128,
  multiplier: v128,
  multiplierChange: v128,
  lower: v128,
  upper: v128,
): v128 {
  const negative = i16x8.shr_s(x, 15);
  const scaled = i16x8.mul(x, isCommon ? factor : v128.xor(factor, v128.and(factorChange, negative)));
  const result = i16x8.q15mulr_sat_s(scaled, v128.xor(multiplier, v128.and(multiplierChange, negative)));
  return i16x8.min_s(i16x8.max_s(result, lower), upper);
}

// @ts-ignore: decorator
@inline
function slopes(isCommon: bool, input: usize, output: usize, count: i32, constants: usize): void {
  const factor = v128.load(constants);
  const factorChange = v128.load(constants, 16);
  const multiplier = v128.load(constants, 32);
  const multiplierChange = v128.load(constants, 48);
  const lower = v128.load(constants, 64);
  const upper = v128.load(constants, 80);
  const end = input + ((<usize>count) << 1);
  while (input + 32 <= end) {
    v128.store(output, slope(isCommon, v128.load(input), factor, factorChange, multiplier, multiplierChange, lower, upper));
    v128.store(output, slope(isCommon, v128.load(input, 16), factor, factorChange, multiplier, multiplierChange, lower, upper), 16);
    input += 32;
    output += 32;
  }
  if (input + 16 <= end) {
    v128.store(output, slope(isCommon, v128.load(input), factor, factorChange, multiplier, multiplierChange, lower, upper));
    input += 16;
    output += 16;
  }
  while (input < end) {
    const result = slope(isCommon, v128.load16_splat(input), factor, factorChange, multiplier, multiplierChange, lower, upper);
    v128.store16_lane(output, result, 0);
    input += 2;
    output += 2;
  }
}

/**
 * `count` elements become floor((element factor multiplier + 2^14) / 2^15), clamped, with one factor and multiplier for elements >= 0 and
 * others for negative ones; |element factor| < 2^15. `constants`, i16x8 of equal lanes each: factor, its change for negative elements
 * (xor), multiplier, its change, lower, upper.
 */
export function slopeSpan(input: usize, output: usize, count: i32, constants: usize): void {
  if (load<i16>(constants, 16) == 0) slopes(true, input, output, count, constants);
  else slopes(false, input, output, count, constants);
}
