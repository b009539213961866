// Owns the elements of an input tensor for pixels, by a table of all 256 values.

/** An element of 1 or 4 bytes, a literal. */
// @ts-ignore: decorator
@inline
function mapPixel(elementBytes: u32, source: usize, table: usize, output: usize): void {
  const pixel = <usize>load<u8>(source);
  if (elementBytes == 1) store<u8>(output, load<u8>(table + pixel));
  else store<u32>(output, load<u32>(table + (pixel << 2)));
}

// @ts-ignore: decorator
@inline
function mapSpan(elementBytes: u32, source: usize, sourceStep: usize, count: u32, table: usize, output: usize, outputStep: usize): void {
  for (; count != 0; count--) {
    mapPixel(elementBytes, source, table, output);
    source += sourceStep;
    output += outputStep;
  }
}

/** `count` elements of one byte; `sourceStep` and `outputStep` are bytes from one to the next. */
export function mapBytes(source: usize, sourceStep: usize, count: u32, table: usize, output: usize, outputStep: usize): void {
  mapSpan(1, source, sourceStep, count, table, output, outputStep);
}

/** The same of elements of four bytes. */
export function mapWords(source: usize, sourceStep: usize, count: u32, table: usize, output: usize, outputStep: usize): void {
  mapSpan(4, source, sourceStep, count, table, output, outputStep);
}
