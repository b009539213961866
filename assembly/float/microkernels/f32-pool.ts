// Owns the windows of pooling and means: maxima and averages of four channels at a time.

/** Maximum of `rows` x `columns` pixels, clamped, for every vector; the window lies inside the image and is not empty. */
export function maxWindow(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  vectors: i32,
  output: usize,
  lower: v128,
  upper: v128,
): void {
  for (let vector = 0; vector < vectors; vector++) {
    let result = v128.load(input);
    for (let y = 0; y < rows; y++) {
      let pixel = input + <usize>y * rowBytes;
      for (let x = 0; x < columns; x++) {
        result = f32x4.max(result, v128.load(pixel));
        pixel += pixelBytes;
      }
    }
    v128.store(output, f32x4.min(f32x4.max(result, lower), upper));
    input += 16;
    output += 16;
  }
}

/** Sum in row-major order divided by the count, clamped (tflite/kernels/internal/reference/pooling.h); the window is not empty. */
export function averageWindow(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  vectors: i32,
  output: usize,
  lower: v128,
  upper: v128,
): void {
  const count = f32x4.splat(<f32>(rows * columns));
  for (let vector = 0; vector < vectors; vector++) {
    let sum = f32x4.splat(0);
    for (let y = 0; y < rows; y++) {
      let pixel = input + <usize>y * rowBytes;
      for (let x = 0; x < columns; x++) {
        sum = f32x4.add(sum, v128.load(pixel));
        pixel += pixelBytes;
      }
    }
    v128.store(output, f32x4.min(f32x4.max(f32x4.div(sum, count), lower), upper));
    input += 16;
    output += 16;
  }
}
