// Owns the descriptor structs of reductions.

/** MEAN and SUM over rows and columns. */
@unmanaged
export class MeanDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32; // results: images x outputRows x outputColumns
  outputRows: u32; // 1 where rows are reduced
  outputColumns: u32;
  rows: u32; // reduced rows per result
  columns: u32;
  blocks: u32;
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  terms: u32; // pixels whose elements are added in int16 before they are in int32
  constants: usize; // one ScalarRequantization
  lower: i32;
  upper: i32;
}

/** What becomes of the elements of one result. */
export const enum ReduceForm {
  /** Their sum, requantized: MEAN and SUM. */
  Sum = 0,
  Maximum = 1,
  Minimum = 2,
  /** The position of the first one that is extreme, along one axis: ARG_MAX and ARG_MIN. */
  ArgMaximum = 3,
  ArgMinimum = 4,
}

/** MEAN, SUM, REDUCE_MAX, REDUCE_MIN, ARG_MAX and ARG_MIN over any axes of an image. */
@unmanaged
export class ReduceDescriptor {
  kind: u32;
  input: usize; // i16, the first element of the first result
  output: usize; // i16; positions: i32 or i64
  form: u32; // ReduceForm
  loopCount: u32; // over results, at least 1
  loops: usize; // MoveLoop[loopCount], outermost first, without tables
  outerCount: i32; // elements of one result: three nested loops
  outerBytes: i32;
  middleCount: i32;
  middleBytes: i32;
  innerCount: i32;
  innerBytes: i32;
  positionBytes: i32; // 4 or 8: of a position
  offset: i32; // added to the largest and the smallest
  constants: usize; // of sums: one ScalarRequantization
  lower: i32; // of sums
  upper: i32;
}
