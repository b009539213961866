// Owns spans of float32 to centred int16 and back, and of 8-bit integers to float32.

/** `count` floats divided by the scale, rounded half away from zero, clamped (reference/quantize.h). NaN becomes code 0. */
export function quantizeSpan(input: usize, output: usize, count: i32, scale: f32, zeroPoint: i32, lower: i32, upper: i32): void {
  const divisor = f32x4.splat(scale);
  const half = f32x4.splat(0.5);
  const one = f32x4.splat(1);
  const sign = f32x4.splat(-0.0);
  const low = i32x4.splat(lower);
  const high = i32x4.splat(upper);
  const codeZero = i32x4.splat(-zeroPoint);
  for (let i = 0; i < count; i += 4) {
    const real = f32x4.div(v128.load(input + ((<usize>i) << 2)), divisor);
    const whole = f32x4.trunc(real);
    const away = f32x4.ge(f32x4.abs(f32x4.sub(real, whole)), half);
    const step = v128.and(v128.or(one, v128.and(real, sign)), away);
    const code = i32x4.min_s(i32x4.max_s(i32x4.trunc_sat_f32x4_s(f32x4.add(whole, step)), low), high);
    const known = v128.bitselect(code, codeZero, f32x4.eq(real, real));
    const result = i16x8.narrow_i32x4_s(known, known);
    const at = output + ((<usize>i) << 1);
    if (i + 4 <= count) v128.store64_lane(at, result, 0);
    else {
      v128.store16_lane(at, result, 0);
      if (i + 1 < count) v128.store16_lane(at, result, 1, 2);
      if (i + 2 < count) v128.store16_lane(at, result, 2, 4);
    }
  }
}

/** `count` centred elements times the scale, one float32 rounding (reference/dequantize.h). */
export function dequantizeSpan(input: usize, output: usize, count: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(output + ((<usize>i) << 2), f32x4.mul(f32x4.convert_i32x4_s(v128.load16x4_s(input + ((<usize>i) << 1))), factor));
  }
  for (; i < count; i++) store<f32>(output + ((<usize>i) << 2), <f32>load<i16>(input + ((<usize>i) << 1)) * scale);
}

/** `count` integers of 8 bits, a multiple of 8, to float32. */
export function castSpan(input: usize, output: usize, count: u32, isSigned: bool): void {
  for (const end = input + <usize>count; input < end; input += 8, output += 32) {
    const integers = isSigned ? v128.load8x8_s(input) : v128.load8x8_u(input);
    v128.store(output, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(integers)));
    v128.store(output, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(integers)), 16);
  }
}
