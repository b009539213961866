// Owns the search for two slopes that compute a function of one 8-bit code exactly (assembly/microkernels/i16-map.ts, slopeSpan).

/** Real slopes of a function through zero: output over input scale, as by RELU, LEAKY_RELU and QUANTIZE. */
export interface Slopes {
  readonly negative: number;
  readonly positive: number;
}

/** floor((x factor multiplier + 2^14) / 2^15). */
interface FixedSlope {
  readonly factor: number;
  readonly multiplier: number;
}

/** |x| <= 255, and x factor must be an int16. */
const maxFactor = 128;
/** Differences to the nearest multiplier. Ties of the nearest are rounded up, those of TFLite away from zero. */
const differences = [0, 1, -1, 2, -2, 3, -3];

function isExact(
  { factor, multiplier }: FixedSlope,
  table: Int16Array,
  bias: number,
  begin: number,
  end: number,
  min: number,
  max: number,
) {
  for (let i = begin; i < end; i++) {
    const result = ((i - bias) * factor * multiplier + 0x4000) >> 15;
    if (Math.min(Math.max(result, min), max) !== table[i]) return false;
  }
  return true;
}

/** The slope of entries [begin, end), if one is exact, of a factor of at least `factor`. */
function findSlope(slope: number, factor: number, table: Int16Array, bias: number, begin: number, end: number, min: number, max: number) {
  while (Math.abs(slope) >= factor && factor <= maxFactor) factor *= 2;
  if (factor > maxFactor) return undefined;
  const nearest = Math.round((slope / factor) * 0x8000);
  for (const difference of differences) {
    const found = { factor, multiplier: nearest + difference };
    if (Math.abs(found.multiplier) <= 0x7fff && isExact(found, table, bias, begin, end, min, max)) return found;
  }
  return undefined;
}

/**
 * The constants of slopeSpan whose results are those of `table`, centred results by code; entry i belongs to the centred element i - bias.
 * Every entry is compared. Undefined: no multipliers near the slopes are exact.
 */
export function slopeConstants(table: Int16Array, bias: number, { negative, positive }: Slopes): Int16Array | undefined {
  const min = table.reduce((a, b) => Math.min(a, b));
  const max = table.reduce((a, b) => Math.max(a, b));
  const zero = Math.min(Math.max(bias, 0), table.length);
  const find = (factor: number) => {
    const above = findSlope(positive, factor, table, bias, zero, table.length, min, max);
    const below = above && findSlope(negative, factor, table, bias, 0, zero, min, max);
    return below && { above, below };
  };
  const found = find(1);
  if (!found) return undefined;
  // The kernel has fewer instructions for one factor of both.
  const { above, below } = find(Math.max(found.above.factor, found.below.factor)) ?? found;
  const scalars = [above.factor, above.factor ^ below.factor, above.multiplier, above.multiplier ^ below.multiplier, min, max];
  return Int16Array.from({ length: 8 * scalars.length }, (_, i) => scalars[i >> 3]);
}
