// Owns CAST between dense elements of int8, uint8, int32, int64, float32 and bool (tflite/kernels/cast.cc).
import { CastDescriptor, CastType } from '../abi-move';
import { castSpan } from '../microkernels/f32-quantize';

// @ts-ignore: decorator
@inline
function bytesOf(type: u32): usize {
  if (type == CastType.Int64) return 8;
  return type == CastType.Int32 || type == CastType.Float32 ? 4 : 1;
}

// @ts-ignore: decorator
@inline
function loadInteger(at: usize, type: u32): i64 {
  if (type == CastType.Int32) return load<i32>(at);
  if (type == CastType.Int64) return load<i64>(at);
  return type == CastType.Int8 ? <i64>load<i8>(at) : <i64>load<u8>(at);
}

/** Towards zero, saturated to `type`; NaN becomes the largest integer (`SaturatingCastFloatingToInteger`). */
// @ts-ignore: decorator
@inline
function saturate(x: f32, type: u32): i64 {
  const whole = x != x ? i64.MAX_VALUE : <i64>x;
  if (type == CastType.Int64) return whole;
  if (type == CastType.Int32) return min<i64>(max<i64>(whole, i32.MIN_VALUE), i32.MAX_VALUE);
  const low: i64 = type == CastType.Int8 ? -128 : 0;
  return min<i64>(max<i64>(whole, low), low + 255);
}

export function cast(d: CastDescriptor): void {
  const inputBytes = bytesOf(d.from);
  const outputBytes = bytesOf(d.to);
  const isReal = d.from == CastType.Float32;
  let input: usize = d.input;
  let output: usize = d.output;
  let i: u32 = 0;
  if (inputBytes == 1 && d.to == CastType.Float32) {
    i = d.count & ~7;
    castSpan(input, output, i, d.from == CastType.Int8);
    input += i;
    output += i << 2;
  }
  for (; i < d.count; i++) {
    const real = isReal ? load<f32>(input) : 0;
    const whole = isReal ? saturate(real, d.to) : loadInteger(input, d.from);
    if (d.to == CastType.Float32) store<f32>(output, isReal ? real : <f32>whole);
    else if (d.to == CastType.Bool) store<u8>(output, isReal ? <u8>(real != 0) : <u8>(whole != 0));
    // Integers wrap.
    else if (outputBytes == 1) store<i8>(output, <i8>whole);
    else if (outputBytes == 4) store<i32>(output, <i32>whole);
    else store<i64>(output, whole);
    input += inputBytes;
    output += outputBytes;
  }
}
