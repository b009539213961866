// Owns spans of ADD, SUB and MUL over blocks of eight channels.
import { ScalarRequantization } from '../abi';
import { multiplyByQuantizedMultiplier, narrowClamp, signed } from '../requantize';

/** Four accumulators through one tensor-wide requantization, whose `general` flag is off. */
// @ts-ignore: decorator
@inline
function requantize4(x: v128, constants: usize): v128 {
  const s = changetype<ScalarRequantization>(constants);
  return signed(
    i32x4.shl(x, s.leftShift),
    v128.load(constants),
    v128.load(constants, 16),
    v128.load(constants, 16),
    v128.load(constants, 32),
    s.shift,
  );
}

// @ts-ignore: decorator
@inline
function loadBlock(at: usize, splat: bool): v128 {
  return splat ? v128.load16_splat(at) : v128.load(at);
}

/**
 * TFLite's ADD / SUB: both operands brought to a common scale of 2^-20 of the larger one, summed, requantized once more
 * (reference/add.h). `leftStep` and `rightStep` are bytes per block: 16, or 0 for one element broadcast to all channels.
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
  lower: v128,
  upper: v128,
): void {
  const end = output + (<usize>blocks << 4);
  while (output < end) {
    const a = loadBlock(left, leftStep == 0);
    const b = loadBlock(right, rightStep == 0);
    const aLow = requantize4(i32x4.extend_low_i16x8_s(a), leftConstants);
    const aHigh = requantize4(i32x4.extend_high_i16x8_s(a), leftConstants);
    const bLow = requantize4(i32x4.extend_low_i16x8_s(b), rightConstants);
    const bHigh = requantize4(i32x4.extend_high_i16x8_s(b), rightConstants);
    const low = requantize4(subtract ? i32x4.sub(aLow, bLow) : i32x4.add(aLow, bLow), sumConstants);
    const high = requantize4(subtract ? i32x4.sub(aHigh, bHigh) : i32x4.add(aHigh, bHigh), sumConstants);
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
    const low = requantize4(i32x4.extmul_low_i16x8_s(a, b), constants);
    const high = requantize4(i32x4.extmul_high_i16x8_s(a, b), constants);
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
