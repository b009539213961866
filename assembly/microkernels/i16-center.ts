// Owns spans of 8-bit codes to centred int16 and back.

/** `count` codes at `input` become int16 minus the zero point at `output`; writes exactly `count` elements. */
export function centerSpan(input: usize, output: usize, count: i32, zeroPoint: i32, isSigned: bool): void {
  const zero = i16x8.splat(<i16>zeroPoint);
  const end = input + <usize>count;
  while (input + 8 <= end) {
    const codes = isSigned ? v128.load8x8_s(input) : v128.load8x8_u(input);
    v128.store(output, i16x8.sub(codes, zero));
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

/** The inverse: `count` centred elements become codes modulo 256, the same bits for uint8 and int8. */
export function uncenterSpan(input: usize, output: usize, count: i32, zeroPoint: i32): void {
  const zero = i16x8.splat(<i16>zeroPoint);
  const low = i16x8.splat(255);
  const end = output + <usize>count;
  while (output + 8 <= end) {
    const codes = v128.and(i16x8.add(v128.load(input), zero), low);
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
