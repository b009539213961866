// Owns spans of int16 that are zeroed or copied as they are.

/** `bytes`, an even number, become zero. A border is many short spans, and memory.fill is a call for each. */
export function zeroSpan(output: usize, bytes: usize): void {
  const end = output + bytes;
  const zero = i32x4.splat(0);
  while (output + 16 <= end) {
    v128.store(output, zero);
    output += 16;
  }
  while (output < end) {
    store<i16>(output, 0);
    output += 2;
  }
}

/** `count` elements; writes exactly those. */
export function copySpan(input: usize, output: usize, count: i32): void {
  const end = input + ((<usize>count) << 1);
  while (input + 16 <= end) {
    v128.store(output, v128.load(input));
    input += 16;
    output += 16;
  }
  while (input < end) {
    store<i16>(output, load<i16>(input));
    input += 2;
    output += 2;
  }
}
