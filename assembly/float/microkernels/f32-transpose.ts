// Owns blocks of 4 x 4 elements whose rows become columns.

/** Four vectors become the columns of four vectors at `output`, `stepBytes` apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(a: v128, b: v128, c: v128, d: v128, output: usize, stepBytes: usize): void {
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  v128.store(output, v128.shuffle<u64>(ab, cd, 0, 2));
  v128.store(output + stepBytes, v128.shuffle<u64>(ab, cd, 1, 3));
  const ab2 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(output + 2 * stepBytes, v128.shuffle<u64>(ab2, cd2, 0, 2));
  v128.store(output + 3 * stepBytes, v128.shuffle<u64>(ab2, cd2, 1, 3));
}
