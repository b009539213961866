// Owns reductions over any axes: nested loops over the results.
import { ScalarRequantization } from '../abi';
import { MoveLoop } from '../abi-move';
import { ReduceDescriptor, ReduceForm } from '../abi-reduce';
import { findSpan, maxBlock, maxSpan, sumSpan } from '../microkernels/i16-reduce';
import { multiplyByQuantizedMultiplier } from '../requantize';

const LOOP_BYTES: usize = offsetof<MoveLoop>();

/** All bits of what a smallest element is searched by: the largest complement. */
// @ts-ignore: decorator
@inline
function complement(form: u32): i32 {
  return form == ReduceForm.Minimum || form == ReduceForm.ArgMinimum ? -1 : 0;
}

/** The position of the first extreme along one axis. */
function argOne(d: ReduceDescriptor, input: usize): i32 {
  const flip = complement(d.form);
  if (d.innerBytes == 2 && d.innerCount >= 8) return findSpan(input, d.innerCount, maxSpan(input, d.innerCount, flip) ^ flip);
  let best = -32768;
  let position = 0;
  for (let i = 0; i < d.innerCount; i++) {
    const element = <i32>load<i16>(input) ^ flip;
    if (element > best) {
      best = element;
      position = i;
    }
    input += <usize>d.innerBytes;
  }
  return position;
}

/** One sum, requantized, or one extreme. */
function reduceOne(d: ReduceDescriptor, input: usize): i32 {
  const flip = complement(d.form);
  const isSum = d.form == ReduceForm.Sum;
  const isSpan = d.innerBytes == 2 && d.innerCount >= 8;
  let best = -32768;
  let sum = 0;
  for (let outer = 0; outer < d.outerCount; outer++) {
    let line = input + <usize>(outer * d.outerBytes);
    for (let middle = 0; middle < d.middleCount; middle++, line += <usize>d.middleBytes) {
      if (isSpan) {
        if (isSum) sum += sumSpan(line, d.innerCount);
        else best = max(best, maxSpan(line, d.innerCount, flip));
        continue;
      }
      let at = line;
      for (let inner = 0; inner < d.innerCount; inner++, at += <usize>d.innerBytes) {
        const element = <i32>load<i16>(at);
        sum += element;
        best = max(best, element ^ flip);
      }
    }
  }
  if (!isSum) return (best ^ flip) + d.offset;
  const s = changetype<ScalarRequantization>(d.constants);
  return min(max(multiplyByQuantizedMultiplier(sum, s.generalMultiplier, s.generalShift), d.lower), d.upper);
}

/** Eight neighbouring extremes, each of elements that are neighbours too. */
function block(d: ReduceDescriptor, input: usize, output: usize): void {
  maxBlock(
    input,
    d.outerCount,
    d.outerBytes,
    d.middleCount,
    d.middleBytes,
    d.innerCount,
    d.innerBytes,
    output,
    complement(d.form),
    d.offset,
  );
}

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

/** Executes the loops from `at` to the last, `end`. Extremes of neighbouring elements are found eight at a time, padding lanes included. */
function walk(d: ReduceDescriptor, at: usize, end: usize, input: usize, output: usize): void {
  const loop = changetype<MoveLoop>(at);
  const next = at + LOOP_BYTES;
  const isExtreme = d.form == ReduceForm.Maximum || d.form == ReduceForm.Minimum;
  const isBlocked = isExtreme && next == end && loop.inputBytes == 2 && loop.outputBytes == 2;
  const count = isBlocked ? (loop.count + 7) >> 3 : loop.count;
  const inputBytes = isBlocked ? 16 : loop.inputBytes;
  const outputBytes = isBlocked ? 16 : loop.outputBytes;
  for (let i = 0; i < count; i++) {
    if (next != end) walk(d, next, end, input, output);
    else if (isBlocked) block(d, input, output);
    else result(d, input, output);
    input += <usize>inputBytes;
    output += <usize>outputBytes;
  }
}

export function reduce(d: ReduceDescriptor): void {
  walk(d, d.loops, d.loops + <usize>d.loopCount * LOOP_BYTES, d.input, d.output);
}
