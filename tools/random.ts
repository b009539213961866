// Owns the seeded draws behind the demo's digits; only integer steps and + - * / of reals, so every engine draws the same.

/** Spreads the bits of an int32 over all of its bits: the finalizer of MurmurHash3 (Austin Appleby, public domain). */
function mix(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** A stream of random numbers. Streams of different (seed, index) are independent for all that pictures need. */
export class Random {
  private state: number;

  /** `seed` and `index`: any int32. */
  constructor(seed: number, index = 0) {
    // xorshift must not start at 0, which it never leaves.
    this.state = mix(mix(seed) + Math.imul(index, 0x9e3779b1)) || 1;
  }

  /** Uniform in [0, 1): Marsaglia's xorshift32, its upper 24 bits. */
  private next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 8) / 0x1000000;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Uniform integer in [0, count). */
  index(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Nearly normal with mean 0 and the given standard deviation, never beyond 3.5 of them: four uniforms, whose variance is 4 / 12. */
  normal(deviation: number): number {
    return (this.next() + this.next() + this.next() + this.next() - 2) * Math.sqrt(3) * deviation;
  }
}
