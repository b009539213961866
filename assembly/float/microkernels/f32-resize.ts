// Owns one pixel of RESIZE_BILINEAR: four neighbours, four channels at a time.
import { multiplyAdd } from '../simd';

/**
 * `vectors` x 4 channels; products and sums in the order of tflite/kernels/internal/reference/resize_bilinear.h. `top`, `bottom`, `left`
 * and `right` are the weights.
 */
// @ts-ignore: decorator
@inline
export function resizePixel(
  topLeft: usize,
  bottomLeft: usize,
  topRight: usize,
  bottomRight: usize,
  top: v128,
  bottom: v128,
  left: v128,
  right: v128,
  vectors: u32,
  output: usize,
): void {
  const end = output + (<usize>vectors << 4);
  do {
    let sum = f32x4.mul(f32x4.mul(v128.load(topLeft), top), left);
    sum = multiplyAdd(sum, f32x4.mul(v128.load(bottomLeft), bottom), left);
    sum = multiplyAdd(sum, f32x4.mul(v128.load(topRight), top), right);
    v128.store(output, multiplyAdd(sum, f32x4.mul(v128.load(bottomRight), bottom), right));
    topLeft += 16;
    bottomLeft += 16;
    topRight += 16;
    bottomRight += 16;
    output += 16;
  } while (output < end);
}

/**
 * Two pixels between the same neighbours, `outputBytes` apart: the products with the weights of rows are those of both. The last vector is
 * the first, since that of the first pixel may end in the second one.
 */
// @ts-ignore: decorator
@inline
export function resizePixelPair(
  topLeft: usize,
  bottomLeft: usize,
  topRight: usize,
  bottomRight: usize,
  top: v128,
  bottom: v128,
  left: v128,
  right: v128,
  nextLeft: v128,
  nextRight: v128,
  vectors: u32,
  output: usize,
  outputBytes: usize,
): void {
  const next = output + outputBytes;
  let at = <usize>vectors << 4;
  do {
    at -= 16;
    const a = f32x4.mul(v128.load(topLeft + at), top);
    const b = f32x4.mul(v128.load(bottomLeft + at), bottom);
    const c = f32x4.mul(v128.load(topRight + at), top);
    const d = f32x4.mul(v128.load(bottomRight + at), bottom);
    v128.store(output + at, multiplyAdd(multiplyAdd(multiplyAdd(f32x4.mul(a, left), b, left), c, right), d, right));
    v128.store(next + at, multiplyAdd(multiplyAdd(multiplyAdd(f32x4.mul(a, nextLeft), b, nextLeft), c, nextRight), d, nextRight));
  } while (at > 0);
}
