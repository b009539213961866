// Owns the seeded random numbers of the tools; only integer steps and + - * / of reals, so every engine draws the same.
import type { TensorData } from 'zeropoint/tflite';

/** Spreads the bits of an int32 over all of its bits: the finalizer of MurmurHash3 (Austin Appleby, public domain). */
function mix(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** Marsaglia's xorshift32 with shifts 13, 17, 5 (G. Marsaglia, "Xorshift RNGs", 2003): period 2^32 - 1. */
export class Random {
  /** `state`: any int32 but 0, at which xorshift stays; 0 is taken as 1. */
  constructor(private state: number) {
    this.state ||= 1;
  }

  /** The stream of a seed and an index, both any int32. Streams of neighbouring seeds and indices start at unrelated states. */
  static stream(seed: number, index = 0): Random {
    return new Random(mix(mix(seed) + Math.imul(index, 0x9e3779b1)));
  }

  /** Uniform int32 bits, never 0. */
  bits(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state;
  }

  /** Uniform in [0, 1), from the upper 24 bits. */
  private next(): number {
    return (this.bits() >>> 8) / 0x1000000;
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

/**
 * Fills arrays with reproducible inputs of a model: any code in 8-bit arrays, floats in [-1, 1). Arrays of other types are left as they
 * are, since integers beyond 8 bits are mostly indices, which must stay in range.
 */
export function fillRandom(arrays: Iterable<TensorData>, seed = 12345): void {
  const random = new Random(seed);
  const next = (): number => random.bits() & 255;
  for (const data of arrays) {
    if (data instanceof Float32Array) for (let i = 0; i < data.length; i++) data[i] = (next() - 128) / 128;
    else if (data instanceof Uint8Array || data instanceof Int8Array) for (let i = 0; i < data.length; i++) data[i] = next();
  }
}
