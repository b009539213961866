// Owns the comparison of tensors: the first mismatch is printed with everything that reproduces it.

/** Throws on the first element that differs; `context` must name all parameters of the case. */
export function assertSameData(actual: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>, context: string): void {
  if (actual.length !== expected.length) throw new Error(`length ${actual.length}, expected ${expected.length}; ${context}`);
  let first = -1;
  let count = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(Number(actual[i]) + 0, Number(expected[i]) + 0)) {
      if (first < 0) first = i;
      count++;
    }
  }
  if (first >= 0) {
    throw new Error(
      `element ${first} is ${actual[first]}, expected ${expected[first]} (${count} of ${expected.length} differ); ${context}`,
    );
  }
}
