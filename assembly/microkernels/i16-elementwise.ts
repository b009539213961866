// Owns spans of ADD, SUB, MUL, MAXIMUM, MINIMUM, PRELU and SQUARED_DIFFERENCE over blocks of eight channels.
import { Requantization, SCALAR_REQUANTIZATION_BYTES, ScalarRequantization } from '../abi';
import { multiplyByQuantizedMultiplier, narrowClamp, requantize4, requantizeScalar4 } from '../requantize';
import { dotAdd, zipHigh, zipLow } from '../simd';

// @ts-ignore: decorator
@inline
function loadBlock(at: usize, splat: bool): v128 {
  return splat ? v128.load16_splat(at) : v128.load(at);
}

/**
 * TFLite's ADD / SUB: both operands brought to a common scale of 2^-20 of the larger one, summed, requantized once more
 * (reference/add.h). With `slopes`, the left operand is rectified and the right one the rest of it. `leftStep` and `rightStep` are bytes per block: 16, or 0 for one element broadcast to all channels.
 */
export function addSpan(
  left: usize,
  right: usize,
  output: usize,
  blocks: i32,
  leftStep: usize,
  rightStep: usize,
  leftConstants: usize,
  rightConstants: usize,
  sumConstants: usize,
  subtract: bool,
  slopes: bool,
  lower: v128,
  upper: v128,
): void {
  const end = output + (<usize>blocks << 4);
  const zero = i16x8.splat(0);
  while (output < end) {
    let a = loadBlock(left, leftStep == 0);
    let b = loadBlock(right, rightStep == 0);
    if (slopes) {
      a = i16x8.max_s(a, zero);
      b = i16x8.min_s(b, zero);
    }
    const aLow = requantizeScalar4(i32x4.extend_low_i16x8_s(a), leftConstants);
    const aHigh = requantizeScalar4(i32x4.extend_high_i16x8_s(a), leftConstants);
    const bLow = requantizeScalar4(i32x4.extend_low_i16x8_s(b), rightConstants);
    const bHigh = requantizeScalar4(i32x4.extend_high_i16x8_s(b), rightConstants);
    const low = requantizeScalar4(subtract ? i32x4.sub(aLow, bLow) : i32x4.add(aLow, bLow), sumConstants);
    const high = requantizeScalar4(subtract ? i32x4.sub(aHigh, bHigh) : i32x4.add(aHigh, bHigh), sumConstants);
    v128.store(output, narrowClamp(low, high, lower, upper));
    left += leftStep;
    right += rightStep;
    output += 16;
  }
}

/** Four results of addLinearSpan from pairs of operands. */
// @ts-ignore: decorator
@inline
function linear4(pairs: v128, high: v128, low: v128, rounding: v128): v128 {
  const rest = i32x4.shr_s(dotAdd(rounding, pairs, low), 15);
  return i32x4.shr_s(dotAdd(rest, pairs, high), 13);
}

/**
 * ADD and SUB as floor((p left + q right + rounding) / 2^28), where operators/sum-scale.ts has proven it; |p|, |q| < 2^30. `constants`:
 * four pairs i16 of the upper bits of p and q, p >> 15, four of the lower 15 bits, and rounding i32x4.
 */
export function addLinearSpan(
  left: usize,
  right: usize,
  output: usize,
  blocks: i32,
  leftStep: usize,
  rightStep: usize,
  constants: usize,
  lower: v128,
  upper: v128,
): void {
  const high = v128.load(constants);
  const low = v128.load(constants, 16);
  const rounding = v128.load(constants, 32);
  const end = output + (<usize>blocks << 4);
  while (output < end) {
    const a = loadBlock(left, leftStep == 0);
    const b = loadBlock(right, rightStep == 0);
    const first = linear4(zipLow(a, b), high, low, rounding);
    v128.store(output, narrowClamp(first, linear4(zipHigh(a, b), high, low, rounding), lower, upper));
    left += leftStep;
    right += rightStep;
    output += 16;
  }
}

/** MUL in float32, where operators/float-scale.ts has proven it; `constants` are those of Requantization.FloatSigned. */
export function multiplyFloatSpan(
  left: usize,
  right: usize,
  output: usize,
  blocks: i32,
  leftStep: usize,
  rightStep: usize,
  constants: usize,
  lower: v128,
  upper: v128,
): void {
  const scale = v128.load(constants);
  const offset = v128.load(constants, 16);
  const integers = v128.load(constants, 32);
  const signs = v128.load(constants, 48);
  const end = output + (<usize>blocks << 4);
  while (output < end) {
    const a = loadBlock(left, leftStep == 0);
    const b = loadBlock(right, rightStep == 0);
    const low = requantize4(i32x4.extmul_low_i16x8_s(a, b), Requantization.FloatSigned, 0, scale, offset, integers, signs);
    const high = requantize4(i32x4.extmul_high_i16x8_s(a, b), Requantization.FloatSigned, 0, scale, offset, integers, signs);
    v128.store(output, narrowClamp(low, high, lower, upper));
    left += leftStep;
    right += rightStep;
    output += 16;
  }
}

/** TFLite's MUL: the 32-bit product of centred values, requantized (reference/mul.h). */
export function multiplySpan(
  left: usize,
  right: usize,
  output: usize,
  blocks: i32,
  leftStep: usize,
  rightStep: usize,
  constants: usize,
  lower: v128,
  upper: v128,
): void {
  const end = output + (<usize>blocks << 4);
  while (output < end) {
    const a = loadBlock(left, leftStep == 0);
    const b = loadBlock(right, rightStep == 0);
    const low = requantizeScalar4(i32x4.extmul_low_i16x8_s(a, b), constants);
    const high = requantizeScalar4(i32x4.extmul_high_i16x8_s(a, b), constants);
    v128.store(output, narrowClamp(low, high, lower, upper));
    left += leftStep;
    right += rightStep;
    output += 16;
  }
}

/** MUL with a multiplier that the four-lane form cannot take (large left shifts). */
export function multiplySpanGeneral(
  left: usize,
  right: usize,
  output: usize,
  blocks: i32,
  leftStep: usize,
  rightStep: usize,
  constants: usize,
  lower: i32,
  upper: i32,
): void {
  const s = changetype<ScalarRequantization>(constants);
  const count = blocks << 3;
  for (let i: i32 = 0; i < count; i++) {
    const offset = <usize>i << 1;
    const a = <i32>load<i16>(leftStep ? left + offset : left);
    const b = <i32>load<i16>(rightStep ? right + offset : right);
    const result = multiplyByQuantizedMultiplier(a * b, s.generalMultiplier, s.generalShift);
    store<i16>(output + offset, <i16>min(max(result, lower), upper));
  }
}

/** MAXIMUM, or MINIMUM, of elements that are centred by one zero point. */
export function extremumSpan(
  left: usize,
  right: usize,
  output: usize,
  blocks: i32,
  leftStep: usize,
  rightStep: usize,
  isMaximum: bool,
): void {
  const end = output + (<usize>blocks << 4);
  while (output < end) {
    const a = loadBlock(left, leftStep == 0);
    const b = loadBlock(right, rightStep == 0);
    v128.store(output, isMaximum ? i16x8.max_s(a, b) : i16x8.min_s(a, b));
    left += leftStep;
    right += rightStep;
    output += 16;
  }
}

/** Four elements through their requantization, negative ones times their slopes through that of products. */
function prelu4(x: v128, slopes: v128, constants: usize, productConstants: usize): v128 {
  const products = requantizeScalar4(i32x4.mul(x, slopes), productConstants);
  return v128.bitselect(products, requantizeScalar4(x, constants), i32x4.shr_s(x, 31));
}

/** Four differences on a common scale of 2^-7 of the larger one, below 2^15, squared. */
function squaredDifference4(a: v128, b: v128, constants: usize): v128 {
  const other = requantizeScalar4(b, constants + SCALAR_REQUANTIZATION_BYTES);
  const difference = i32x4.sub(requantizeScalar4(a, constants), other);
  return requantizeScalar4(i32x4.mul(difference, difference), constants + 2 * SCALAR_REQUANTIZATION_BYTES);
}

/** TFLite's PRELU (reference/prelu.h), or SQUARED_DIFFERENCE (kernels/squared_difference.cc). */
export function stepsSpan(
  left: usize,
  right: usize,
  output: usize,
  blocks: i32,
  leftStep: usize,
  rightStep: usize,
  constants: usize,
  isPrelu: bool,
  lower: v128,
  upper: v128,
): void {
  const end = output + (<usize>blocks << 4);
  while (output < end) {
    const a = loadBlock(left, leftStep == 0);
    const b = loadBlock(right, rightStep == 0);
    const aLow = i32x4.extend_low_i16x8_s(a);
    const aHigh = i32x4.extend_high_i16x8_s(a);
    const bLow = i32x4.extend_low_i16x8_s(b);
    const bHigh = i32x4.extend_high_i16x8_s(b);
    const products = constants + SCALAR_REQUANTIZATION_BYTES;
    const low = isPrelu ? prelu4(aLow, bLow, constants, products) : squaredDifference4(aLow, bLow, constants);
    const high = isPrelu ? prelu4(aHigh, bHigh, constants, products) : squaredDifference4(aHigh, bHigh, constants);
    v128.store(output, narrowClamp(low, high, lower, upper));
    left += leftStep;
    right += rightStep;
    output += 16;
  }
}
