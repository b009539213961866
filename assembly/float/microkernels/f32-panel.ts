// Owns the packing of computed matrices: eight columns as a panel [depth][8].
import { storeTransposed } from './f32-transpose';

/** Columns that are neighbours in rows of `rowBytes`; what lies behind the last one fills the panel. */
export function packColumns(input: usize, rowBytes: usize, depth: u32, panel: usize): void {
  for (; depth > 0; depth--, input += rowBytes, panel += 32) {
    v128.store(panel, v128.load(input));
    v128.store(panel, v128.load(input, 16), 16);
  }
}

/** Columns that are rows of `rowBytes` in memory, of which `count`, 1 to 8, exist: the last one stands for those that do not. */
export function packRows(input: usize, rowBytes: usize, count: u32, depth: u32, panel: usize): void {
  const whole = depth & ~3;
  for (let half: u32 = 0; half < 8; half += 4) {
    const p0 = input + rowBytes * <usize>min(half, count - 1);
    const p1 = input + rowBytes * <usize>min(half + 1, count - 1);
    const p2 = input + rowBytes * <usize>min(half + 2, count - 1);
    const p3 = input + rowBytes * <usize>min(half + 3, count - 1);
    let at = panel + (half << 2);
    let i: usize = 0;
    for (const end = <usize>whole << 2; i < end; i += 16, at += 128) {
      storeTransposed(v128.load(p0 + i), v128.load(p1 + i), v128.load(p2 + i), v128.load(p3 + i), at, 32);
    }
    for (const end = <usize>depth << 2; i < end; i += 4, at += 32) {
      store<u32>(at, load<u32>(p0 + i));
      store<u32>(at, load<u32>(p1 + i), 4);
      store<u32>(at, load<u32>(p2 + i), 8);
      store<u32>(at, load<u32>(p3 + i), 12);
    }
  }
}
