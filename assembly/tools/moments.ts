// Owns sums and extremes over samples: per channel and per element of float32 activations, and of 8-bit codes.

/**
 * Widens `low` and `high`, float32 per channel, to the elements [positions, channels], and adds the elements to `sums`, float64 per channel.
 * NaN widens nothing.
 */
export function channelRanges(data: usize, positions: u32, channels: u32, low: usize, high: usize, sums: usize): void {
  const whole = channels & ~3;
  for (let position: u32 = 0; position < positions; position++) {
    for (let c: u32 = 0; c < whole; c += 4, data += 16) {
      const x = v128.load(data);
      const at = <usize>c << 2;
      const sum = sums + (<usize>c << 3);
      v128.store(low + at, f32x4.pmin(v128.load(low + at), x));
      v128.store(high + at, f32x4.pmax(v128.load(high + at), x));
      v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(x)));
      const upper = v128.shuffle<i32>(x, x, 2, 3, 2, 3);
      v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.promote_low_f32x4(upper)), 16);
    }
    for (let c = whole; c < channels; c++, data += 4) {
      const x = load<f32>(data);
      const at = <usize>c << 2;
      const sum = sums + (<usize>c << 3);
      if (x < load<f32>(low + at)) store<f32>(low + at, x);
      if (x > load<f32>(high + at)) store<f32>(high + at, x);
      store<f64>(sum, load<f64>(sum) + <f64>x);
    }
  }
}

/**
 * Adds to `squares` and `active`, float64 per channel, the squares of the elements of `positions` positions, `step` bytes apart, and how
 * many of them are neither 0 nor 6.
 */
export function channelMoments(data: usize, positions: u32, step: usize, channels: u32, squares: usize, active: usize): void {
  for (let position: u32 = 0; position < positions; position++, data += step) {
    for (let c: u32 = 0; c < channels; c++) {
      const element = load<f32>(data + (<usize>c << 2));
      const at = <usize>c << 3;
      const x = <f64>element;
      store<f64>(squares + at, load<f64>(squares + at) + x * x);
      store<f64>(active + at, load<f64>(active + at) + <f64>(i32(element != 0) & i32(element != 6)));
    }
  }
}

/** Adds the 8-bit codes [rows, count], signed or not, to the int32 `sums` of their `count` columns. */
export function codeSums(codes: usize, rows: u32, count: u32, isSigned: bool, sums: usize): void {
  for (let row: u32 = 0; row < rows; row++) {
    let i: u32 = 0;
    for (; i + 8 <= count; i += 8) {
      const at = sums + (<usize>i << 2);
      const words = isSigned ? v128.load_ext<i8>(codes + i) : v128.load_ext<u8>(codes + i);
      v128.store(at, i32x4.add(v128.load(at), i32x4.extend_low_i16x8_s(words)));
      v128.store(at, i32x4.add(v128.load(at, 16), i32x4.extend_high_i16x8_s(words)), 16);
    }
    for (; i < count; i++) {
      const at = sums + (<usize>i << 2);
      store<i32>(at, load<i32>(at) + (isSigned ? <i32>load<i8>(codes + i) : <i32>load<u8>(codes + i)));
    }
    codes += count;
  }
}
