// Owns the elements of an input tensor for pixels, by a table of all 256 values.

/** `count` elements of one byte; `sourceStep` and `outputStep` are bytes from one to the next. */
export function mapBytes(source: usize, sourceStep: usize, count: u32, table: usize, output: usize, outputStep: usize): void {
  for (; count != 0; count--) {
    store<u8>(output, load<u8>(table + load<u8>(source)));
    source += sourceStep;
    output += outputStep;
  }
}

/** The same of elements of four bytes. */
export function mapWords(source: usize, sourceStep: usize, count: u32, table: usize, output: usize, outputStep: usize): void {
  for (; count != 0; count--) {
    store<u32>(output, load<u32>(table + ((<usize>load<u8>(source)) << 2)));
    source += sourceStep;
    output += outputStep;
  }
}
