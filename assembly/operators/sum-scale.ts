// Owns the proof that one sum of products computes ADD or SUB exactly for all pairs of codes, without visiting all pairs.
//
// TFLite's ADD (reference/add.h): the operand with the larger scale, e below, is shifted left by 19 exactly (its multiplier is 1/2 of
// 2^20), the other one, o, becomes Q(o) = MultiplyByQuantizedMultiplier(o 2^20, ...), and X = 2^19 e + Q(o) is requantized to f. The
// linear form is g = floor((factor e + otherFactor o + rounding) / 2^28).
//
// Both grow with e, so they agree if they reach every result k at the same e. With the least X_k that has f >= k, and all terms real,
//   f >= k from e = a(o, k) = (X_k - Q(o)) / 2^19 on      g >= k from e = b(o, k) = (2^28 k - rounding - otherFactor o) / factor on
// and |a - b| is at most D = max_k |X_k / 2^19 - (2^28 k - rounding) / factor| + max_o |Q(o) / 2^19 - otherFactor o / factor|. The least
// integers from a and from b on differ only where an integer is within D of a, that is, where X_k - Q(o) is within 2^19 D of a multiple
// of 2^19. A map of the Q(o) modulo 2^19 finds those pairs; of each, the one integer near a is compared.
import { SumScale, SumScaleDescriptor } from '../abi-load';
import { multiplyByQuantizedMultiplier } from '../requantize';

const PERIOD: i64 = 1 << 19;
/** 16 residues share a byte of the map. */
const BUCKET_SHIFT = 4;
const MAP_BYTES: usize = 32768;
/** The workspace: the map, thresholds i64[256], others i32[256]. */
const THRESHOLDS: usize = MAP_BYTES;
const OTHERS: usize = MAP_BYTES + 2048;
/** Of 2^19 D; beyond it the linear form is not near. */
const MAX_DISTANCE: f64 = 1024;

// @ts-ignore: decorator
@inline
function ceilDivide(numerator: i64, divisor: i64): i64 {
  const quotient = numerator / divisor;
  return quotient + i64(quotient * divisor < numerator);
}

/** X_k; see leastAccumulator in float-scale.ts. |k| <= 2^9 and exponents up to 22 keep the numerator below 2^62. */
function threshold(k: i32, multiplier: i32, exponent: i32): i64 {
  const high = (<i64>(2 * k - 1) << (exponent - 1)) + i64(k <= 0);
  return ceilDivide((high << 31) - (1 << 30), multiplier);
}

/** Tabulates the thresholds X_k and the others Q(o), with their sign. */
function tabulate(d: SumScaleDescriptor): void {
  for (let k = d.lower + 1; k <= d.upper; k++) {
    store<i64>(d.workspace + THRESHOLDS + (<usize>(k - d.lower) << 3), threshold(k, d.multiplier, -d.shift));
  }
  for (let o = d.otherLow; o <= d.otherHigh; o++) {
    const scaled = multiplyByQuantizedMultiplier(o << 20, d.otherMultiplier, d.otherShift);
    store<i32>(d.workspace + OTHERS + (<usize>(o - d.otherLow) << 2), d.otherSign * scaled);
  }
}

// @ts-ignore: decorator
@inline
function thresholdOf(d: SumScaleDescriptor, k: i32): i64 {
  return load<i64>(d.workspace + THRESHOLDS + (<usize>(k - d.lower) << 3));
}

// @ts-ignore: decorator
@inline
function otherOf(d: SumScaleDescriptor, o: i32): i64 {
  return <i64>load<i32>(d.workspace + OTHERS + (<usize>(o - d.otherLow) << 2));
}

/** max |Q(o) - 2^19 otherFactor o / factor|. */
function otherDistance(d: SumScaleDescriptor, factor: f64, otherFactor: f64): f64 {
  let distance: f64 = 0;
  for (let o = d.otherLow; o <= d.otherHigh; o++) {
    distance = max(distance, Math.abs(<f64>otherOf(d, o) - (<f64>PERIOD * otherFactor * <f64>o) / factor));
  }
  return distance;
}

/** Marks residues within `distance` of those of the others. */
function mark(d: SumScaleDescriptor, distance: i64): void {
  memory.fill(d.workspace, 0, MAP_BYTES);
  for (let o = d.otherLow; o <= d.otherHigh; o++) {
    const first = (otherOf(d, o) - distance) >> BUCKET_SHIFT;
    const last = (otherOf(d, o) + distance) >> BUCKET_SHIFT;
    for (let bucket = first; bucket <= last; bucket++) {
      store<u8>(d.workspace + (<usize>bucket & (MAP_BYTES - 1)), 1);
    }
  }
}

/** Whether f and g reach k at the same e for one o, where an integer may be near a(o, k). */
// @ts-ignore: decorator
@inline
function agrees(d: SumScaleDescriptor, k: i32, o: i32, rounding: i64, factor: i64, otherFactor: i64, distance: i64): bool {
  const least = thresholdOf(d, k) - otherOf(d, o);
  const e = (least + PERIOD / 2) >> 19;
  const rest = least - (e << 19);
  if (rest > distance || rest < -distance || e < <i64>d.low || e > <i64>d.high) return true;
  return (rest <= 0) == (factor * e + otherFactor * <i64>o + rounding >= <i64>k << 28);
}

function isExact(d: SumScaleDescriptor, rounding: i64, factor: i64, otherFactor: i64, distance: i64): bool {
  // Where both operands have the same scale, results depend on e + o alone, or e - o, and the ends of o reach all that there are.
  const isSame = d.otherMultiplier == 1 << 30 && d.otherShift == 0 && otherFactor == factor * <i64>d.otherSign;
  const step = isSame ? d.otherHigh - d.otherLow : 1;
  for (let k = d.lower + 1; k <= d.upper; k++) {
    const bucket = <usize>(thresholdOf(d, k) >> BUCKET_SHIFT) & (MAP_BYTES - 1);
    if (load<u8>(d.workspace + bucket) == 0) continue;
    for (let o = d.otherLow; o <= d.otherHigh; o += step) {
      if (!agrees(d, k, o, rounding, factor, otherFactor, distance)) return false;
    }
  }
  return true;
}

/** Tries several roundings for one pair of factors; true: it is written. */
function tryFactors(d: SumScaleDescriptor, factor: i64, otherFactor: i64): bool {
  // From 2^28 k - factor X_k / 2^19 up to a unit more, a rounding has g >= k from X_k on: the middle is nearest to all.
  let least: f64 = f64.MAX_VALUE;
  let greatest: f64 = -f64.MAX_VALUE;
  const unit = <f64>factor / <f64>PERIOD;
  for (let k = d.lower + 1; k <= d.upper; k++) {
    const rounding = <f64>(<i64>k << 28) - <f64>thresholdOf(d, k) * unit;
    least = min(least, rounding);
    greatest = max(greatest, rounding);
  }
  const others = otherDistance(d, <f64>factor, <f64>otherFactor);
  for (let i = 0; i < 6; i++) {
    const shifted = (least + greatest + unit) / 2 + (i & 1 ? 0.25 : -0.25) * <f64>((i + 1) >> 1) * unit;
    // At last one half, for scales that are powers of two apart, where sums are ties.
    const rounding = i == 5 ? <i64>1 << 27 : <i64>Math.ceil(shifted);
    const distance = Math.ceil(max(greatest - <f64>rounding, <f64>rounding - least) / unit + others) + 1;
    if (!(distance < MAX_DISTANCE)) return false;
    mark(d, <i64>distance);
    if (isExact(d, rounding, factor, otherFactor, <i64>distance)) {
      const found = changetype<SumScale>(d.output);
      found.rounding = <i32>rounding;
      found.factor = <i32>factor;
      found.otherFactor = <i32>otherFactor;
      return true;
    }
  }
  return false;
}

/** A factor and its part 2^-shift, rounded. */
// @ts-ignore: decorator
@inline
function greater(factor: i64, shift: i64): i64 {
  return factor + ((factor + (<i64>1 << (shift - 1))) >> shift);
}

/** Writes factors and a rounding whose results equal those of ADD or SUB for all operands and results in [lower, upper], or 0. */
export function sumScale(d: SumScaleDescriptor): void {
  changetype<SumScale>(d.output).rounding = 0;
  tabulate(d);
  // Ties are rounded away from zero: products of factors that are a little greater lie beyond them.
  for (let shift = 22; shift <= 32; shift += 5) {
    if (tryFactors(d, greater(d.factor, shift), greater(d.otherFactor, shift))) return;
  }
}
