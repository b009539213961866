// Owns spans of float32: zeroed, or copied as they are.

/** `bytes`, a multiple of 4, become zero. A border is many short spans, and memory.fill is a call for each. */
export function zeroSpan(output: usize, bytes: usize): void {
  const end = output + bytes;
  const zero = i32x4.splat(0);
  while (output + 16 <= end) {
    v128.store(output, zero);
    output += 16;
  }
  while (output < end) {
    store<u32>(output, 0);
    output += 4;
  }
}

/** `count` elements; writes exactly those. */
export function copySpan(input: usize, output: usize, count: u32): void {
  const end = input + (<usize>count << 2);
  while (input + 16 <= end) {
    v128.store(output, v128.load(input));
    input += 16;
    output += 16;
  }
  while (input < end) {
    store<u32>(output, load<u32>(input));
    input += 4;
    output += 4;
  }
}
