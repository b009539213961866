// Owns the binary of the tools (assembly/tools): its instance, its memory, and its functions over arrays of the host.
import { binary } from './wasm';

interface Exports {
  extremes(data: number, count: number, extreme: number): void;
  countBins(data: number, count: number, perWidth: number, first: number, bins: number, counts: number): void;
  channelRanges(data: number, positions: number, channels: number, low: number, high: number, sums: number): void;
  channelMoments(data: number, positions: number, step: number, channels: number, squares: number, active: number): void;
  codeSums(codes: number, rows: number, count: number, isSigned: number, sums: number): void;
  gram(a: number, m: number, b: number, n: number, k: number, products: number): void;
  cholesky(matrix: number, size: number, lower: number): void;
  invert(upper: number, size: number, inverse: number): void;
  roundOutputs(
    upper: number,
    size: number,
    weights: number,
    count: number,
    parameters: number,
    low: number,
    high: number,
    errors: number,
    codes: number,
  ): void;
}

const pageBytes = 1 << 16;

let memory: WebAssembly.Memory | undefined;
let functions: Exports | undefined;

/** The binary's functions; it is compiled by the first call. */
function kernels(): Exports {
  if (!functions) {
    memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(Buffer.from(binary, 'hex'));
    functions = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  }
  return functions;
}

/** Addresses of areas of these sizes, each a multiple of 16; they are valid until the next call. */
function areas(...bytes: readonly number[]): number[] {
  kernels();
  let end = 0;
  const addresses = bytes.map((size) => {
    const address = end;
    end += (size + 15) & ~15;
    return address;
  });
  const missing = end - memory!.buffer.byteLength;
  if (missing > 0) memory!.grow(Math.ceil(missing / pageBytes));
  return addresses;
}

const singles = (address: number, count: number): Float32Array => new Float32Array(memory!.buffer, address, count);
const doubles = (address: number, count: number): Float64Array => new Float64Array(memory!.buffer, address, count);

/** The smallest and largest finite number that is not 0, Infinity and -Infinity where there is none, and the count of NaN and infinities. */
export function extremesOf(data: Float32Array): { low: number; high: number; nonFinite: number } {
  const [at, extreme] = areas(data.byteLength, 12);
  singles(at, data.length).set(data);
  kernels().extremes(at, data.length, extreme);
  const [low, high] = singles(extreme, 2);
  return { low, high, nonFinite: new Uint32Array(memory!.buffer, extreme + 8, 1)[0] };
}

/**
 * Counts of the numbers x != 0 in bins, by floor(x perWidth) - first, and of zeros. `data` are finite; all but zeros lie in the `bins` bins.
 * The counts are valid until the next call.
 */
export function countBins(data: Float32Array, perWidth: number, first: number, bins: number): { counts: Uint32Array; zeros: number } {
  const [at, countsAt] = areas(data.byteLength, 4 * (bins + 4));
  singles(at, data.length).set(data);
  const counts = new Uint32Array(memory!.buffer, countsAt, bins + 4).fill(0);
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
  const [at, min, max, sums, squares, active] = areas(data.byteLength, ...[4, 4, 8, 8, 8].map((bytes) => bytes * channels));
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
  const sums = new Int32Array(memory!.buffer, sumsAt, columns).fill(0);
  const staged = new Int8Array(memory!.buffer, at, length);
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

/** A Bᵀ [m, n] of A [m, k] and B [n, k]; summed up in float64. Of the same matrix twice it takes half the time. */
export function gram(a: Float32Array, b: Float32Array, k: number): Float32Array {
  const [m, n] = [a.length / k, b.length / k];
  const [left, other, products] = areas(a.byteLength, a === b ? 0 : b.byteLength, 8 * m * n);
  singles(left, a.length).set(a);
  const right = a === b ? left : other;
  if (a !== b) singles(right, b.length).set(b);
  const sums = doubles(products, m * n).fill(0);
  kernels().gram(left, m, right, n, k, products);
  return new Float32Array(sums);
}

/** The lower triangular L with L Lᵀ = `matrix` [size, size], which is symmetric and positive definite. */
export function choleskyLower(matrix: Float64Array, size: number): Float64Array {
  const [from, to] = areas(matrix.byteLength, matrix.byteLength);
  doubles(from, matrix.length).set(matrix);
  const lower = doubles(to, matrix.length).fill(0);
  kernels().cholesky(from, size, to);
  return lower.slice();
}

/** The inverse of an upper triangular matrix [size, size]. */
export function invertUpper(upper: Float64Array, size: number): Float64Array {
  const [from, to] = areas(upper.byteLength, upper.byteLength);
  doubles(from, upper.length).set(upper);
  const inverse = doubles(to, upper.length).fill(0);
  kernels().invert(from, size, to);
  return inverse.slice();
}

/** What `roundOutputs` rounds to. */
export interface CodeGrid {
  /** Scale and zero point of every output in turn. */
  readonly parameters: Float64Array;
  readonly min: number;
  readonly max: number;
}

/**
 * Codes of the weights [outputs, size], whose columns are in the order of the rows of `upper` [size, size], upper triangular; see
 * assembly/tools/matrix.ts. The codes are valid until the next call.
 */
export function roundOutputs(upper: Float64Array, size: number, weights: Float32Array, { parameters, min, max }: CodeGrid): Int32Array {
  const outputs = weights.length / size;
  const [factor, from, grid, errors, codes] = areas(
    upper.byteLength,
    weights.byteLength,
    parameters.byteLength,
    32 * size,
    4 * weights.length,
  );
  doubles(factor, upper.length).set(upper);
  singles(from, weights.length).set(weights);
  doubles(grid, parameters.length).set(parameters);
  kernels().roundOutputs(factor, size, from, outputs, grid, min, max, errors, codes);
  return new Int32Array(memory!.buffer, codes, weights.length);
}
