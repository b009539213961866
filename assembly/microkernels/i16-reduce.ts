// Owns sums, extremes and their positions over centred int16: three nested loops for one result or for eight, and spans of neighbours.
import { ReduceDescriptor, ReduceForm } from '../abi-reduce';
import { requantizeSums } from './i16-pool';
import { ScalarRequantization } from '../abi';
import { multiplyByQuantizedMultiplier } from '../requantize';

/** All bits of what a smallest element is searched by: the largest complement. */
// @ts-ignore: decorator
@inline
function complement(form: u32): i32 {
  return form == ReduceForm.Minimum || form == ReduceForm.ArgMinimum ? -1 : 0;
}

/** The largest of `count` >= 8 neighbours, xor `flip`; the last vector may overlap the one before. */
function maxSpan(input: usize, count: i32, flip: i32): i32 {
  const flips = i16x8.splat(<i16>flip);
  const last = input + (<usize>count << 1) - 16;
  let best = v128.xor(v128.load(last), flips);
  for (let at = input; at < last; at += 16) best = i16x8.max_s(best, v128.xor(v128.load(at), flips));
  best = i16x8.max_s(best, v128.shuffle<i64>(best, best, 1, 0));
  best = i16x8.max_s(best, v128.shuffle<i32>(best, best, 1, 0, 3, 2));
  return max(i16x8.extract_lane_s(best, 0), i16x8.extract_lane_s(best, 1));
}

/** The position of the first of `count` >= 8 neighbours that equals `element`, which one of them does. */
function findSpan(input: usize, count: i32, element: i32): i32 {
  const elements = i16x8.splat(<i16>element);
  const last = input + (<usize>count << 1) - 16;
  for (let at = input; at < last; at += 16) {
    const equal = i16x8.bitmask(i16x8.eq(v128.load(at), elements));
    if (equal != 0) return (<i32>(at - input) >> 1) + ctz(equal);
  }
  return count - 8 + ctz(i16x8.bitmask(i16x8.eq(v128.load(last), elements)));
}

/** Modulo 2^32, as the reference adds. */
function sumSpan(input: usize, count: i32): i32 {
  const ones = i16x8.splat(1);
  const end = input + (<usize>(count & ~7) << 1);
  let sums = i32x4.splat(0);
  for (; input < end; input += 16) sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load(input), ones));
  let sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  for (let i = 0; i < (count & 7); i++) sum += <i32>load<i16>(input + (<usize>i << 1));
  return sum;
}

/** The position of the first extreme along one axis. */
export function argOne(d: ReduceDescriptor, input: usize): i32 {
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
export function reduceOne(d: ReduceDescriptor, input: usize): i32 {
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

/** Eight neighbouring results, each from elements that are neighbours too. */
export function reduceBlock(d: ReduceDescriptor, input: usize, output: usize): void {
  const flips = i16x8.splat(<i16>complement(d.form));
  let best = i16x8.splat(-32768);
  let low = i32x4.splat(0);
  let high = low;
  for (let outer = 0; outer < d.outerCount; outer++) {
    let line = input + <usize>(outer * d.outerBytes);
    for (let middle = 0; middle < d.middleCount; middle++, line += <usize>d.middleBytes) {
      let at = line;
      for (let inner = 0; inner < d.innerCount; inner++, at += <usize>d.innerBytes) {
        const elements = v128.load(at);
        low = i32x4.add(low, i32x4.extend_low_i16x8_s(elements));
        high = i32x4.add(high, i32x4.extend_high_i16x8_s(elements));
        best = i16x8.max_s(best, v128.xor(elements, flips));
      }
    }
  }
  if (d.form == ReduceForm.Sum) {
    v128.store(output, requantizeSums(low, high, d.constants, i16x8.splat(<i16>d.lower), i16x8.splat(<i16>d.upper)));
  } else {
    v128.store(output, i16x8.add(v128.xor(best, flips), i16x8.splat(<i16>d.offset)));
  }
}
