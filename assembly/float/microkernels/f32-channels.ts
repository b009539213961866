// Owns what is computed over the channels of a pixel: sums, products and extremes of neighbouring elements, and norms.
import { OpKind } from '../abi';
import { storeElements } from './f32-copy';
import { combine, identity } from './f32-pool';

/** Four pixels of a row, `pixelBytes` apart, of which `count`, 1 to 4, exist: the last one stands for those that do not. */
// @ts-ignore: decorator
@inline
function pixelOf(input: usize, pixelBytes: usize, count: u32, index: u32): usize {
  return input + pixelBytes * <usize>min(count - 1, index);
}

/** `squares` is a literal. */
// @ts-ignore: decorator
@inline
function addTerm(kind: i32, squares: bool, sum: v128, x: v128): v128 {
  return combine(kind, sum, squares ? f32x4.mul(x, x) : x);
}

/**
 * `kind`: ReduceSum, ReduceMax, ReduceMin or ReduceProduct of `spans` x `channels` elements, or the sums of their squares, of
 * four pixels in the four lanes. Each is made in order, as in tflite/kernels/internal/reference/reduce.h and l2normalization.h: four
 * channels of four pixels are transposed.
 */
// @ts-ignore: decorator
@inline
function fourSums(
  kind: i32,
  squares: bool,
  input: usize,
  pixelBytes: usize,
  count: u32,
  spans: u32,
  spanBytes: usize,
  channels: u32,
): v128 {
  let sum = identity(kind);
  for (; spans > 0; spans--, input += spanBytes) {
    let p0 = input;
    let p1 = pixelOf(input, pixelBytes, count, 1);
    let p2 = pixelOf(input, pixelBytes, count, 2);
    let p3 = pixelOf(input, pixelBytes, count, 3);
    const end = p0 + (<usize>(channels & ~3) << 2);
    while (p0 < end) {
      const a = v128.load(p0);
      const b = v128.load(p1);
      const c = v128.load(p2);
      const d = v128.load(p3);
      const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
      sum = addTerm(kind, squares, sum, v128.shuffle<u64>(ab, cd, 0, 2));
      sum = addTerm(kind, squares, sum, v128.shuffle<u64>(ab, cd, 1, 3));
      const ab2 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
      const cd2 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
      sum = addTerm(kind, squares, sum, v128.shuffle<u64>(ab2, cd2, 0, 2));
      sum = addTerm(kind, squares, sum, v128.shuffle<u64>(ab2, cd2, 1, 3));
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
    for (let left = channels & 3; left > 0; left--) {
      let x = v128.load32_splat(p0);
      x = f32x4.replace_lane(x, 1, load<f32>(p1));
      x = f32x4.replace_lane(x, 2, load<f32>(p2));
      x = f32x4.replace_lane(x, 3, load<f32>(p3));
      sum = addTerm(kind, squares, sum, x);
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
    }
  }
  return sum;
}

/** The results of `count` pixels, 1 to 4, of sums over `divisor`; writes exactly those. */
// @ts-ignore: decorator
@inline
export function reducePixels(
  kind: i32,
  input: usize,
  pixelBytes: usize,
  count: u32,
  spans: u32,
  spanBytes: usize,
  channels: u32,
  output: usize,
  divisor: f32,
): void {
  const results = fourSums(kind, false, input, pixelBytes, count, spans, spanBytes, channels);
  storeElements(output, kind == OpKind.ReduceSum ? f32x4.div(results, f32x4.splat(divisor)) : results, count);
}

/**
 * x / max(sqrt(sum of x x), 1e-6) of `count` pixels, 1 to 4 (tflite/kernels/internal/reference/l2normalization.h); writes `blocks` x 8
 * channels of each.
 */
export function normalizePixels(
  input: usize,
  pixelBytes: usize,
  count: u32,
  channels: u32,
  blocks: u32,
  output: usize,
  outputPixelBytes: usize,
): void {
  const sums = fourSums(OpKind.ReduceSum, true, input, pixelBytes, count, 1, 0, channels);
  let norms = f32x4.pmax(f32x4.sqrt(sums), f32x4.splat(1e-6));
  for (let pixel: u32 = 0; pixel < count; pixel++) {
    const norm = v128.shuffle<u32>(norms, norms, 0, 0, 0, 0);
    const bytes = <usize>blocks << 5;
    for (let i: usize = 0; i < bytes; i += 16) v128.store(output + i, f32x4.div(v128.load(input + i), norm));
    norms = v128.shuffle<u32>(norms, norms, 1, 2, 3, 0);
    input += pixelBytes;
    output += outputPixelBytes;
  }
}
