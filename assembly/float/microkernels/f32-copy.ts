// Owns spans of float32, zeroed, copied as they are, or stored lane by lane at the end of one; and copies of bytes.

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

/** `bytes` of elements of any size; writes exactly those. */
export function copyBytes(input: usize, output: usize, bytes: usize): void {
  const end = input + bytes;
  while (input + 16 <= end) {
    v128.store(output, v128.load(input));
    input += 16;
    output += 16;
  }
  while (input < end) store<u8>(output++, load<u8>(input++));
}

/** The first `count` lanes, 1 to 4. */
// @ts-ignore: decorator
@inline
export function storeElements(output: usize, lanes: v128, count: u32): void {
  if (count == 4) v128.store(output, lanes);
  else storeFirst(output, lanes, count);
}

/** The first `count` lanes, 1 to 3. */
function storeFirst(output: usize, lanes: v128, count: u32): void {
  if (count & 2) {
    store<i64>(output, i64x2.extract_lane(lanes, 0));
    lanes = v128.shuffle<u64>(lanes, lanes, 1, 1);
    output += 8;
  }
  if (count & 1) store<i32>(output, i32x4.extract_lane(lanes, 0));
}
