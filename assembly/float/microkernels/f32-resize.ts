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
