// Owns RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: output pixels with the positions and weights that the host tabulated.
//
// Pixels are written in order, whole vectors each: what a vector writes behind a pixel of few channels, the next pixel overwrites.
import { ResizeBilinearDescriptor, ResizeNearestDescriptor } from '../abi';
import { resizePixel, resizePixelPair } from '../microkernels/f32-resize';

export function resizeBilinear(d: ResizeBilinearDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    const source: usize = d.input + image * d.inputImageBytes;
    for (let row: u32 = 0; row < d.rows; row++) {
      const y: usize = d.rowTable + (row << 4);
      const upper = source + <usize>load<u32>(y);
      const lower = source + <usize>load<u32>(y, 4);
      const top = v128.load32_splat(y, 8);
      const bottom = v128.load32_splat(y, 12);
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      let x: usize = d.columnTable;
      const last = x + (<usize>d.columns << 4) - 16;
      while (x <= last) {
        const a = <usize>load<u32>(x);
        const b = <usize>load<u32>(x, 4);
        const left = v128.load32_splat(x, 8);
        const right = v128.load32_splat(x, 12);
        if (x < last && load<u64>(x, 16) == load<u64>(x)) {
          const nextLeft = v128.load32_splat(x, 24);
          const nextRight = v128.load32_splat(x, 28);
          resizePixelPair(
            upper + a,
            lower + a,
            upper + b,
            lower + b,
            top,
            bottom,
            left,
            right,
            nextLeft,
            nextRight,
            d.vectors,
            output,
            d.outputPixelBytes,
          );
          x += 32;
          output += <usize>d.outputPixelBytes << 1;
        } else {
          resizePixel(upper + a, lower + a, upper + b, lower + b, top, bottom, left, right, d.vectors, output);
          x += 16;
          output += <usize>d.outputPixelBytes;
        }
      }
    }
  }
}

export function resizeNearest(d: ResizeNearestDescriptor): void {
  const bytes = <usize>d.vectors << 4;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const source: usize = d.input + image * d.inputImageBytes + load<u32>(<usize>d.rowTable + (row << 2));
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      let x: usize = d.columnTable;
      for (const end = x + (<usize>d.columns << 2); x < end; x += 4) {
        const input = source + <usize>load<u32>(x);
        for (let i: usize = 0; i < bytes; i += 16) v128.store(output + i, v128.load(input + i));
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
