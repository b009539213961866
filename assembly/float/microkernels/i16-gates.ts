// Owns the steps of an int8 LSTM after its products, eight cells at a time: `LstmStepInteger8x8_16` of tflite/kernels/lstm_eval.cc.
//
// Functions are gemmlowp's on int16 (gemmlowp/fixedpoint/fixedpoint.h), as src/quant/fixed-point-16.ts has them one by one, step by step:
// Qm.n is a raw number real * 2^n; additions wrap.

/** gemmlowp's SaturatingRoundingDoublingHighMul is floor((a b + 2^14) / 2^15), saturated. */
// @ts-ignore: decorator
@inline
function multiply(a: v128, b: v128): v128 {
  return i16x8.q15mulr_sat_s(a, b);
}

/** RoundingDivideByPOT by 2^exponent, 1 to 15: ties away from zero. */
// @ts-ignore: decorator
@inline
function divide16(x: v128, exponent: i32): v128 {
  const mask: i32 = (1 << exponent) - 1;
  const threshold = i16x8.sub(i16x8.splat(<i16>(mask >> 1)), i16x8.shr_s(x, 15));
  return i16x8.sub(i16x8.shr_s(x, exponent), i16x8.gt_s(v128.and(x, i16x8.splat(<i16>mask)), threshold));
}

/** The same of int32, by 2^0 to 2^31. */
// @ts-ignore: decorator
@inline
function divide32(x: v128, exponent: i32): v128 {
  const mask = <i32>((<i64>1 << exponent) - 1);
  const threshold = i32x4.sub(i32x4.splat(mask >> 1), i32x4.shr_s(x, 31));
  return i32x4.sub(i32x4.shr_s(x, exponent), i32x4.gt_s(v128.and(x, i32x4.splat(mask)), threshold));
}

/**
 * MultiplyByQuantizedMultiplier with double rounding (tflite/kernels/internal/common.cc): SRDHM is floor((x m + 2^30) / 2^31), for
 * multipliers >= 0 and shifts of -31 to 31.
 */
// @ts-ignore: decorator
@inline
function rescale(x: v128, multiplier: i32, shift: i32): v128 {
  const shifted = i32x4.shl(x, max(shift, 0));
  const m = i32x4.splat(multiplier);
  const half = i64x2.splat(1 << 30);
  const low = i64x2.shr_s(i64x2.add(i64x2.extmul_low_i32x4_s(shifted, m), half), 31);
  const high = i64x2.shr_s(i64x2.add(i64x2.extmul_high_i32x4_s(shifted, m), half), 31);
  return divide32(v128.shuffle<i32>(low, high, 0, 2, 4, 6), max(-shift, 0));
}

/** x 2^exponent, saturated. */
// @ts-ignore: decorator
@inline
function shiftLeft(x: v128, exponent: i32): v128 {
  for (let i = 0; i < exponent; i++) x = i16x8.add_sat_s(x, x);
  return x;
}

/** exp(a) for a in [-1/4, 0), Q0.15: the Taylor series at -1/8. 28918 is exp(-1/8), 10923 is 1/3. */
// @ts-ignore: decorator
@inline
function expNearZero(a: v128): v128 {
  const x = i16x8.add(a, i16x8.splat(1 << 12));
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const cubicAndQuartic = multiply(i16x8.add(divide16(x4, 2), x3), i16x8.splat(10923));
  const series = i16x8.add(x, divide16(i16x8.add(cubicAndQuartic, x2), 1));
  const eighth = i16x8.splat(28918);
  return i16x8.add_sat_s(eighth, multiply(eighth, series));
}

/** `result` times exp(-2^k), where bit `bit` of `quarters` is set. */
// @ts-ignore: decorator
@inline
function power(result: v128, quarters: v128, bit: i32, factor: i16): v128 {
  const bits = i16x8.shl(i16x8.splat(1), bit);
  const isSet = i16x8.eq(v128.and(quarters, bits), bits);
  return v128.bitselect(multiply(result, i16x8.splat(factor)), result, isSet);
}

/** exp of numbers <= 0 with 1 to 7 integer bits, as Q0.15; factors are exp(-1/4), exp(-1/2) .. exp(-16). */
// @ts-ignore: decorator
@inline
function expOnNegativeValues(raw: v128, integerBits: i32): v128 {
  const quarter = 13 - integerBits;
  const size = i16x8.shl(i16x8.splat(1), quarter);
  const fraction = i16x8.sub(v128.and(raw, i16x8.sub(size, i16x8.splat(1))), size);
  const quarters = i16x8.sub(fraction, raw);
  let result = expNearZero(shiftLeft(fraction, integerBits));
  result = power(result, quarters, quarter, 25520);
  result = power(result, quarters, quarter + 1, 19875);
  result = power(result, quarters, quarter + 2, 12055);
  if (integerBits > 1) result = power(result, quarters, quarter + 3, 4435);
  if (integerBits > 2) result = power(result, quarters, quarter + 4, 600);
  if (integerBits > 3) result = power(result, quarters, quarter + 5, 11);
  if (integerBits > 4) result = power(result, quarters, quarter + 6, 0);
  if (integerBits > 5) {
    // Below -32.
    result = v128.andnot(result, i16x8.lt_s(raw, i16x8.shl(i16x8.splat(-1), 20 - integerBits)));
  }
  return v128.bitselect(i16x8.splat(0x7fff), result, i16x8.eq(raw, i16x8.splat(0)));
}

/** 2 / (1 + a) for Q0.15 in [0, 1], as Q2.13: three Newton-Raphson steps from 48/17 - 32/17 * (1 + a) / 2. */
// @ts-ignore: decorator
@inline
function twoOverOnePlusX(a: v128): v128 {
  const half = i16x8.add(i16x8.shr_s(a, 1), i16x8.splat(1 << 14));
  let x = i16x8.add(i16x8.splat(23130), multiply(half, i16x8.splat(-15420)));
  for (let i = 0; i < 3; i++) {
    const error = i16x8.sub(i16x8.splat(1 << 13), multiply(half, x));
    x = i16x8.add(x, shiftLeft(multiply(x, error), 2));
  }
  return x;
}

/** 1 / (1 + exp(-x)) of Q3.12, as Q0.15; or tanh of a number with 0 to 6 integer bits, as exp(-2 |x|) with one bit more. */
function sigmoid(raw: v128, isTanh: bool, integerBits: i32): v128 {
  const zero = i16x8.splat(0);
  const isPositive = i16x8.gt_s(raw, zero);
  const ratio = twoOverOnePlusX(expOnNegativeValues(v128.bitselect(i16x8.neg(raw), raw, isPositive), integerBits + <i32>isTanh));
  if (isTanh) {
    const result = shiftLeft(i16x8.sub(ratio, i16x8.splat(1 << 13)), 2);
    return v128.andnot(v128.bitselect(result, i16x8.neg(result), isPositive), i16x8.eq(raw, zero));
  }
  const result = shiftLeft(ratio, 1);
  const signed = v128.bitselect(result, i16x8.sub(i16x8.splat(0x7fff), result), isPositive);
  return v128.bitselect(i16x8.splat(0x4000), signed, i16x8.eq(raw, zero));
}

/** Four saturated int16 plus rescaled products, which saturate anyway beyond 2^16. */
// @ts-ignore: decorator
@inline
function addRescaled(sums: v128, products: v128, multiplier: i32, shift: i32): v128 {
  const limit = 1 << 16;
  const term = rescale(products, multiplier, shift);
  return i32x4.add(sums, i32x4.min_s(i32x4.max_s(term, i32x4.splat(-limit)), i32x4.splat(limit)));
}

/**
 * A gate of `count` cells: products with inputs and recurrent ones, each rescaled, added and saturated, then LOGISTIC or TANH. `multipliers`
 * are i32: multiplier and shift of the ones, then of the others.
 */
export function integerGate(inputs: usize, recurrent: usize, multipliers: usize, isTanh: bool, output: usize, count: i32): void {
  const m = load<i32>(multipliers);
  const shift = load<i32>(multipliers, 4);
  const recurrentM = load<i32>(multipliers, 8);
  const recurrentShift = load<i32>(multipliers, 12);
  for (const end = output + (<usize>count << 1); output < end; output += 16) {
    const first = i16x8.narrow_i32x4_s(rescale(v128.load(inputs), m, shift), rescale(v128.load(inputs, 16), m, shift));
    const low = addRescaled(i32x4.extend_low_i16x8_s(first), v128.load(recurrent), recurrentM, recurrentShift);
    const high = addRescaled(i32x4.extend_high_i16x8_s(first), v128.load(recurrent, 16), recurrentM, recurrentShift);
    v128.store(output, sigmoid(i16x8.narrow_i32x4_s(low, high), isTanh, 3));
    inputs += 32;
    recurrent += 32;
  }
}

/** Four of the new cell state: old share + new share, whose rounded quotient wraps to int16. */
// @ts-ignore: decorator
@inline
function nextCells(old: v128, change: v128, exponent: i32): v128 {
  const wrapped = i32x4.shr_s(i32x4.shl(divide32(change, exponent), 16), 16);
  return i32x4.add(divide32(old, 15), wrapped);
}

/**
 * The end of a step: cells kept and entered, and what leaves them as int8. `gates` are i16 of forget, cell, output and input, each of
 * `count` cells, a multiple of 8; without the last where it is coupled to forget. `exponent`: log2 of the cell state's scale.
 */
export function updateCells(
  gates: usize,
  isCoupled: bool,
  count: i32,
  cells: usize,
  hidden: usize,
  exponent: i32,
  limit: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
): void {
  const bytes = <usize>count << 1;
  const lower = i16x8.splat(<i16>(limit > 0 ? -limit : -0x8000));
  const upper = i16x8.splat(<i16>(limit > 0 ? limit : 0x7fff));
  const zero = i32x4.splat(zeroPoint);
  // Saturated codes stay saturated.
  const bound = i32x4.splat(1 << 10);
  for (const end = gates + bytes; gates < end; gates += 16) {
    const kept = v128.load(gates);
    const entered = isCoupled ? i16x8.sub(i16x8.splat(0x7fff), kept) : v128.load(gates + 3 * bytes);
    const change = v128.load(gates + bytes);
    const opened = v128.load(gates + 2 * bytes);
    const cell = v128.load(cells);
    const next = i16x8.narrow_i32x4_s(
      nextCells(i32x4.extmul_low_i16x8_s(kept, cell), i32x4.extmul_low_i16x8_s(entered, change), 30 + exponent),
      nextCells(i32x4.extmul_high_i16x8_s(kept, cell), i32x4.extmul_high_i16x8_s(entered, change), 30 + exponent),
    );
    const clipped = i16x8.max_s(i16x8.min_s(next, upper), lower);
    v128.store(cells, clipped);
    const squashed = sigmoid(clipped, true, 15 + exponent);
    const low = rescale(i32x4.extmul_low_i16x8_s(opened, squashed), multiplier, shift);
    const high = rescale(i32x4.extmul_high_i16x8_s(opened, squashed), multiplier, shift);
    const codes = i16x8.narrow_i32x4_s(
      i32x4.add(i32x4.max_s(i32x4.min_s(low, bound), i32x4.neg(bound)), zero),
      i32x4.add(i32x4.max_s(i32x4.min_s(high, bound), i32x4.neg(bound)), zero),
    );
    v128.store64_lane(hidden, i8x16.narrow_i16x8_s(codes, codes), 0);
    cells += 16;
    hidden += 8;
  }
}
