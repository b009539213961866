// Owns reductions over any axes: nested loops over the results.
import { MoveLoop } from '../abi-move';
import { ReduceDescriptor, ReduceForm } from '../abi-reduce';
import { argOne, reduceBlock, reduceOne } from '../microkernels/i16-reduce';

const LOOP_BYTES: usize = offsetof<MoveLoop>();

/** One result. */
function result(d: ReduceDescriptor, input: usize, output: usize): void {
  if (<i32>d.form < ReduceForm.ArgMaximum) {
    store<i16>(output, <i16>reduceOne(d, input));
    return;
  }
  const position = argOne(d, input);
  if (d.positionBytes == 8) store<i64>(output, <i64>position);
  else store<i32>(output, position);
}

/** Executes the loops from `at` to the last, `end`. Results of neighbouring elements are made eight at a time, padding lanes included. */
function walk(d: ReduceDescriptor, at: usize, end: usize, input: usize, output: usize): void {
  const loop = changetype<MoveLoop>(at);
  const next = at + LOOP_BYTES;
  const isBlocked = next == end && loop.inputBytes == 2 && loop.outputBytes == 2 && <i32>d.form < ReduceForm.ArgMaximum;
  const count = isBlocked ? (loop.count + 7) >> 3 : loop.count;
  const inputBytes = isBlocked ? 16 : loop.inputBytes;
  const outputBytes = isBlocked ? 16 : loop.outputBytes;
  for (let i = 0; i < count; i++) {
    if (next != end) walk(d, next, end, input, output);
    else if (isBlocked) reduceBlock(d, input, output);
    else result(d, input, output);
    input += <usize>inputBytes;
    output += <usize>outputBytes;
  }
}

export function reduce(d: ReduceDescriptor): void {
  walk(d, d.loops, d.loops + <usize>d.loopCount * LOOP_BYTES, d.input, d.output);
}
