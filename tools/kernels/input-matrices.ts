// Owns the matrices of one layer's inputs in the memory of the binary, and what reconstruction computes of them there.
import { areas, bytes, doubles, halves, hold, kernels, release, singles, words } from './instance';

/** What weights are rounded to. */
export interface CodeGrid {
  /** Scale and zero point of every output in turn. */
  readonly parameters: Float64Array;
  readonly min: number;
  readonly max: number;
}

/** The changes of the weights of the outputs of one matrix; see refit.ts. */
export interface ChannelRefits {
  /** [matrices of the part, size]. */
  readonly change: Float32Array;
  /** Agreement and square of every matrix in turn. */
  readonly sums: Float64Array;
}

/** Columns first, first + step, ... of some rows: row r are `count` elements from number origins[r] on, zeros where that is negative. */
export interface Columns {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  readonly origins: Int32Array;
}

/** Columns [columns, rows] of the rows of one sample in units of 1 / factor, clamped to int16 and rounded towards 0. */
export function gatherReals(reals: Float32Array, factor: number, taps: readonly Columns[], columns: number): Int16Array {
  const [{ count, origins }] = taps;
  const rows = origins.length;
  const [from, blank, at, to] = areas(reals.byteLength, 4 * count, origins.byteLength, 2 * columns * rows);
  singles(from, reals.length).set(reals);
  for (const tap of taps) {
    words(at, rows).set(tap.origins);
    kernels().gatherReals(from, factor, blank, at, rows, count, to + 2 * tap.first * rows, 2 * tap.step * rows);
  }
  return halves(to, columns * rows);
}

/** Memory of the inputs of a layer's channels, and of their errors, that are held at a time. */
const maxPartBytes = 16 * 2 ** 20;

/**
 * `matrices` matrices [size, rows] of a layer's inputs, one or one per channel: some at a time, of which `part` says which, and what was
 * computed of all. Of one layer at a time the memory is held, until `release`; views of it are valid until the next call.
 */
export class InputMatrices {
  /** Matrices in each part, but for the last. */
  readonly perPart: number;
  private readonly at: { readonly inputs: number; readonly errors: number; readonly products: number };
  private readonly factors: { readonly order: number; readonly upper: number };
  private first = 0;
  private count: number;

  /** `hasErrors`: there is room for the errors of the inputs, of the same shape. */
  constructor(
    private readonly matrices: number,
    private readonly size: number,
    private readonly rows: number,
    hasErrors: boolean,
  ) {
    const square = size * size;
    const bytes = 4 * size * rows;
    this.perPart = Math.min(matrices, Math.max(1, Math.floor(maxPartBytes / bytes / (hasErrors ? 2 : 1))));
    this.count = this.perPart;
    const [inputs, errors, products, order, upper] = hold(
      this.perPart * bytes,
      hasErrors ? this.perPart * bytes : 0,
      8 * square,
      4 * matrices * size,
      8 * matrices * square,
    );
    this.at = { inputs, errors, products };
    this.factors = { order, upper };
  }

  /** From now on the inputs are those of up to `perPart` matrices from number `first` on. */
  part(first: number): void {
    this.first = first;
    this.count = Math.min(this.perPart, this.matrices - first);
  }

  /** The inputs of the part, [its matrices, size, rows], before `factorize`, which centres them. */
  inputs(): Float32Array {
    return singles(this.at.inputs, this.count * this.size * this.rows);
  }

  /** Writes the rows of one sample from number `row` on: code - zeroPoint. */
  gather(row: number, codes: Int8Array | Uint8Array | Int16Array, zeroPoint: number, taps: readonly Columns[]): void {
    const [{ count, origins }] = taps;
    const size = codes.BYTES_PER_ELEMENT;
    const [from, blank, at] = areas(codes.byteLength, size * count, origins.byteLength);
    (size === 2 ? halves : bytes)(from, codes.length).set(codes);
    const isSigned = codes instanceof Uint8Array ? 0 : 1;
    for (const { first, step, count, origins } of taps) {
      words(at, origins.length).set(origins);
      const to = this.at.inputs + 4 * (first * this.rows + row);
      // Each channel has a matrix of its own, or all are columns of one.
      const columns = this.matrices > 1 ? this.count : count;
      const own = from + size * this.first;
      kernels().gatherCodes(own, size, isSigned, zeroPoint, blank, at, origins.length, columns, to, 4 * step * this.rows);
    }
  }

  /** Of `count` rows from number `row` on sets the errors to `stored` [matrices, size, count] * unit - inputs, which are not centred yet. */
  subtractFrom(stored: Int16Array, unit: number, row: number, count: number): void {
    const { size, rows, at } = this;
    const part = stored.subarray(this.first * size * count, (this.first + this.count) * size * count);
    const [from] = areas(part.byteLength);
    halves(from, part.length).set(part);
    kernels().subtractInputs(from, at.inputs + 4 * row, unit, this.count * size, count, 4 * rows, at.errors + 4 * row);
  }

  /** Centres the inputs of the part, and factorizes their covariances as input-covariance.ts describes them. */
  factorize(shrinkage: number, ridge: number): void {
    const { count, size, rows, at } = this;
    const { order, upper } = this.factorsOfPart();
    kernels().centre(at.inputs, count * size, rows, 4 * rows);
    kernels().covariances(at.inputs, count, size, rows, shrinkage, ridge, at.products, order, upper);
  }

  private factorsOfPart(): { readonly order: number; readonly upper: number } {
    const { first, size, factors } = this;
    return { order: factors.order + 4 * first * size, upper: factors.upper + 8 * first * size * size };
  }

  /** Of the only matrix: its columns by rising variance. */
  order(): Int32Array {
    return words(this.factors.order, this.size);
  }

  /** Of the only matrix: the inverse of the covariance, [size, size]. */
  inverse(): Float32Array {
    const { size, at, factors } = this;
    const [factor, inverse] = areas(4 * size * size, 4 * size * size);
    kernels().inverseCovariance(factors.upper, factors.order, size, at.products, factor, inverse);
    return singles(inverse, size * size).slice();
  }

  /** Of the only matrix: rows [begin, end) of the centred inputs, and of the errors, centred there: [size, end - begin]. */
  cut(begin: number, end: number): { readonly inputs: Float32Array; readonly errors: Float32Array } {
    const { size, rows, at } = this;
    kernels().centre(at.errors + 4 * begin, size, end - begin, 4 * rows);
    const [inputs, errors] = [at.inputs, at.errors].map((from) => {
      const part = new Float32Array(size * (end - begin));
      for (let i = 0; i < size; i++) part.set(singles(from + 4 * (i * rows + begin), end - begin), i * (end - begin));
      return part;
    });
    return { inputs, errors };
  }

  /**
   * Changes of the weights of one output per matrix of the part; weight k of output m of all is `weights`[k * matrices + m]. Overwrites the
   * errors.
   */
  refitChannels(weights: Float32Array, half: number): ChannelRefits {
    const { matrices, first, count, size, rows, at } = this;
    const [from, scratch, change, sums] = areas(weights.byteLength, 8 * size * size + 20 * size, 4 * count * size, 16 * count);
    singles(from, weights.length).set(weights);
    const { order, upper } = this.factorsOfPart();
    const own = from + 4 * first;
    const { inputs, errors, products } = at;
    kernels().refitChannels(inputs, errors, count, matrices, size, rows, half, order, upper, own, products, scratch, change, sums);
    return { change: singles(change, count * size).slice(), sums: doubles(sums, 2 * count).slice() };
  }

  /** Codes of the weights of one output per matrix, in the order of the weights; see assembly/tools/round.ts. */
  roundChannels(weights: Float32Array, { parameters, min, max }: CodeGrid): Int32Array {
    const { matrices, size, factors } = this;
    const [from, grid, scratch, codes] = areas(weights.byteLength, parameters.byteLength, 40 * size + 32, weights.byteLength);
    singles(from, weights.length).set(weights);
    doubles(grid, parameters.length).set(parameters);
    kernels().roundChannels(matrices, size, factors.order, factors.upper, from, grid, min, max, scratch, codes);
    return words(codes, weights.length);
  }

  /** Of the only matrix: codes of the weights [outputs, size], whose columns are in its order. */
  roundOutputs(weights: Float32Array, { parameters, min, max }: CodeGrid): Int32Array {
    const { size, factors } = this;
    const [from, grid, errors, carries, codes] = areas(weights.byteLength, parameters.byteLength, 32 * size, 32, weights.byteLength);
    singles(from, weights.length).set(weights);
    doubles(grid, parameters.length).set(parameters);
    kernels().roundOutputs(factors.upper, size, from, weights.length / size, grid, min, max, errors, carries, codes);
    return words(codes, weights.length);
  }

  release(): void {
    release();
  }
}
