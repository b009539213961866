// Owns the kernels of assembly/pixels by script, with the same results, for engines without SIMD and those that may not compile bytes.
//
// Antialiased bilinear resizing, bit-exact with Pillow's Image.resize(BILINEAR): a triangle filter with half-pixel centres whose support grows
// with the reduction. Arithmetic of Pillow's libImaging/Resample.c: weights in float64, normalized to sum 1, rounded to 22-bit fixed point;
// columns first, then rows; each pass sums in int32 from one half and drops the 22 bits, so that pixels are rounded to 8 bits after either.
import type { PixelEngine, PixelKernels } from './binary';

/** PRECISION_BITS of Resample.c: 32 bits less 8 of the pixel less 2 of headroom. 255 * 2^22 plus rounding stays below 2^31. */
const fractionBits = 22;
const oneHalf = 1 << (fractionBits - 1);

export class PixelScript implements PixelEngine {
  private bytes = new Uint8Array();
  /** The same memory: spans, and weights of one int32 each. */
  private words = new Int32Array();

  reserve(bytes: number): ArrayBuffer {
    if (bytes > this.bytes.length) {
      const buffer = new ArrayBuffer(Math.ceil(bytes / 4) * 4);
      this.bytes = new Uint8Array(buffer);
      this.words = new Int32Array(buffer);
    }
    return this.bytes.buffer as ArrayBuffer;
  }

  readonly kernels: PixelKernels = {
    makeFilter: (source, resized, first, count, step, groups, spans, weights) => {
      const { words } = this;
      const scale = source / resized;
      const support = Math.max(scale, 1);
      for (let i = 0; i < count; i++) {
        const centre = (first + i + 0.5) * scale;
        const start = Math.max(0, Math.trunc(centre - support + 0.5));
        const end = Math.min(source, Math.trunc(centre + support + 0.5));
        const height = (x: number) => Math.max(0, 1 - Math.abs((x - centre + 0.5) * (1 / support)));
        let sum = 0;
        for (let x = start; x < end; x++) sum += height(x);
        for (let t = 0; t < 4 * groups; t++) {
          const share = t < end - start ? height(start + t) / sum : 0;
          words[weights / 4 + 4 * groups * i + t] = 0.5 + share * (1 << fractionBits);
        }
        words[spans / 4 + 2 * i] = start * step;
        words[spans / 4 + 2 * i + 1] = end;
      }
    },

    // Grey by ITU-R 601 in Pillow's 16-bit integers (libImaging/Convert.c, L24).
    greyPixels: (step, source, count, output) => {
      const { bytes } = this;
      for (let at = source, to = output; to < output + count; to++, at += step) {
        bytes[to] = (19595 * bytes[at] + 38470 * bytes[at + 1] + 7471 * bytes[at + 2] + 32768) >> 16;
      }
    },

    resizeColumns: (step, source, sourceBytes, rows, spans, weights, groups, count, output, lineBytes) => {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < count; x++) {
          const from = source + y * sourceBytes + this.words[spans / 4 + 2 * x];
          const channels = step === 1 ? 1 : 3;
          for (let c = 0; c < channels; c++) {
            this.bytes[output + y * lineBytes + x * channels + c] = this.weighted(from + c, step, weights / 4 + 4 * groups * x, groups);
          }
        }
      }
    },

    resizeRows: (lines, first, lineBytes, spans, weights, groups, count, output) => {
      for (let y = 0; y < count; y++) {
        const from = lines + (this.words[spans / 4 + 2 * y] - first) * lineBytes;
        for (let i = 0; i < lineBytes; i++) {
          this.bytes[output + y * lineBytes + i] = this.weighted(from + i, lineBytes, weights / 4 + 4 * groups * y, groups);
        }
      }
    },

    mapBytes: (source, sourceStep, count, table, output, outputStep) => {
      const { bytes } = this;
      for (let i = 0; i < count; i++) bytes[output + i * outputStep] = bytes[table + bytes[source + i * sourceStep]];
    },

    mapWords: (source, sourceStep, count, table, output, outputStep) => {
      const { bytes, words } = this;
      for (let i = 0; i < count; i++) words[(output + i * outputStep) / 4] = words[table / 4 + bytes[source + i * sourceStep]];
    },
  };

  /** The weighted sum of 4 * groups bytes, `step` apart, whose first weight is a word. */
  private weighted(from: number, step: number, weight: number, groups: number): number {
    const { bytes, words } = this;
    let sum = oneHalf;
    for (let t = 0; t < 4 * groups; t++) sum += bytes[from + t * step] * words[weight + t];
    return sum >> fractionBits;
  }
}
