// Owns products, factors and inverses of float64 matrices. Sums have one order, that of two lanes, on every engine.

// @ts-ignore: decorator
@inline
export function lanes(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Sum of a[i] b[i] over `count` float64: even and odd ones apart, then together. */
// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, count: u32): f64 {
  let sum = f64x2.splat(0);
  const end = a + (<usize>(count & ~1) << 3);
  for (; a < end; a += 16, b += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(a), v128.load(b)));
  if (count & 1) sum = f64x2.replace_lane(sum, 0, f64x2.extract_lane(sum, 0) + load<f64>(a) * load<f64>(b));
  return lanes(sum);
}

/** The same of float32, in float64. */
// @ts-ignore: decorator
@inline
function dotOfSingles(a: usize, b: usize, count: u32): f64 {
  let sum = f64x2.splat(0);
  const end = a + (<usize>(count & ~1) << 2);
  for (; a < end; a += 8, b += 8) {
    const x = f64x2.promote_low_f32x4(v128.load64_zero(a));
    const y = f64x2.promote_low_f32x4(v128.load64_zero(b));
    sum = f64x2.add(sum, f64x2.mul(x, y));
  }
  if (count & 1) sum = f64x2.replace_lane(sum, 0, f64x2.extract_lane(sum, 0) + <f64>load<f32>(a) * <f64>load<f32>(b));
  return lanes(sum);
}

/** Two elements of float32 as float64. */
// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, sum: v128): void {
  store<f64>(at, load<f64>(at) + lanes(sum));
}

/** One element of float32 as float64, beside 0. */
// @ts-ignore: decorator
@inline
function last(at: usize): v128 {
  return f64x2(<f64>load<f32>(at), 0);
}

/** Rows of a block, whose sums do not wait for each other. */
export const BLOCK_ROWS: u32 = 4;

/** Adds products over `count` columns of 4 rows from a on with the 2 from b on, `stride` bytes apart; sums as those of dotOfSingles. */
// @ts-ignore: decorator
@inline
function addBlock(a: usize, b: usize, stride: usize, count: u32, products: usize, rowBytes: usize): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  let a2 = a + 2 * stride;
  const end = a + (<usize>(count & ~1) << 2);
  for (; a < end; a += 8, a2 += 8, b += 8) {
    const b0 = pair(b);
    const b1 = pair(b + stride);
    const row0 = pair(a);
    s00 = f64x2.add(s00, f64x2.mul(row0, b0));
    s01 = f64x2.add(s01, f64x2.mul(row0, b1));
    const row1 = pair(a + stride);
    s10 = f64x2.add(s10, f64x2.mul(row1, b0));
    s11 = f64x2.add(s11, f64x2.mul(row1, b1));
    const row2 = pair(a2);
    s20 = f64x2.add(s20, f64x2.mul(row2, b0));
    s21 = f64x2.add(s21, f64x2.mul(row2, b1));
    const row3 = pair(a2 + stride);
    s30 = f64x2.add(s30, f64x2.mul(row3, b0));
    s31 = f64x2.add(s31, f64x2.mul(row3, b1));
  }
  if (count & 1) {
    const b0 = last(b);
    const b1 = last(b + stride);
    s00 = f64x2.add(s00, f64x2.mul(last(a), b0));
    s01 = f64x2.add(s01, f64x2.mul(last(a), b1));
    s10 = f64x2.add(s10, f64x2.mul(last(a + stride), b0));
    s11 = f64x2.add(s11, f64x2.mul(last(a + stride), b1));
    s20 = f64x2.add(s20, f64x2.mul(last(a2), b0));
    s21 = f64x2.add(s21, f64x2.mul(last(a2), b1));
    s30 = f64x2.add(s30, f64x2.mul(last(a2 + stride), b0));
    s31 = f64x2.add(s31, f64x2.mul(last(a2 + stride), b1));
  }
  addTo(products, s00);
  addTo(products + 8, s01);
  addTo(products + rowBytes, s10);
  addTo(products + rowBytes + 8, s11);
  addTo(products + 2 * rowBytes, s20);
  addTo(products + 2 * rowBytes + 8, s21);
  addTo(products + 3 * rowBytes, s30);
  addTo(products + 3 * rowBytes + 8, s31);
}

/** The same of one row from b on. */
// @ts-ignore: decorator
@inline
function addColumn(a: usize, b: usize, stride: usize, count: u32, products: usize, rowBytes: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  let a2 = a + 2 * stride;
  const end = a + (<usize>(count & ~1) << 2);
  for (; a < end; a += 8, a2 += 8, b += 8) {
    const other = pair(b);
    s0 = f64x2.add(s0, f64x2.mul(pair(a), other));
    s1 = f64x2.add(s1, f64x2.mul(pair(a + stride), other));
    s2 = f64x2.add(s2, f64x2.mul(pair(a2), other));
    s3 = f64x2.add(s3, f64x2.mul(pair(a2 + stride), other));
  }
  if (count & 1) {
    const other = last(b);
    s0 = f64x2.add(s0, f64x2.mul(last(a), other));
    s1 = f64x2.add(s1, f64x2.mul(last(a + stride), other));
    s2 = f64x2.add(s2, f64x2.mul(last(a2), other));
    s3 = f64x2.add(s3, f64x2.mul(last(a2 + stride), other));
  }
  addTo(products, s0);
  addTo(products + rowBytes, s1);
  addTo(products + 2 * rowBytes, s2);
  addTo(products + 3 * rowBytes, s3);
}

/** Columns that are multiplied before the next ones, so that those of all rows stay in the cache. */
const BLOCK_COLUMNS: u32 = 1024;

/**
 * Writes A Bᵀ to `products` [m, n], float64, of float32 matrices A [m, k] and B [n, k], whose rows are `stride` bytes apart; of the same
 * matrix twice, one half is computed, and mirrored. `isUpper`: it is upper triangular, and products with its zeros are left out.
 */
export function gram(a: usize, m: u32, b: usize, n: u32, k: u32, stride: usize, isUpper: bool, products: usize): void {
  const isSymmetric = a == b;
  const rowBytes = <usize>n << 3;
  memory.fill(products, 0, <usize>m * rowBytes);
  for (let from: u32 = 0; from < k; from += BLOCK_COLUMNS) {
    addColumns(a, m, b, n, from, min<u32>(k, from + BLOCK_COLUMNS), stride, isSymmetric, isUpper, products);
  }
  if (!isSymmetric) return;
  for (let i: u32 = 1; i < m; i++) {
    for (let j: u32 = 0; j < i; j++) {
      store<f64>(products + <usize>i * rowBytes + (<usize>j << 3), load<f64>(products + <usize>j * rowBytes + (<usize>i << 3)));
    }
  }
}

/** gram over the columns from `from` on that are multiplied together, without the mirror. */
function addColumns(
  a: usize,
  m: u32,
  b: usize,
  n: u32,
  from: u32,
  end: u32,
  stride: usize,
  isSymmetric: bool,
  isUpper: bool,
  products: usize,
): void {
  const rowBytes = <usize>n << 3;
  for (let i: u32 = 0; i < m; i += BLOCK_ROWS) {
    const rows = min<u32>(BLOCK_ROWS, m - i);
    for (let j: u32 = isSymmetric ? i : 0; j < n; j += 2) {
      // Row j of an upper triangular matrix begins with j zeros; j is even, so that the other pairs keep their lanes.
      const begin = isUpper ? max<u32>(from, j) : from;
      if (begin >= end) break;
      const at = products + <usize>i * rowBytes + (<usize>j << 3);
      const left = a + <usize>i * stride + (<usize>begin << 2);
      const right = b + <usize>j * stride + (<usize>begin << 2);
      const columns = min<u32>(2, n - j);
      if (rows == BLOCK_ROWS && columns == 2) addBlock(left, right, stride, end - begin, at, rowBytes);
      else if (rows == BLOCK_ROWS) addColumn(left, right, stride, end - begin, at, rowBytes);
      else addSingly(left, rows, right, columns, stride, end - begin, at, rowBytes);
    }
  }
}

/** As addBlock, of `rows` rows from a on and `columns` from b on. */
function addSingly(a: usize, rows: u32, b: usize, columns: u32, stride: usize, count: u32, products: usize, rowBytes: usize): void {
  for (let r: u32 = 0; r < rows; r++) {
    for (let c: u32 = 0; c < columns; c++) {
      const to = products + <usize>r * rowBytes + (<usize>c << 3);
      store<f64>(to, load<f64>(to) + dotOfSingles(a + <usize>r * stride, b + <usize>c * stride, count));
    }
  }
}

/**
 * The lower triangular L [size, size] with L Lᵀ = `matrix`, row by row (Cholesky); what lies above its diagonal is not written. `lower` may
 * be `matrix`.
 */
export function cholesky(matrix: usize, size: u32, lower: usize): void {
  const stride = <usize>size << 3;
  for (let i: u32 = 0; i < size; i += BLOCK_ROWS) {
    const rows = min<u32>(BLOCK_ROWS, size - i);
    const offset = <usize>i * stride;
    // Columns left of the block of the diagonal, two by two; i is even.
    if (rows == BLOCK_ROWS) {
      for (let j: u32 = 0; j < i; j += 2) factorBlock(matrix + offset, lower + offset, lower + <usize>j * stride, stride, j);
    }
    for (let r: u32 = 0; r < rows; r++) {
      const row = lower + offset + <usize>r * stride;
      const from = matrix + offset + <usize>r * stride;
      for (let j: u32 = rows == BLOCK_ROWS ? i : 0; j <= i + r; j++) {
        const other = lower + <usize>j * stride;
        const rest = load<f64>(from + (<usize>j << 3)) - dot(row, other, j);
        store<f64>(row + (<usize>j << 3), i + r == j ? Math.sqrt(rest) : rest / load<f64>(other + (<usize>j << 3)));
      }
    }
  }
}

/** Columns j and j + 1 of four rows of L, from `row` on, of which those before are known; `other` is row j of L, and j even. */
// @ts-ignore: decorator
@inline
function factorBlock(matrix: usize, row: usize, other: usize, stride: usize, j: u32): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s20 = f64x2.splat(0);
  let s21 = f64x2.splat(0);
  let s30 = f64x2.splat(0);
  let s31 = f64x2.splat(0);
  const end = <usize>j << 3;
  for (let at: usize = 0; at < end; at += 16) {
    const l0 = v128.load(other + at);
    const l1 = v128.load(other + stride + at);
    const a0 = v128.load(row + at);
    s00 = f64x2.add(s00, f64x2.mul(a0, l0));
    s01 = f64x2.add(s01, f64x2.mul(a0, l1));
    const a1 = v128.load(row + stride + at);
    s10 = f64x2.add(s10, f64x2.mul(a1, l0));
    s11 = f64x2.add(s11, f64x2.mul(a1, l1));
    const a2 = v128.load(row + 2 * stride + at);
    s20 = f64x2.add(s20, f64x2.mul(a2, l0));
    s21 = f64x2.add(s21, f64x2.mul(a2, l1));
    const a3 = v128.load(row + 3 * stride + at);
    s30 = f64x2.add(s30, f64x2.mul(a3, l0));
    s31 = f64x2.add(s31, f64x2.mul(a3, l1));
  }
  factorPair(matrix + end, row + end, other + end, stride, s00, s01);
  factorPair(matrix + stride + end, row + stride + end, other + end, stride, s10, s11);
  factorPair(matrix + 2 * stride + end, row + 2 * stride + end, other + end, stride, s20, s21);
  factorPair(matrix + 3 * stride + end, row + 3 * stride + end, other + end, stride, s30, s31);
}

/** Two neighbours of one row, from their sums; `other` is the diagonal's element of row j, and the next row's is beyond it. */
// @ts-ignore: decorator
@inline
function factorPair(matrix: usize, row: usize, other: usize, stride: usize, sum: v128, next: v128): void {
  const first = (load<f64>(matrix) - lanes(sum)) / load<f64>(other);
  store<f64>(row, first);
  const product = f64x2.extract_lane(next, 0) + first * load<f64>(other + stride);
  const rest = load<f64>(matrix, 8) - (product + f64x2.extract_lane(next, 1));
  store<f64>(row, rest / load<f64>(other + stride, 8), 8);
}

/** The inverse [size, size] of an upper triangular matrix, by back substitution. */
export function invert(upper: usize, size: u32, inverse: usize): void {
  const stride = <usize>size << 3;
  memory.fill(inverse, 0, <usize>size * stride);
  for (let j: i32 = size - 1; j >= 0; j--) {
    const row = <usize>j * stride;
    const diagonal = 1 / load<f64>(upper + row + (<usize>j << 3));
    for (let k: u32 = j + 1; k < size; k += BLOCK_ROWS) {
      const from = inverse + <usize>k * stride;
      const factors = upper + row + (<usize>k << 3);
      if (size - k >= BLOCK_ROWS) addMultiples(inverse + row, from, stride, factors, diagonal, k, size);
      else {
        for (let r: u32 = 0; r < size - k; r++) {
          const factor = -load<f64>(factors + (<usize>r << 3)) * diagonal;
          for (let i: u32 = k + r; i < size; i++) {
            const at = inverse + row + (<usize>i << 3);
            store<f64>(at, load<f64>(at) + factor * load<f64>(from + <usize>r * stride + (<usize>i << 3)));
          }
        }
      }
    }
    store<f64>(inverse + row + (<usize>j << 3), diagonal);
  }
}

/** Adds, one after the other, the four rows from `from` on times -factors * diagonal to elements [begin, end) of the row `to`. */
// @ts-ignore: decorator
@inline
function addMultiples(to: usize, from: usize, stride: usize, factors: usize, diagonal: f64, begin: u32, end: u32): void {
  const f0 = -load<f64>(factors) * diagonal;
  const f1 = -load<f64>(factors, 8) * diagonal;
  const f2 = -load<f64>(factors, 16) * diagonal;
  const f3 = -load<f64>(factors, 24) * diagonal;
  let i = begin;
  for (; i + 2 <= end; i += 2) {
    const at = <usize>i << 3;
    let sum = f64x2.add(v128.load(to + at), f64x2.mul(f64x2.splat(f0), v128.load(from + at)));
    sum = f64x2.add(sum, f64x2.mul(f64x2.splat(f1), v128.load(from + stride + at)));
    sum = f64x2.add(sum, f64x2.mul(f64x2.splat(f2), v128.load(from + 2 * stride + at)));
    sum = f64x2.add(sum, f64x2.mul(f64x2.splat(f3), v128.load(from + 3 * stride + at)));
    v128.store(to + at, sum);
  }
  if (i < end) {
    const at = <usize>i << 3;
    let sum = load<f64>(to + at) + f0 * load<f64>(from + at);
    sum += f1 * load<f64>(from + stride + at);
    sum += f2 * load<f64>(from + 2 * stride + at);
    store<f64>(to + at, sum + f3 * load<f64>(from + 3 * stride + at));
  }
}
