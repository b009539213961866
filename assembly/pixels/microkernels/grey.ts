// Owns grey by ITU-R 601 in Pillow's 16-bit integers (libImaging/Convert.c, L24): (19595 R + 38470 G + 7471 B + 32768) >> 16.
import { dotAdd } from '../simd';

/** Four grey values from four pixels of `step` bytes, a literal. 38470 is no int16: green counts twice, by 19235 beside red and beside blue. */
// @ts-ignore: decorator
@inline
function greyOfFour(step: u32, pixels: v128): v128 {
  const redGreen = step == 4
    ? i8x16.shuffle(pixels, pixels, 0, 1, 4, 5, 8, 9, 12, 13, 2, 1, 6, 5, 10, 9, 14, 13)
    : i8x16.shuffle(pixels, pixels, 0, 1, 3, 4, 6, 7, 9, 10, 2, 1, 5, 4, 8, 7, 11, 10);
  const half = i32x4.splat(32768);
  const withRed = dotAdd(half, i16x8.extend_low_i8x16_u(redGreen), i32x4.splat(19595 | (19235 << 16)));
  const all = dotAdd(withRed, i16x8.extend_high_i8x16_u(redGreen), i32x4.splat(7471 | (19235 << 16)));
  const words = i16x8.narrow_i32x4_s(i32x4.shr_u(all, 16), all);
  return i8x16.narrow_i16x8_u(words, words);
}

/** `count` pixels of `step` bytes, 3 or 4, four at a time: reads and writes up to three pixels more, and reads up to 16 bytes. */
export function greyPixels(step: u32, source: usize, count: u32, output: usize): void {
  for (const end = output + count; output < end; output += 4) {
    const pixels = v128.load(source);
    v128.store32_lane(output, step == 4 ? greyOfFour(4, pixels) : greyOfFour(3, pixels), 0);
    source += 4 * step;
  }
}
