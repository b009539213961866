// Owns the float32 arithmetic that the operators on landmarks share: points, square matrices and their products.

const { fround } = Math;

/** Square matrices, row by row. */
export type Matrix = readonly number[];

/** Sums of products in the order of columns, each step rounded to float32 (Mat3 and Mat4 of landmarks_to_transform_matrix.cc). */
export function product(size: number, a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: size * size }, (_, i) => {
    const [row, column] = [Math.trunc(i / size), i % size];
    let sum = 0;
    for (let k = 0; k < size; k++) sum = fround(sum + fround(a[row * size + k] * b[k * size + column]));
    return sum;
  });
}

/** Cosine and sine as float32. */
export function rotation(radians: number): { cos: number; sin: number } {
  return { cos: fround(Math.cos(radians)), sin: fround(Math.sin(radians)) };
}

/** Row `row` of a 4x4 matrix at the point (x, y, 0, 1), added from left to right in float32 (DotProduct of transform_landmarks.cc). */
export function affine(matrix: ArrayLike<number>, row: number, x: number, y: number, shift = matrix[4 * row + 3]): number {
  const at = 4 * row;
  return fround(fround(fround(fround(matrix[at] * x) + fround(matrix[at + 1] * y)) + matrix[at + 2] * 0) + shift);
}
