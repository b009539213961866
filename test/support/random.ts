// Owns seeded randomness for tests: the same seed gives the same case on every machine.

/** xorshift32 with convenience draws. `seed` 0 is replaced, since xorshift never leaves 0. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 0x9e3779b9;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** Uniform uint32. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  /** Uniform in [0, 1). */
  real(): number {
    return this.next() / 4294967296;
  }

  /** Uniform integer in [low, high], both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.real() * (high - low + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.integer(0, from.length - 1)];
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.real())) * Math.cos(2 * Math.PI * this.real());
  }
}

/** Scores in (0, 1), none of them twice. */
export function distinctScores(random: Random): () => number {
  const taken = new Set<number>();
  return () => {
    for (;;) {
      const value = random.integer(1, 99999) / 100000;
      if (taken.has(value)) continue;
      taken.add(value);
      return value;
    }
  };
}
