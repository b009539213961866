// Owns the seeded random codes of built networks; they use integers and, in reals, + - * / and sqrt only, which all engines compute alike.

/** Standard deviation of the sum of four uniform bytes: sqrt(4 * (256^2 - 1) / 12). */
const byteSumDeviation = Math.sqrt(21845);
/** Half the range of that sum, and its mean. */
const byteSumCentre = 510;

/** A stream of random numbers; equal seeds give equal streams. */
export class WeightSource {
  private state: number;

  /** `seed`: any int32. */
  constructor(seed: number) {
    // An odd multiple separates neighbouring seeds; the state of xorshift must not be 0.
    this.state = Math.imul(seed, 0x9e3779b1) + 0x7f4a7c15 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** Uniform int32 bits: Marsaglia's xorshift32, never 0. */
  private next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + ((this.next() >>> 8) / 0x1000000) * (high - low);
  }

  /** Uniform integer in [low, high]. */
  integer(low: number, high: number): number {
    return Math.floor(this.uniform(low, high + 1));
  }

  /** A nearly normal integer in [-peak, peak] with standard deviation `codeDeviation(peak)`: the sum of four uniform bytes. */
  normalCode(peak: number): number {
    const bits = this.next();
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
    return Math.floor(((sum - byteSumCentre) * peak) / byteSumCentre + 0.5);
  }
}

/** Standard deviation, in codes, of `normalCode(peak)`. */
export function codeDeviation(peak: number): number {
  return (byteSumDeviation * peak) / byteSumCentre;
}
