// Owns the binary of pixels (assembly/pixels): compiled on first use, with a scratch memory of its own that holds nothing between two calls.
import { decodeText } from '../core/byte-text';
import { pixelsText } from '../core/pixels-wasm';

/** What the binary exports; addresses and strides are bytes, `step` is the bytes of a pixel. assembly/pixels/microkernels documents each. */
export interface PixelKernels {
  makeFilter(
    source: number,
    resized: number,
    first: number,
    count: number,
    step: number,
    groups: number,
    spans: number,
    weights: number,
  ): void;
  greyPixels(step: number, source: number, count: number, output: number): void;
  resizeColumns(
    step: number,
    source: number,
    sourceBytes: number,
    rows: number,
    spans: number,
    weights: number,
    groups: number,
    count: number,
    output: number,
    lineBytes: number,
  ): void;
  resizeRows(
    lines: number,
    first: number,
    lineBytes: number,
    spans: number,
    weights: number,
    groups: number,
    count: number,
    output: number,
  ): void;
  mapBytes(source: number, sourceStep: number, count: number, table: number, output: number, outputStep: number): void;
  mapWords(source: number, sourceStep: number, count: number, table: number, output: number, outputStep: number): void;
}

const pageBytes = 65536;

/** What resizes pictures: kernels on a memory. */
export interface PixelEngine {
  readonly kernels: PixelKernels;
  /** Memory of at least `bytes`, with what earlier calls left in it. Buffers that were given before are void. */
  reserve(bytes: number): ArrayBuffer;
}

export class PixelBinary implements PixelEngine {
  readonly kernels: PixelKernels;
  private readonly memory = new WebAssembly.Memory({ initial: 1 });

  constructor() {
    const module = new WebAssembly.Module(decodeText(pixelsText));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.kernels = exports as unknown as PixelKernels;
  }

  reserve(bytes: number): ArrayBuffer {
    const pages = Math.ceil((bytes - this.memory.buffer.byteLength) / pageBytes);
    if (pages > 0) this.memory.grow(pages);
    return this.memory.buffer as ArrayBuffer;
  }
}
