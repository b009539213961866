// Owns the movement of elements of any size from one layout to another: nested loops, each with a step or a table of its own on both sides.
import { MoveDescriptor, MoveLoop } from '../abi-move';
import { moveLine, movePlane } from '../microkernels/move';

const LOOP_BYTES: usize = offsetof<MoveLoop>();

/** Byte offset of position `i` of a loop in the input. */
// @ts-ignore: decorator
@inline
function offsetOf(d: MoveDescriptor, loop: MoveLoop, i: i32): i32 {
  return loop.table < 0 ? i * loop.inputBytes : load<i32>(d.tables + (<usize>(loop.table + i) << 2));
}

/** Executes the loops from `at` to the last, `end`. */
function walk(d: MoveDescriptor, at: usize, end: usize, input: usize, output: usize): void {
  const loop = changetype<MoveLoop>(at);
  const next = at + LOOP_BYTES;
  if (loop.table < 0) {
    if (next == end) {
      moveLine(d.elementBytes, loop.count, input, loop.inputBytes, output, loop.outputBytes);
      return;
    }
    const inner = changetype<MoveLoop>(next);
    if (next + LOOP_BYTES == end && inner.table < 0 && loop.inputBytes == d.elementBytes && inner.outputBytes == d.elementBytes) {
      movePlane(d.elementBytes, loop.count, inner.count, input, inner.inputBytes, output, loop.outputBytes);
      return;
    }
  }
  for (let i = 0; i < loop.count; i++) {
    const from = input + <usize>offsetOf(d, loop, i);
    const to = output + <usize>(i * loop.outputBytes);
    if (next == end) moveLine(d.elementBytes, 1, from, 0, to, 0);
    else walk(d, next, end, from, to);
  }
}

export function move(d: MoveDescriptor): void {
  walk(d, d.loops, d.loops + <usize>d.loopCount * LOOP_BYTES, d.input, d.output);
}
