// Owns the descriptor struct of elements that move from one layout to another.

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
