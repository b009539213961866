// Owns sums over the memory of SVDF's filters: float32 in order, and int16 weights with int16 or int8 states.
import { dotAdd } from '../simd';

/** A filter's sum: products in order, each step rounded (`EvalFloatSVDF`, tflite/kernels/internal/reference/svdf.h). */
export function floatFilter(state: usize, time: usize, memory: i32): f32 {
  let sum: f32 = 0;
  for (const end = state + (<usize>memory << 2); state < end; state += 4) {
    sum += load<f32>(time) * load<f32>(state);
    time += 4;
  }
  return sum;
}

/** The sum of four lanes. */
// @ts-ignore: decorator
@inline
function total(x: v128): i32 {
  const pairs = i32x4.add(x, v128.shuffle<i64>(x, x, 1, 0));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** Of `count` elements, modulo 2^32; states of int16 have no zero point, those of int8 have `zeroPoint`. */
// @ts-ignore: decorator
@inline
export function integerFilter(isWide: bool, state: usize, zeroPoint: i32, time: usize, count: i32): i32 {
  const zero = i16x8.splat(<i16>zeroPoint);
  let sums = i32x4.splat(0);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const elements = isWide ? v128.load(state) : i16x8.sub(v128.load8x8_s(state), zero);
    sums = dotAdd(sums, elements, v128.load(time));
    state += isWide ? 16 : 8;
    time += 16;
  }
  let sum = total(sums);
  for (; i < count; i++) {
    sum += <i32>load<i16>(time) * (isWide ? <i32>load<i16>(state) : <i32>load<i8>(state) - zeroPoint);
    state += isWide ? 2 : 1;
    time += 2;
  }
  return sum;
}
