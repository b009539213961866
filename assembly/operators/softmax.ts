// Owns SOFTMAX in gemmlowp's fixed point: maximum, tabulated exponentials, reciprocal of the sum.
import { SoftmaxDescriptor } from '../abi';

/** SaturatingRoundingDoublingHighMul for operands that are never both -2^31. */
// @ts-ignore: decorator
@inline
function highMultiply(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + (1 << 30)) >> 31);
}

/** x 2^exponent with saturation (gemmlowp SaturatingRoundingMultiplyByPOT). */
function shiftLeftSaturating(x: i32, exponent: i32): i32 {
  const threshold: i32 = (1 << (31 - exponent)) - 1;
  if (x > threshold) return i32.MAX_VALUE;
  if (x < -threshold) return i32.MIN_VALUE;
  return x << exponent;
}

/** 1 / (1 + a) for a in [0, 1), all Q0.31: three Newton-Raphson steps from 48/17 - 32/17 d (gemmlowp one_over_one_plus_x_for_x_in_0_1). */
function oneOverOnePlus(a: i32): i32 {
  const halfDenominator = <i32>((<i64>a + <i64>i32.MAX_VALUE + 1) / 2);
  let x = 1515870810 + highMultiply(halfDenominator, -1010580540);
  for (let i = 0; i < 3; i++) {
    x += shiftLeftSaturating(highMultiply(x, (1 << 29) - highMultiply(halfDenominator, x)), 2);
  }
  return shiftLeftSaturating(x, 1);
}

/** One probability as a code: exponential / sum, rounded half away from zero (reference/softmax.h). */
// @ts-ignore: decorator
@inline
function probability(reciprocal: i32, exponential: i32, exponent: i32, minimum: i32, maximum: i32): i32 {
  const product = highMultiply(reciprocal, exponential);
  const mask: i32 = <i32>((<i64>1 << exponent) - 1);
  const rounded = (product >> exponent) + <i32>((product & mask) > (mask >> 1));
  return min(max(rounded + minimum, minimum), maximum);
}

function softmaxRow(d: SoftmaxDescriptor, input: usize, output: usize): void {
  const end = input + (<usize>d.channels << 1);
  let maximum: i32 = load<i16>(input);
  for (let p = input; p < end; p += 2) maximum = max(maximum, <i32>load<i16>(p));
  // Sum in Q12.19, each term rounded; -1 marks differences that TFLite leaves out of the sum.
  let sum: i32 = 0;
  for (let p = input; p < end; p += 2) {
    const exponential = load<i32>(d.exponentials + ((maximum - <i32>load<i16>(p)) << 2));
    if (exponential >= 0) sum += (exponential >> 12) + ((exponential >> 11) & 1);
  }
  const headroom = clz(sum);
  const reciprocal = oneOverOnePlus(<i32>((<u32>sum << headroom) - 0x80000000));
  const exponent = 12 - headroom + 31 - d.bits;
  const maximumCode = d.minimum + (1 << d.bits) - 1;
  // For 8 bits, a sum of 512 and more means a right shift by 32 or more, whose result is 0.
  const vanishes = exponent > 31;
  // A row has at most 256 differences: with more channels, each result is computed once and looked up.
  if (d.channels >= 256) {
    for (let i: i32 = 0; i < 256; i++) {
      const exponential = load<i32>(d.exponentials + (i << 2));
      const code = exponential < 0 || vanishes ? d.minimum : probability(reciprocal, exponential, exponent, d.minimum, maximumCode);
      store<i16>(d.workspace + (i << 1), <i16>(code - d.outputZeroPoint));
    }
    for (let p = input; p < end; p += 2) {
      store<i16>(output, load<i16>(d.workspace + ((maximum - <i32>load<i16>(p)) << 1)));
      output += 2;
    }
  } else {
    for (let p = input; p < end; p += 2) {
      const exponential = load<i32>(d.exponentials + ((maximum - <i32>load<i16>(p)) << 2));
      const code = exponential < 0 || vanishes ? d.minimum : probability(reciprocal, exponential, exponent, d.minimum, maximumCode);
      store<i16>(output, <i16>(code - d.outputZeroPoint));
      output += 2;
    }
  }
}

export function softmax(d: SoftmaxDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      for (let column: u32 = 0; column < d.columns; column++) {
        softmaxRow(
          d,
          d.input + image * d.inputImageBytes + row * d.inputRowBytes + column * d.inputPixelBytes,
          d.output + image * d.outputImageBytes + row * d.outputRowBytes + column * d.outputPixelBytes,
        );
      }
    }
  }
}
