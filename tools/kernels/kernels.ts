// Owns functions of the binary of the tools over arrays of the host.
import { areas, bytes, doubles, kernels, singles, words } from './instance';

/** The smallest and largest finite number that is not 0, Infinity and -Infinity where there is none, and the count of NaN and infinities. */
export function extremesOf(data: Float32Array): { low: number; high: number; nonFinite: number } {
  const [at, extreme] = areas(data.byteLength, 12);
  singles(at, data.length).set(data);
  kernels().extremes(at, data.length, extreme);
  const [low, high] = singles(extreme, 2);
  return { low, high, nonFinite: words(extreme + 8, 1)[0] };
}

/**
 * Counts of the numbers x != 0 in bins, by floor(x perWidth) - first, and of zeros. `data` are finite; all but zeros lie in the `bins` bins.
 * The counts are valid until the next call.
 */
export function countBins(data: Float32Array, perWidth: number, first: number, bins: number): { counts: Int32Array; zeros: number } {
  const [at, countsAt] = areas(data.byteLength, 4 * (bins + 4));
  singles(at, data.length).set(data);
  const counts = words(countsAt, bins + 4).fill(0);
  kernels().countBins(at, data.length, perWidth, first, bins, countsAt);
  const zeros = counts.subarray(bins).reduce((sum, count) => sum + count, 0);
  return { counts: counts.subarray(0, bins), zeros };
}

/** Sums in progress of one activation, per channel. */
export interface ChannelSums {
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** Over all elements. */
  readonly sums: Float64Array;
  /** Over the positions that count. */
  readonly squares: Float64Array;
  readonly active: Float64Array;
}

/** Adds elements [positions, channels]: extremes and sums of all, squares and activity of every `step`-th position. */
export function addChannels(to: ChannelSums, data: Float32Array, step: number): void {
  const channels = to.min.length;
  const positions = data.length / channels;
  const [at, min, max, sums, squares, active] = areas(data.byteLength, ...[4, 4, 8, 8, 8].map((size) => size * channels));
  singles(at, data.length).set(data);
  const accumulators = [
    [to.min, singles(min, channels)],
    [to.max, singles(max, channels)],
    [to.sums, doubles(sums, channels)],
    [to.squares, doubles(squares, channels)],
    [to.active, doubles(active, channels)],
  ] as const;
  for (const [host, area] of accumulators) area.set(host);
  kernels().channelRanges(at, positions, channels, min, max, sums);
  kernels().channelMoments(at, Math.ceil(positions / step), 4 * step * channels, channels, squares, active);
  for (const [host, area] of accumulators) host.set(area);
}

/** Sums over all samples and rows of codes [rows, columns], per column; of at most 2^23 rows per sample, which int32 holds the sums of. */
export function sumCodes(samples: readonly (Int8Array | Uint8Array | Int16Array)[], columns: number): Float64Array {
  const totals = new Float64Array(columns);
  if (samples[0] instanceof Int16Array) {
    for (const codes of samples) for (let i = 0; i < codes.length; i++) totals[i % columns] += codes[i];
    return totals;
  }
  const { length } = samples[0];
  const isSigned = samples[0] instanceof Int8Array ? 1 : 0;
  const [at, sumsAt] = areas(length, 4 * columns);
  const sums = words(sumsAt, columns).fill(0);
  const staged = bytes(at, length);
  for (const codes of samples) {
    staged.set(codes);
    kernels().codeSums(at, length / columns, columns, isSigned, sumsAt);
    if (columns === length) continue;
    for (let c = 0; c < columns; c++) totals[c] += sums[c];
    sums.fill(0);
  }
  if (columns === length) totals.set(sums);
  return totals;
}

/** A Bᵀ [m, n] of A [m, k] and B [n, k]; summed up in float64. */
export function gram(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const [m, n] = [a.length / k, b.length / k];
  const [left, right, products] = areas(a.byteLength, b.byteLength, 8 * m * n);
  singles(left, a.length).set(a);
  singles(right, b.length).set(b);
  kernels().gram(left, m, right, n, k, 4 * k, 0, products);
  return new Float32Array(doubles(products, m * n));
}
