// Owns the proof of what an engine's relaxed dot products are: the relaxed core's own kernels run on extreme bytes, once per module.
//
// The specification of relaxed SIMD leaves two things open for the products of signed weights and activations: whether activations with
// their high bit set are signed or unsigned, and whether the sum of two products, an int16, saturates (relaxed-simd, "Relaxed integer dot
// product"). Every sum of the probe must be that of one rule; else the engine runs the core without them.
import { Requantization } from './abi';
import { DotVariant, dotOperators, dotPanelBytes } from './abi-relaxed';
import type { Isa, WasmModule } from './isa';
import { Scratch } from './scratch';

const turns = 2;
const elements = 8 * turns;
const pixels = 4;
const channels = 16;
/** Both signs of every boundary: of int8, of uint8, of two products that overflow int16, and of the two next to each. */
const extremeWeights = [-128, -127, -64, -1, 0, 1, 64, 126, 127];
const extremeTerms = [0, 1, 64, 127, 128, 129, 192, 254, 255];

/** Places of the probe in one page of memory. */
const places = {
  end: 65536,
  panel: 256,
  offsets: 320,
  bias: 384,
  constants: 512,
  workspace: 2048,
  output: 2560,
  terms: 4096,
  weights: 8192,
};

const proven = new WeakMap<WasmModule, Isa>();

/** Sum of one quad: two sums of two products each. */
type QuadSum = (first: number, second: number) => number;
const exact: QuadSum = (first, second) => first + second;
const toInt16 = (sum: number) => (sum << 16) >> 16;
const saturated = (sum: number) => Math.min(Math.max(sum, -32768), 32767);

/** Bytes that repeat no pattern of a lane, a quad or a pixel (a linear congruential generator, Numerical Recipes). */
function* extremes(values: readonly number[], seed: number): Generator<number> {
  for (let state = seed; ; state = (Math.imul(state, 1664525) + 1013904223) | 0) yield values[(state >>> 16) % values.length];
}

/** What an engine proves to do with a relaxed core's module; `simd` where its dot products follow no rule that the plan knows. */
export function proveIsa(module: WasmModule): Isa {
  const known = proven.get(module) ?? new Probe(module).isa();
  proven.set(module, known);
  return known;
}

class Probe {
  private readonly scratch: Scratch;
  private readonly buffer: ArrayBuffer;
  private readonly weights = new Int8Array(elements * channels);
  private readonly terms = new Uint8Array(elements * pixels);

  constructor(module: WasmModule) {
    this.scratch = new Scratch(module);
    const buffer = this.scratch.reserve(places.end);
    this.buffer = buffer;
    const weights = extremes(extremeWeights, 1);
    const terms = extremes(extremeTerms, 2);
    for (let i = 0; i < this.weights.length; i++) this.weights[i] = weights.next().value!;
    for (let i = 0; i < this.terms.length; i++) this.terms[i] = terms.next().value!;
    // Both products of two are the largest.
    this.weights.fill(-128, 0, 8);
    this.terms.fill(128, 0, 4);
    this.weights.fill(127, 8, 12);
    this.terms.fill(255, elements, elements + 4);
    new Int8Array(buffer, places.weights).set(this.weights);
    new Uint8Array(buffer, places.terms).set(this.terms);
    new Int32Array(buffer, places.offsets, pixels).set([0, elements, 2 * elements, 3 * elements]);
  }

  isa(): Isa {
    const signed = (byte: number) => (byte << 24) >> 24;
    const unsigned = (byte: number) => byte;
    const isDot = (term: (byte: number) => number, sum: QuadSum) =>
      [DotVariant.Dot4, DotVariant.Dot2].every((variant) => this.follows(variant, term, sum));
    if (isDot(signed, exact)) return 'relaxed-signed';
    if (isDot(signed, (first, second) => toInt16(first) + toInt16(second))) return 'relaxed-signed-wrapping';
    if (isDot(unsigned, exact)) return 'relaxed-unsigned';
    const ones = this.follows(DotVariant.Ones, unsigned, (first, second) => saturated(first) + saturated(second));
    return ones && this.followsPairs() ? 'relaxed-saturating' : 'simd';
  }

  /** Whether the accumulators of `variant` are the sums of quads by this rule. */
  private follows(variant: DotVariant, term: (byte: number) => number, sum: QuadSum): boolean {
    return this.matches(variant, (pixel, channel) => {
      let total = 0;
      for (let quad = 0; quad < 2 * turns; quad++) total += sum(...this.products(pixel, channel, quad, term));
      return total;
    });
  }

  /** Whether Pairs adds the saturated sums of two quads in int16. */
  private followsPairs(): boolean {
    const unsigned = (byte: number) => byte;
    return this.matches(DotVariant.Pairs, (pixel, channel) => {
      let total = 0;
      for (let quad = 0; quad < 2 * turns; quad += 2) {
        const [a, b] = this.products(pixel, channel, quad, unsigned);
        const [c, d] = this.products(pixel, channel, quad + 1, unsigned);
        total += toInt16(saturated(a) + saturated(c)) + toInt16(saturated(b) + saturated(d));
      }
      return total;
    });
  }

  /** Both sums of two products of one quad. */
  private products(pixel: number, channel: number, quad: number, term: (byte: number) => number): [number, number] {
    const product = (i: number) => this.weights[(quad * channels + channel) * 4 + i] * term(this.terms[pixel * elements + quad * 4 + i]);
    return [product(0) + product(1), product(2) + product(3)];
  }

  /** Runs the kernel on all pixels at once; the accumulators of the last tile are what it leaves behind. */
  private matches(variant: DotVariant, expected: (pixel: number, channel: number) => number): boolean {
    const rows = variant === DotVariant.Dot4 ? 4 : 2;
    this.run(variant);
    const accumulators = new Int32Array(this.buffer, places.workspace, rows * channels);
    return accumulators.every((sum, i) => sum === expected(pixels - rows + Math.floor(i / channels), i % channels));
  }

  private run(variant: DotVariant): void {
    new Uint32Array(this.buffer, places.panel, dotPanelBytes / 4).set([0, 0, 0, variant]);
    this.scratch.run(dotOperators.DotConvolution, {
      ...{ input: places.terms, inputOffsets: places.offsets, output: places.output, outputOffsets: places.offsets },
      ...{ pixels, taps: 1, tapOffsets: places.offsets, turns, panels: 1, panelTable: places.panel, weights: places.weights },
      ...{ bias: places.bias, constants: places.constants, mode: Requantization.General, workspace: places.workspace },
    });
  }
}
