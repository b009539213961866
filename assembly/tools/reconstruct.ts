// Owns what reconstruction computes of a layer's inputs: their covariance and its inverse, changes of weights, and codes. Inputs are
// matrices [size, rows] of float32, a row of memory per weight of one output.
import { cholesky, gram, invert } from './matrix';
import { roundOutputs } from './round';

/**
 * Writes stored * unit - inputs to `errors`, of `count` rows of `columns` columns; those of `inputs` and `errors` are `stride` bytes apart,
 * those of `stored`, int16, follow each other.
 */
export function subtractInputs(stored: usize, inputs: usize, unit: f32, columns: u32, count: u32, stride: usize, errors: usize): void {
  const factor = f32x4.splat(unit);
  const whole = <usize>(count & ~3) << 2;
  for (let column: u32 = 0; column < columns; column++, inputs += stride, errors += stride) {
    for (let at: usize = 0; at < whole; at += 16, stored += 8) {
      const reals = f32x4.convert_i32x4_s(v128.load_ext<i16>(stored));
      v128.store(errors + at, f32x4.sub(f32x4.mul(reals, factor), v128.load(inputs + at)));
    }
    for (let at = whole; at < <usize>count << 2; at += 4, stored += 2) {
      store<f32>(errors + at, <f32>load<i16>(stored) * unit - load<f32>(inputs + at));
    }
  }
}

/** Subtracts its mean from each of `spans` spans of `count` float32, `stride` bytes apart, which are multiples of 2^-6: sums are exact. */
export function centre(data: usize, spans: u32, count: u32, stride: usize): void {
  for (let span: u32 = 0; span < spans; span++, data += stride) {
    const end = data + (<usize>(count & ~3) << 2);
    let sums = f64x2.splat(0);
    for (let at = data; at < end; at += 16) {
      const x = v128.load(at);
      sums = f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3))));
    }
    let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (let i: usize = 0; i < <usize>(count & 3); i++) sum += <f64>load<f32>(end + (i << 2));
    const mean = sum / <f64>count;
    const means = f64x2.splat(mean);
    for (let at = data; at < end; at += 8) {
      const x = f64x2.promote_low_f32x4(v128.load64_zero(at));
      v128.store64_lane(at, f32x4.demote_f64x2_zero(f64x2.sub(x, means)), 0);
    }
    for (let i: usize = 0; i < <usize>(count & 3); i++) {
      const at = end + (i << 2);
      store<f32>(at, <f32>(<f64>load<f32>(at) - mean));
    }
  }
}

/** Rounds `count` float64 in place to float32, which they stay. */
function roundToSingles(data: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++, data += 8) store<f64>(data, <f64><f32>load<f64>(data));
}

/** Writes `count` float64, divided by `divisor`, as float32. */
function storeSingles(data: usize, count: u32, divisor: f64, to: usize): void {
  for (let i: u32 = 0; i < count; i++, data += 8, to += 4) store<f32>(to, <f32>(<f64><f32>load<f64>(data) / divisor));
}

/** Indices of the diagonal of `products` [size, size] by rising entries, equal ones in their order, to `order`, int32. */
function sortDiagonal(products: usize, size: u32, order: usize): void {
  const step = (<usize>size + 1) << 3;
  for (let i: u32 = 0; i < size; i++) {
    const entry = load<f64>(products + <usize>i * step);
    let at = order + (<usize>i << 2);
    for (; at > order && load<f64>(products + <usize>load<u32>(at - 4) * step) > entry; at -= 4) store<u32>(at, load<u32>(at - 4));
    store<u32>(at, i);
  }
}

/**
 * Of each of `matrices` matrices [size, rows] from `inputs` on, which are centred: `order`, int32 [size], its columns by rising variance, and
 * `upper`, float64 [size, size], the upper triangular U with Uᵀ U the regularized covariance in that order. Off the diagonal covariances
 * count `shrinkage`; the `ridge` of the mean variance, and 1e-20, is added to the variances. `products`: room for size² float64.
 */
export function covariances(
  inputs: usize,
  matrices: u32,
  size: u32,
  rows: u32,
  shrinkage: f64,
  ridge: f64,
  products: usize,
  order: usize,
  upper: usize,
): void {
  const stride = <usize>rows << 2;
  const square = size * size;
  const count = <f64>rows;
  for (let m: u32 = 0; m < matrices; m++) {
    gram(inputs, size, inputs, size, rows, stride, false, products);
    roundToSingles(products, square);
    sortDiagonal(products, size, order);
    let sum: f64 = 0;
    for (let i: u32 = 0; i < size; i++) {
      sum += load<f64>(products + ((<usize>load<u32>(order + (<usize>i << 2)) * (size + 1)) << 3)) / count;
    }
    const added = ridge * (sum / <f64>size) + 1e-20;
    for (let i: u32 = 0, at = upper; i < size; i++) {
      const row = products + ((<usize>load<u32>(order + (<usize>i << 2)) * size) << 3);
      for (let j: u32 = 0; j < size; j++, at += 8) {
        const covariance = load<f64>(row + (<usize>load<u32>(order + (<usize>j << 2)) << 3)) / count;
        store<f64>(at, i == j ? covariance + added : covariance * shrinkage);
      }
    }
    cholesky(upper, size, upper);
    for (let i: u32 = 0; i < size; i++) {
      for (let j: u32 = 0; j < i; j++) {
        const below = upper + ((<usize>i * size + j) << 3);
        store<f64>(upper + ((<usize>j * size + i) << 3), load<f64>(below));
        store<f64>(below, 0);
      }
    }
    inputs += <usize>size * stride;
    order += <usize>size << 2;
    upper += <usize>square << 3;
  }
}

/**
 * The inverse, float32 [size, size], of the covariance that `upper` and `order` give, in the order of the inputs' rows: U⁻¹ (U⁻¹)ᵀ,
 * reordered. `products`: room for size² float64; `factor`: for as many float32.
 */
export function inverseCovariance(upper: usize, order: usize, size: u32, products: usize, factor: usize, inverse: usize): void {
  const square = size * size;
  invert(upper, size, products);
  storeSingles(products, square, 1, factor);
  gram(factor, size, factor, size, size, <usize>size << 2, true, products);
  for (let i: u32 = 0, at = products; i < size; i++) {
    const row = inverse + ((<usize>load<u32>(order + (<usize>i << 2)) * size) << 2);
    for (let j: u32 = 0; j < size; j++, at += 8) store<f32>(row + (<usize>load<u32>(order + (<usize>j << 2)) << 2), <f32>load<f64>(at));
  }
}

/**
 * Writes the cross covariance cov(inputs, errors) of rows [begin, end) of matrices [size, rows], of which `errors` are centred there, to
 * `cross`, float32 [size, size].
 */
function crossCovariance(inputs: usize, errors: usize, size: u32, rows: u32, begin: u32, end: u32, products: usize, cross: usize): void {
  const stride = <usize>rows << 2;
  const offset = <usize>begin << 2;
  centre(errors + offset, size, end - begin, stride);
  gram(inputs + offset, size, errors + offset, size, end - begin, stride, false, products);
  storeSingles(products, size * size, <f64>(end - begin), cross);
}

/**
 * Changes of the weights of `matrices` outputs, which read a matrix [size, rows] each, as refit.ts defines them: of every output the mean
 * of both halves' changes, float32 [size], to `change`, and the agreement and the square of these, float64, to `sums`. `weights`, float32:
 * weight k of output m is number k * outputs + m. Rows below `half` are one half; `errors` are overwritten. `products`: room for size²
 * float64; `scratch`: for 2 size² + 5 size float32.
 */
export function refitChannels(
  inputs: usize,
  errors: usize,
  matrices: u32,
  outputs: u32,
  size: u32,
  rows: u32,
  half: u32,
  order: usize,
  upper: usize,
  weights: usize,
  products: usize,
  scratch: usize,
  change: usize,
  sums: usize,
): void {
  const square = <usize>size * size;
  const bytes = <usize>size << 2;
  const inverse = scratch;
  const cross = inverse + (square << 2);
  const own = cross + (square << 2);
  const halves = own + bytes;
  for (let m: u32 = 0; m < matrices; m++) {
    inverseCovariance(upper, order, size, products, cross, inverse);
    for (let k: u32 = 0; k < size; k++) store<f32>(own + (<usize>k << 2), load<f32>(weights + ((<usize>k * outputs + m) << 2)));
    for (let h: u32 = 0; h < 2; h++) {
      const gradient = halves + 2 * h * bytes;
      crossCovariance(inputs, errors, size, rows, h == 0 ? 0 : half, h == 0 ? half : rows, products, cross);
      gram(own, 1, cross, size, size, bytes, false, products);
      storeSingles(products, size, 1, gradient);
      gram(gradient, 1, inverse, size, size, bytes, false, products);
      storeSingles(products, size, 1, gradient + bytes);
    }
    let agreement: f64 = 0;
    let energy: f64 = 0;
    for (let at = halves; at < halves + bytes; at += 4, change += 4) {
      const gradient0 = <f64>load<f32>(at);
      const change0 = <f64>load<f32>(at + bytes);
      const gradient1 = <f64>load<f32>(at + 2 * bytes);
      const change1 = <f64>load<f32>(at + 3 * bytes);
      store<f32>(change, <f32>((change0 + change1) / 2));
      agreement += change0 * gradient1;
      energy += (change0 * gradient0 + change1 * gradient1) / 2;
    }
    store<f64>(sums, agreement);
    store<f64>(sums, energy, 8);
    sums += 16;
    inputs += bytes * rows;
    errors += bytes * rows;
    order += bytes;
    upper += square << 3;
  }
}

/**
 * Codes, int32, of the weights of `matrices` outputs with a matrix each, as roundOutputs; weight k of output m is number k * matrices + m of
 * `weights` and `codes`. `parameters`: scale and zero point, float64, per output. `scratch`: room for 10 size float32 and 4 float64.
 */
export function roundChannels(
  matrices: u32,
  size: u32,
  order: usize,
  upper: usize,
  weights: usize,
  parameters: usize,
  low: f64,
  high: f64,
  scratch: usize,
  codes: usize,
): void {
  const bytes = <usize>size << 2;
  const ordered = scratch + 32;
  const rounded = ordered + bytes;
  for (let m: u32 = 0; m < matrices; m++) {
    for (let j: usize = 0; j < bytes; j += 4) {
      store<f32>(ordered + j, load<f32>(weights + ((<usize>load<u32>(order + j) * matrices + m) << 2)));
    }
    roundOutputs(upper, size, ordered, 1, parameters, low, high, rounded + bytes, scratch, rounded);
    for (let j: usize = 0; j < bytes; j += 4) {
      store<i32>(codes + ((<usize>load<u32>(order + j) * matrices + m) << 2), load<i32>(rounded + j));
    }
    order += bytes;
    upper += (<usize>size * size) << 3;
    parameters += 16;
  }
}
