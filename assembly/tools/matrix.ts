// Owns products, factors and inverses of float64 matrices, and rounding by them. Sums have one order, that of two lanes, on every engine.

// @ts-ignore: decorator
@inline
function lanes(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Sum of a[i] b[i] over `count` float64: even and odd ones apart, then together. */
// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, count: u32): f64 {
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

/** Adds products over `count` columns of rows a and a + stride with rows b and b + stride, two by two; sums as those of dotOfSingles. */
// @ts-ignore: decorator
@inline
function addBlock(a: usize, b: usize, stride: usize, count: u32, products: usize, rowBytes: usize): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  const end = a + (<usize>(count & ~1) << 2);
  for (; a < end; a += 8, b += 8) {
    const a0 = pair(a);
    const a1 = pair(a + stride);
    const b0 = pair(b);
    const b1 = pair(b + stride);
    s00 = f64x2.add(s00, f64x2.mul(a0, b0));
    s01 = f64x2.add(s01, f64x2.mul(a0, b1));
    s10 = f64x2.add(s10, f64x2.mul(a1, b0));
    s11 = f64x2.add(s11, f64x2.mul(a1, b1));
  }
  if (count & 1) {
    // The second lane of the last pair is 0.
    const a0 = f64x2(<f64>load<f32>(a), 0);
    const a1 = f64x2(<f64>load<f32>(a + stride), 0);
    const b0 = f64x2(<f64>load<f32>(b), 0);
    const b1 = f64x2(<f64>load<f32>(b + stride), 0);
    s00 = f64x2.add(s00, f64x2.mul(a0, b0));
    s01 = f64x2.add(s01, f64x2.mul(a0, b1));
    s10 = f64x2.add(s10, f64x2.mul(a1, b0));
    s11 = f64x2.add(s11, f64x2.mul(a1, b1));
  }
  addTo(products, s00);
  addTo(products + 8, s01);
  addTo(products + rowBytes, s10);
  addTo(products + rowBytes + 8, s11);
}

/** Columns that are multiplied before the next ones, so that those of all rows stay in the cache. */
const BLOCK_COLUMNS: u32 = 1024;

/**
 * Adds A Bᵀ to `products` [m, n], float64, of float32 matrices A [m, k] and B [n, k]; of the same matrix twice, one half is computed, and
 * mirrored.
 */
export function gram(a: usize, m: u32, b: usize, n: u32, k: u32, products: usize): void {
  const isSymmetric = a == b;
  const rowBytes = <usize>n << 3;
  for (let from: u32 = 0; from < k; from += BLOCK_COLUMNS) {
    const offset = <usize>from << 2;
    addColumns(a + offset, m, b + offset, n, <usize>k << 2, min<u32>(BLOCK_COLUMNS, k - from), products, isSymmetric);
  }
  if (!isSymmetric) return;
  for (let i: u32 = 1; i < m; i++) {
    for (let j: u32 = 0; j < i; j++) {
      store<f64>(products + <usize>i * rowBytes + (<usize>j << 3), load<f64>(products + <usize>j * rowBytes + (<usize>i << 3)));
    }
  }
}

/** gram over `count` columns of matrices whose rows are `stride` bytes apart, without the mirror. */
function addColumns(a: usize, m: u32, b: usize, n: u32, stride: usize, count: u32, products: usize, isSymmetric: bool): void {
  const rowBytes = <usize>n << 3;
  for (let i: u32 = 0; i < m; i += 2) {
    const rows = min<u32>(2, m - i);
    for (let j: u32 = isSymmetric ? i : 0; j < n; j += 2) {
      const at = products + <usize>i * rowBytes + (<usize>j << 3);
      if (rows == 2 && j + 2 <= n) {
        addBlock(a + <usize>i * stride, b + <usize>j * stride, stride, count, at, rowBytes);
        continue;
      }
      for (let r: u32 = 0; r < rows; r++) {
        for (let c: u32 = 0; c < min<u32>(2, n - j); c++) {
          const product = dotOfSingles(a + <usize>(i + r) * stride, b + <usize>(j + c) * stride, count);
          const to = at + <usize>r * rowBytes + (<usize>c << 3);
          store<f64>(to, load<f64>(to) + product);
        }
      }
    }
  }
}

/** The lower triangular L [size, size] with L Lᵀ = `matrix`, row by row (Cholesky); what lies above its diagonal is not written. */
export function cholesky(matrix: usize, size: u32, lower: usize): void {
  for (let i: u32 = 0; i < size; i++) {
    const row = lower + ((<usize>i * size) << 3);
    for (let j: u32 = 0; j <= i; j++) {
      const other = lower + ((<usize>j * size) << 3);
      const rest = load<f64>(matrix + ((<usize>i * size + j) << 3)) - dot(row, other, j);
      store<f64>(row + (<usize>j << 3), i == j ? Math.sqrt(rest) : rest / load<f64>(other + (<usize>j << 3)));
    }
  }
}

/** The inverse [size, size] of an upper triangular matrix, by back substitution. `inverse` holds zeros. */
export function invert(upper: usize, size: u32, inverse: usize): void {
  for (let j: i32 = size - 1; j >= 0; j--) {
    const row = (<usize>j * size) << 3;
    const diagonal = 1 / load<f64>(upper + row + (<usize>j << 3));
    for (let k: u32 = j + 1; k < size; k++) {
      const factor = -load<f64>(upper + row + (<usize>k << 3)) * diagonal;
      const to = inverse + row;
      const from = inverse + ((<usize>k * size) << 3);
      let i: u32 = k;
      const factors = f64x2.splat(factor);
      for (; i + 2 <= size; i += 2) {
        const at = to + (<usize>i << 3);
        v128.store(at, f64x2.add(v128.load(at), f64x2.mul(factors, v128.load(from + (<usize>i << 3)))));
      }
      if (i < size) store<f64>(to + (<usize>i << 3), load<f64>(to + (<usize>i << 3)) + factor * load<f64>(from + (<usize>i << 3)));
    }
    store<f64>(inverse + row + (<usize>j << 3), diagonal);
  }
}

/** Half a step goes up, as Math.round of JavaScript. */
// @ts-ignore: decorator
@inline
function roundHalfUp(x: f64): f64 {
  const below = Math.floor(x);
  return x - below >= 0.5 ? below + 1 : below;
}

/** Rounds weight j of one output, of which `carried` is the compensation for those after it; returns the code, and stores the error left. */
// @ts-ignore: decorator
@inline
function roundWeight(weight: f64, carried: f64, scale: f64, zeroPoint: f64, low: f64, high: f64, error: usize): i32 {
  const code = Math.min(Math.max(roundHalfUp((weight + carried) / scale) + zeroPoint, low), high);
  store<f64>(error, weight - scale * (code - zeroPoint));
  return <i32>code;
}

/**
 * Codes, int32 [count, size], of the weights float32 [count, size] of `count` outputs, columns in the order of the rows of `upper` [size,
 * size]: from the last column to the first, weight j of an output is rounded after adding the sum over k > j of upper[j, k] e[k] / upper[j,
 * j], where e[k] is the error of a weight rounded before. `parameters`: scale and zero point, float64, per output. `errors`: room for 4
 * size float64. Four outputs go together, so that `upper` is read once for them.
 */
export function roundOutputs(
  upper: usize,
  size: u32,
  weights: usize,
  count: u32,
  parameters: usize,
  low: f64,
  high: f64,
  errors: usize,
  codes: usize,
): void {
  const stride = <usize>size << 3;
  for (let output: u32 = 0; output < count; output += 4) {
    const outputs = min<u32>(4, count - output);
    for (let j: i32 = size - 1; j >= 0; j--) {
      const row = upper + <usize>j * stride + (<usize>j << 3);
      const rest = size - 1 - j;
      const diagonal = load<f64>(row);
      for (let o: u32 = output; o < output + outputs; o++) {
        const error = errors + <usize>(o - output) * stride + (<usize>j << 3);
        const at = (<usize>o * size + j) << 2;
        const scale = load<f64>(parameters + (<usize>o << 4));
        const zeroPoint = load<f64>(parameters + (<usize>o << 4), 8);
        const carried = dot(row + 8, error + 8, rest) / diagonal;
        store<i32>(codes + at, roundWeight(<f64>load<f32>(weights + at), carried, scale, zeroPoint, low, high, error));
      }
    }
  }
}
