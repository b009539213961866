// Owns spans of int16 that become 8-bit terms.

/** Vectors of 16 elements, until `end` of the output: element + delta, which is a term wherever the element is a centred code. */
export function narrowSpan(input: usize, output: usize, end: usize, delta: i32, isUnsigned: bool): void {
  const deltas = i16x8.splat(<i16>delta);
  if (isUnsigned) {
    for (; output < end; output += 16) {
      v128.store(output, i8x16.narrow_i16x8_u(i16x8.add(v128.load(input), deltas), i16x8.add(v128.load(input, 16), deltas)));
      input += 32;
    }
  } else {
    for (; output < end; output += 16) {
      v128.store(output, i8x16.narrow_i16x8_s(i16x8.add(v128.load(input), deltas), i16x8.add(v128.load(input, 16), deltas)));
      input += 32;
    }
  }
}
