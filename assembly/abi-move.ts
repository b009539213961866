// Owns the descriptor structs of elements that move from one layout to another, or become elements of another type.

/** Moves elements of any size, unchanged, by nested loops; writes exactly those. */
@unmanaged
export class MoveDescriptor {
  kind: u32;
  input: usize; // the element of position 0 in every loop
  output: usize;
  elementBytes: i32; // 1, 2, 4 or 8
  loopCount: u32; // at least 1
  loops: usize; // MoveLoop[loopCount], outermost first
  tables: usize; // i32: byte offsets in the input, for loops whose positions are no multiples of a step; 0: none
}

/** One MoveLoop. */
export const MOVE_LOOP_BYTES: usize = 16;

/** Position i of a loop is i x inputBytes after the first, or the table's entry i, in the input and i x outputBytes in the output. */
@unmanaged
export class MoveLoop {
  count: i32;
  inputBytes: i32;
  outputBytes: i32;
  table: i32; // index of its first entry in `tables`; -1: none
}

/** GATHER and GATHER_ND by indices that a run computes: spans of dense elements. */
@unmanaged
export class GatherDescriptor {
  kind: u32;
  input: usize;
  indices: usize; // i32 or i64 [batches][picks][depth]
  output: usize; // [batches][outer][picks][spanBytes]
  failure: usize; // GatherFailure
  wide: u32; // 1: indices are i64
  batches: u32;
  batchBytes: u32; // of the input, from one batch to the next
  outer: u32;
  outerBytes: u32; // of the input
  picks: u32;
  depth: u32; // indices of one span
  axes: usize; // i32[depth][2]: indices of the axis, bytes of the input from one to the next
  spanBytes: u32;
}

/** One GatherFailure. */
export const GATHER_FAILURE_BYTES: usize = 16;

/** The first index that is outside of its axis; its span and all after it are not written. */
@unmanaged
export class GatherFailure {
  axis: i32; // 1 + the axis among `axes`; 0: all indices are inside
  unused: i32;
  index: i32; // lower half, upper half
  indexHigh: i32;
}

/** Types that Cast converts from and to. */
export const enum CastType {
  Int8 = 0,
  Uint8 = 1,
  Int32 = 2,
  Int64 = 3,
  Float32 = 4,
  Bool = 5,
}

/** CAST between dense elements. */
@unmanaged
export class CastDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  count: u32;
  from: u32; // CastType
  to: u32;
}
