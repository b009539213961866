// Owns rounding weights in sequence, by the factor of a covariance.
import { BLOCK_ROWS, dot, lanes } from './matrix';

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
 * size float64, `carries` for 4. Four outputs go together, so that `upper` is read once for them.
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
  carries: usize,
  codes: usize,
): void {
  const stride = <usize>size << 3;
  for (let output: u32 = 0; output < count; output += BLOCK_ROWS) {
    const outputs = min<u32>(BLOCK_ROWS, count - output);
    for (let j: i32 = size - 1; j >= 0; j--) {
      const row = upper + <usize>j * stride + (<usize>j << 3);
      const rest = size - 1 - j;
      const error = errors + (<usize>j << 3);
      if (outputs == BLOCK_ROWS) carryErrors(row + 8, error + 8, stride, rest, carries);
      else for (let o: u32 = 0; o < outputs; o++) store<f64>(carries + (<usize>o << 3), dot(row + 8, error + <usize>o * stride + 8, rest));
      const diagonal = load<f64>(row);
      for (let o: u32 = 0; o < outputs; o++) {
        const at = (<usize>(output + o) * size + j) << 2;
        const grid = parameters + (<usize>(output + o) << 4);
        const carried = load<f64>(carries + (<usize>o << 3)) / diagonal;
        const to = error + <usize>o * stride;
        store<i32>(codes + at, roundWeight(<f64>load<f32>(weights + at), carried, load<f64>(grid), load<f64>(grid, 8), low, high, to));
      }
    }
  }
}

/** The dot products of `count` elements of `row` with those of four rows from `errors` on. */
// @ts-ignore: decorator
@inline
function carryErrors(row: usize, errors: usize, stride: usize, count: u32, carries: usize): void {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  let errors2 = errors + 2 * stride;
  const end = row + (<usize>(count & ~1) << 3);
  for (; row < end; row += 16, errors += 16, errors2 += 16) {
    const x = v128.load(row);
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load(errors)));
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load(errors + stride)));
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load(errors2)));
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load(errors2 + stride)));
  }
  if (count & 1) {
    const x = f64x2(load<f64>(row), 0);
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load64_zero(errors)));
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load64_zero(errors + stride)));
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load64_zero(errors2)));
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load64_zero(errors2 + stride)));
  }
  store<f64>(carries, lanes(s0));
  store<f64>(carries, lanes(s1), 8);
  store<f64>(carries, lanes(s2), 16);
  store<f64>(carries, lanes(s3), 24);
}
