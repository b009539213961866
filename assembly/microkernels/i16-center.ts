// Owns spans of 8-bit codes to centred int16 and back.

/**
 * `count` codes at `input` become int16 minus the zero point at `output`; writes exactly `count` elements. int8 codes are read as those of
 * uint8, 128 higher.
 */
export function centerSpan(input: usize, output: usize, count: i32, zeroPoint: i32, isSigned: bool): void {
  const flips = i8x16.splat(isSigned ? -128 : 0);
  const zero = i16x8.splat(<i16>(isSigned ? zeroPoint + 128 : zeroPoint));
  const end = input + <usize>count;
  while (input + 32 <= end) {
    const first = v128.xor(v128.load(input), flips);
    const second = v128.xor(v128.load(input, 16), flips);
    v128.store(output, i16x8.sub(i16x8.extend_low_i8x16_u(first), zero));
    v128.store(output, i16x8.sub(i16x8.extend_high_i8x16_u(first), zero), 16);
    v128.store(output, i16x8.sub(i16x8.extend_low_i8x16_u(second), zero), 32);
    v128.store(output, i16x8.sub(i16x8.extend_high_i8x16_u(second), zero), 48);
    input += 32;
    output += 64;
  }
  while (input + 8 <= end) {
    const codes = v128.xor(v128.load64_zero(input), flips);
    v128.store(output, i16x8.sub(i16x8.extend_low_i8x16_u(codes), zero));
    input += 8;
    output += 16;
  }
  while (input < end) {
    const code: i32 = isSigned ? <i32>load<i8>(input) : <i32>load<u8>(input);
    store<i16>(output, <i16>(code - zeroPoint));
    input += 1;
    output += 2;
  }
}

/**
 * Pixels of `channels` codes to pixels of whole blocks, `pixelBytes` apart: padding lanes get the codes behind a pixel. Reads up to 7 bytes
 * behind the last one.
 */
export function centerPixels(
  input: usize,
  output: usize,
  pixels: u32,
  channels: usize,
  pixelBytes: usize,
  zeroPoint: i32,
  isSigned: bool,
): void {
  const flips = i8x16.splat(isSigned ? -128 : 0);
  const zero = i16x8.splat(<i16>(isSigned ? zeroPoint + 128 : zeroPoint));
  for (; pixels > 0; pixels--, input += channels, output += pixelBytes) {
    for (let at: usize = 0; at < channels; at += 8) {
      const codes = v128.xor(v128.load64_zero(input + at), flips);
      v128.store(output + (at << 1), i16x8.sub(i16x8.extend_low_i8x16_u(codes), zero));
    }
  }
}

/** Codes of eight elements as int16 in 0..255. */
// @ts-ignore: decorator
@inline
function codesOf(elements: v128, zero: v128, low: v128): v128 {
  return v128.and(i16x8.add(elements, zero), low);
}

/** The inverse: `count` centred elements become codes modulo 256, the same bits for uint8 and int8. */
export function uncenterSpan(input: usize, output: usize, count: i32, zeroPoint: i32): void {
  const zero = i16x8.splat(<i16>zeroPoint);
  const low = i16x8.splat(255);
  const end = output + <usize>count;
  while (output + 32 <= end) {
    const a = codesOf(v128.load(input), zero, low);
    const b = codesOf(v128.load(input, 16), zero, low);
    const c = codesOf(v128.load(input, 32), zero, low);
    const d = codesOf(v128.load(input, 48), zero, low);
    v128.store(output, i8x16.narrow_i16x8_u(a, b));
    v128.store(output, i8x16.narrow_i16x8_u(c, d), 16);
    input += 64;
    output += 32;
  }
  while (output + 8 <= end) {
    const codes = codesOf(v128.load(input), zero, low);
    v128.store64_lane(output, i8x16.narrow_i16x8_u(codes, codes), 0);
    input += 16;
    output += 8;
  }
  while (output < end) {
    store<u8>(output, <u8>(<i32>load<i16>(input) + zeroPoint));
    input += 2;
    output += 1;
  }
}

/**
 * The inverse, in order: what a pixel's last block writes behind it is overwritten by the next ones. Nothing is written from `end` on; returns
 * how many pixels are done.
 */
export function uncenterPixels(
  input: usize,
  output: usize,
  pixels: u32,
  channels: usize,
  pixelBytes: usize,
  zeroPoint: i32,
  end: usize,
): u32 {
  const zero = i16x8.splat(<i16>zeroPoint);
  const low = i16x8.splat(255);
  const bytes = (channels + 7) & ~7;
  let done: u32 = 0;
  for (; done < pixels && output + bytes <= end; done++) {
    for (let at: usize = 0; at < channels; at += 8) {
      const codes = codesOf(v128.load(input + (at << 1)), zero, low);
      v128.store64_lane(output + at, i8x16.narrow_i16x8_u(codes, codes), 0);
    }
    input += pixelBytes;
    output += channels;
  }
  return done;
}
