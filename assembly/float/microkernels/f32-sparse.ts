// Owns pointwise convolutions of few non-zero weights: sixteen pixels in four vectors, weight after weight.
//
//   planes    f32 [channels][16]: the pixels' elements of one channel are neighbours
//   weights   per output channel, in the order of input channels: u32 bytes to the channel's plane, f32 weight
//   counts    u32 [outputs]: weights of each output channel
//
// Products are added in the order of the reference; those of zeros, which add nothing where activations are finite, are left out.
import { addClamp, multiplyAdd } from '../simd';
import { storeTransposed } from './f32-transpose';

/** Sixteen pixels, from `offsets` on, but none after `last`. */
// @ts-ignore: decorator
@inline
function pixel(base: usize, offsets: usize, index: usize, last: usize): usize {
  return base + <usize>load<i32>(min(offsets + (index << 2), last));
}

/** `channels` of sixteen pixels become planes; up to the next multiple of 4 are read. */
export function toPlanes(input: usize, offsets: usize, last: usize, channels: u32, planes: usize): void {
  for (let four: usize = 0; four < 16; four += 4) {
    let p0 = pixel(input, offsets, four, last);
    let p1 = pixel(input, offsets, four + 1, last);
    let p2 = pixel(input, offsets, four + 2, last);
    let p3 = pixel(input, offsets, four + 3, last);
    let plane = planes + (four << 2);
    for (const end = p0 + (<usize>channels << 2); p0 < end; plane += 256) {
      storeTransposed(v128.load(p0), v128.load(p1), v128.load(p2), v128.load(p3), plane, 64);
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
  }
}

/** Four output channels of sixteen pixels, f32[4][16] at `results`; returns where the next weights begin. */
export function sparseSums(planes: usize, weights: usize, counts: usize, bias: usize, results: usize, lower: v128, upper: v128): usize {
  for (let output: u32 = 0; output < 4; output++) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (const end = weights + (<usize>load<u32>(counts) << 3); weights < end; weights += 8) {
      const plane = planes + <usize>load<u32>(weights);
      const w = v128.load32_splat(weights, 4);
      s0 = multiplyAdd(s0, v128.load(plane), w);
      s1 = multiplyAdd(s1, v128.load(plane, 16), w);
      s2 = multiplyAdd(s2, v128.load(plane, 32), w);
      s3 = multiplyAdd(s3, v128.load(plane, 48), w);
    }
    const b = v128.load32_splat(bias);
    v128.store(results, addClamp(s0, b, lower, upper));
    v128.store(results, addClamp(s1, b, lower, upper), 16);
    v128.store(results, addClamp(s2, b, lower, upper), 32);
    v128.store(results, addClamp(s3, b, lower, upper), 48);
    counts += 4;
    bias += 4;
    results += 64;
  }
  return weights;
}

/** The results of four output channels go to their pixels. */
export function fromPlanes(results: usize, output: usize, offsets: usize, last: usize): void {
  for (let four: usize = 0; four < 16; four += 4, results += 16) {
    const a = v128.load(results);
    const b = v128.load(results, 64);
    const c = v128.load(results, 128);
    const d = v128.load(results, 192);
    const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    v128.store(pixel(output, offsets, four, last), v128.shuffle<u64>(ab, cd, 0, 2));
    v128.store(pixel(output, offsets, four + 1, last), v128.shuffle<u64>(ab, cd, 1, 3));
    const ab2 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    v128.store(pixel(output, offsets, four + 2, last), v128.shuffle<u64>(ab2, cd2, 0, 2));
    v128.store(pixel(output, offsets, four + 3, last), v128.shuffle<u64>(ab2, cd2, 1, 3));
  }
}
