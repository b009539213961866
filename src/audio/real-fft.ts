// Owns the Fourier transform of the micro front end: real samples, powers of two, 16 bits.

/** Fractional bits of factors, and the largest int16, which stands for 1 (`FRACBITS`, `SAMP_MAX`). */
const fractionBits = 15;
const one = 32767;

const wrap16 = (value: number): number => (value << 16) >> 16;
/** A product of two int16, rounded to int16 (`sround`). */
const round = (product: number): number => wrap16((product + (1 << (fractionBits - 1))) >> fractionBits);
/** x / 2 and x / 4 as products with floor(32767 / 2) and floor(32767 / 4) (`DIVSCALAR`). */
const half = (x: number): number => round(x * (one >> 1));
const quarter = (x: number): number => round(x * (one >> 2));

/** exp(i phase) of every phase, as pairs of int16 (`kf_cexp`). */
function exponentials(phases: readonly number[]): Int16Array {
  return Int16Array.from(phases.flatMap((phase) => [Math.cos(phase), Math.sin(phase)].map((x) => Math.floor(0.5 + one * x))));
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/**
 * X[k] = sum of x[n] exp(-2 pi i k n / size) / size, for k from 0 to size / 2, every stage scaled down and rounded as in kissfft with
 * FIXED_POINT 16 (M. Borgerding, `kiss_fft.c`, `tools/kiss_fftr.c`, version 130, BSD-3-Clause): radix 4, with one stage of radix 2 where
 * the length is no power of 4, on pairs of neighbouring samples as complex numbers.
 */
export class RealFft {
  readonly size: number;
  /** Real and imaginary parts of size / 2 + 1 bins. */
  readonly output: Int16Array;
  private readonly input: Int16Array;
  private readonly work: Int16Array;
  private readonly twiddles: Int16Array;
  private readonly realTwiddles: Int16Array;

  /** @param samples of a window, at least 3; the transform has the next power of two */
  constructor(samples: number) {
    this.size = 2 ** Math.ceil(Math.log2(samples));
    const length = this.size / 2;
    this.input = new Int16Array(this.size);
    this.work = new Int16Array(this.size);
    this.output = new Int16Array(this.size + 2);
    this.twiddles = exponentials(range(length).map((i) => (-2 * Math.PI * i) / length));
    this.realTwiddles = exponentials(range(length / 2).map((i) => -Math.PI * ((i + 1) / length + 0.5)));
  }

  /** Fills `output` from the samples times 2^shift, zeros after them (`FftCompute` of `microfrontend/lib/fft.cc`). */
  compute(samples: Int16Array, shift: number): void {
    const { input } = this;
    for (let i = 0; i < samples.length; i++) input[i] = samples[i] << shift;
    this.transform(0, 0, 1, this.size / 2);
    this.separate();
  }

  /** The complex transform of `length` inputs, `stride` apart from `from` on, to `work[to]` on (`kf_work`); indices count complex numbers. */
  private transform(to: number, from: number, stride: number, length: number): void {
    const radix = length % 4 === 0 ? 4 : length;
    const m = length / radix;
    for (let i = 0; i < radix; i++) {
      const source = from + i * stride;
      const target = to + i * m;
      if (m > 1) {
        this.transform(target, source, stride * radix, m);
      } else {
        this.work[2 * target] = this.input[2 * source];
        this.work[2 * target + 1] = this.input[2 * source + 1];
      }
    }
    if (radix === 4) this.butterflies4(to, stride, m);
    else if (radix === 2) this.butterfly2(to);
  }

  /** `kf_bfly2` of two neighbours, whose factor is 1: radix 2 is always the last. */
  private butterfly2(at: number): void {
    const { work } = this;
    for (let part = 2 * at; part < 2 * at + 2; part++) {
      const a = half(work[part]);
      const b = round(half(work[part + 2]) * one);
      work[part + 2] = a - b;
      work[part] = a + b;
    }
  }

  /** A quarter of `work[at]` times twiddle `k`, in place; `at` is that of the real part. */
  private turn(at: number, k: number): void {
    const { work, twiddles } = this;
    const re = quarter(work[at]);
    const im = quarter(work[at + 1]);
    const c = twiddles[2 * k];
    const s = twiddles[2 * k + 1];
    work[at] = round((re * c - im * s) | 0);
    work[at + 1] = round((re * s + im * c) | 0);
  }

  /** `kf_bfly4`: m butterflies. */
  private butterflies4(at: number, stride: number, m: number): void {
    const { work } = this;
    for (let k = 0; k < m; k++) {
      const i0 = 2 * (at + k);
      const i1 = i0 + 2 * m;
      const i2 = i1 + 2 * m;
      const i3 = i2 + 2 * m;
      this.turn(i1, k * stride);
      this.turn(i2, 2 * k * stride);
      this.turn(i3, 3 * k * stride);
      const re = quarter(work[i0]);
      const im = quarter(work[i0 + 1]);
      const differenceRe = wrap16(re - work[i2]);
      const differenceIm = wrap16(im - work[i2 + 1]);
      const sumRe = wrap16(re + work[i2]);
      const sumIm = wrap16(im + work[i2 + 1]);
      const oddRe = wrap16(work[i1] + work[i3]);
      const oddIm = wrap16(work[i1 + 1] + work[i3 + 1]);
      const turnRe = wrap16(work[i1] - work[i3]);
      const turnIm = wrap16(work[i1 + 1] - work[i3 + 1]);
      // Stores to int16 wrap.
      work[i2] = sumRe - oddRe;
      work[i2 + 1] = sumIm - oddIm;
      work[i0] = sumRe + oddRe;
      work[i0 + 1] = sumIm + oddIm;
      work[i1] = differenceRe + turnIm;
      work[i1 + 1] = differenceIm - turnRe;
      work[i3] = differenceRe - turnIm;
      work[i3 + 1] = differenceIm + turnRe;
    }
  }

  /** From the transform of pairs of samples to that of the samples (`kiss_fftr`). */
  private separate(): void {
    const { work, output, realTwiddles, size } = this;
    const [evens, odds] = [half(work[0]), half(work[1])];
    output[0] = evens + odds;
    output[size] = evens - odds;
    for (let k = 1; k <= size / 4; k++) {
      const low = 2 * k;
      const high = size - low;
      const re = half(work[low]);
      const im = half(work[low + 1]);
      const mirrorRe = half(work[high]);
      const mirrorIm = half(wrap16(-work[high + 1]));
      const sumRe = wrap16(re + mirrorRe);
      const sumIm = wrap16(im + mirrorIm);
      const differenceRe = wrap16(re - mirrorRe);
      const differenceIm = wrap16(im - mirrorIm);
      const c = realTwiddles[low - 2];
      const s = realTwiddles[low - 1];
      const turnedRe = round((differenceRe * c - differenceIm * s) | 0);
      const turnedIm = round((differenceRe * s + differenceIm * c) | 0);
      output[low] = (sumRe + turnedRe) >> 1;
      output[low + 1] = (sumIm + turnedIm) >> 1;
      output[high] = (sumRe - turnedRe) >> 1;
      output[high + 1] = (turnedIm - sumIm) >> 1;
    }
  }
}
