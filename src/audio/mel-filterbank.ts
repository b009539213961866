// Owns the filterbank of the micro front end: energies of a spectrum, added up in triangular channels on the mel scale, and their roots.

/** Fractional bits of the weights (`kFilterbankBits`). */
export const filterbankBits = 12;

/** Channels begin at even bins, and their widths are multiples of this (`kFilterbankIndexAlignment`, `kFilterbankChannelBlockSize`). */
const blockSize = 4;
const alignment = 2;

const { fround } = Math;

/** 1127 ln(1 + f / 700), in float32. */
function melOf(frequency: number): number {
  return fround(1127 * fround(Math.log1p(fround(frequency / 700))));
}

const fixed = (weight: number): number => Math.floor(fround(fround(weight * (1 << filterbankBits)) + 0.5));

export interface FilterbankOptions {
  readonly numChannels: number;
  /** In Hz. */
  readonly lowerBandLimit: number;
  readonly upperBandLimit: number;
}

/** Bins of a spectrum that a channel reads, and where its weights begin. */
interface Channel {
  bin: number;
  weight: number;
  width: number;
}

/** Square root of an integer up to 2^53, rounded; 65535 where the integer has 32 bits (`Sqrt32`, `Sqrt64`). */
function roundedRoot(x: number): number {
  const root = Math.floor(Math.sqrt(x));
  if (x < 2 ** 32 && root === 0xffff) return root;
  return x - root * root > root ? root + 1 : root;
}

/**
 * Arithmetic and layout are those of `tensorflow/lite/experimental/microfrontend/lib/filterbank.c` and `filterbank_util.c` (Apache-2.0).
 * Sums are float64: they stay below 2^53, since the transform divides by its length (Parseval).
 */
export class MelFilterbank {
  /** Bins from `start` up to `end` are read. */
  readonly start: number;
  readonly end: number;
  /** One more than there are channels: the first one's falling half is lost, as is the last one's. */
  readonly channels: readonly Channel[];
  /** Of a bin in the channel whose slope rises over it, and 1 - that in the channel before. */
  readonly weights: Int16Array;
  readonly unweights: Int16Array;
  readonly energy: Int32Array;
  /** Sums of weighted energies: element 0 is of no channel. */
  readonly sums: Float64Array;
  private readonly roots: Uint32Array;

  /** @param bins of the spectrum */
  constructor({ numChannels, lowerBandLimit, upperBandLimit }: FilterbankOptions, sampleRate: number, bins: number) {
    const hertzPerBin = fround(fround(0.5 * sampleRate) / (bins - 1));
    const [lowest, highest] = [melOf(fround(lowerBandLimit)), melOf(fround(upperBandLimit))];
    const spacing = fround(fround(highest - lowest) / (numChannels + 1));
    const centres = Array.from({ length: numChannels + 1 }, (_, i) => fround(lowest + fround(spacing * (i + 1))));
    // Without the constant part, bin 0.
    this.start = Math.trunc(fround(1.5 + fround(fround(lowerBandLimit) / hertzPerBin)));
    const mel = (bin: number): number => melOf(fround(bin * hertzPerBin));
    let end = this.start;
    const spans = centres.map((centre) => {
      const begin = end;
      while (mel(end) <= centre) end++;
      return { begin, width: end - begin };
    });
    this.end = end;
    // Channels without bins read a block of zeros in front of all weights.
    let weight = spans.some(({ width }) => width === 0) ? blockSize : 0;
    this.channels = spans.map(({ begin, width }) => {
      if (width === 0) return { bin: 0, weight: 0, width: blockSize };
      const bin = begin - (begin % alignment);
      const padded = Math.ceil((begin - bin + width) / blockSize) * blockSize;
      weight += padded;
      return { bin, weight: weight - padded, width: padded };
    });
    this.weights = new Int16Array(weight);
    this.unweights = new Int16Array(weight);
    for (const [i, { begin, width }] of spans.entries()) {
      const channel = this.channels[i];
      const below = i === 0 ? lowest : centres[i - 1];
      for (let bin = begin; bin < begin + width; bin++) {
        const share = fround(fround(centres[i] - mel(bin)) / fround(centres[i] - below));
        const at = channel.weight + bin - channel.bin;
        this.weights[at] = fixed(share);
        this.unweights[at] = fixed(fround(1 - share));
      }
    }
    this.energy = new Int32Array(Math.max(bins, ...this.channels.map(({ bin, width }) => bin + width)));
    this.sums = new Float64Array(numChannels + 1);
    this.roots = new Uint32Array(numChannels);
  }

  /** re^2 + im^2 of the bins that are read (`FilterbankConvertFftComplexToEnergy`). */
  measure(spectrum: Int16Array): void {
    for (let bin = this.start; bin < this.end; bin++) {
      const re = spectrum[2 * bin];
      const im = spectrum[2 * bin + 1];
      this.energy[bin] = re * re + im * im;
    }
  }

  /** Fills `sums` from `energy` (`FilterbankAccumulateChannels`). */
  accumulate(): void {
    const { channels, weights, unweights, energy, sums } = this;
    let falling = 0;
    for (let i = 0; i < channels.length; i++) {
      const { bin, weight, width } = channels[i];
      let sum = falling;
      falling = 0;
      for (let j = 0; j < width; j++) {
        sum += weights[weight + j] * energy[bin + j];
        falling += unweights[weight + j] * energy[bin + j];
      }
      sums[i] = sum;
    }
  }

  /** Roots of the channels' sums, divided by 2^shift (`FilterbankSqrt`): a live array. */
  squareRoots(shift: number): Uint32Array {
    for (let i = 0; i < this.roots.length; i++) this.roots[i] = roundedRoot(this.sums[i + 1]) >>> shift;
    return this.roots;
  }
}
