// Owns the binary of the tools (assembly/tools): its instance, its memory, and what is held there.
import { binary } from './wasm';

interface Exports {
  extremes(data: number, count: number, extreme: number): void;
  countBins(data: number, count: number, perWidth: number, first: number, bins: number, counts: number): void;
  channelRanges(data: number, positions: number, channels: number, low: number, high: number, sums: number): void;
  channelMoments(data: number, positions: number, step: number, channels: number, squares: number, active: number): void;
  codeSums(codes: number, rows: number, count: number, isSigned: number, sums: number): void;
  gram(a: number, m: number, b: number, n: number, k: number, stride: number, isUpper: number, products: number): void;
  gatherCodes(
    codes: number,
    bytes: number,
    isSigned: number,
    zeroPoint: number,
    blank: number,
    origins: number,
    count: number,
    columns: number,
    to: number,
    stride: number,
  ): void;
  gatherReals(
    reals: number,
    factor: number,
    blank: number,
    origins: number,
    count: number,
    columns: number,
    to: number,
    stride: number,
  ): void;
  subtractInputs(stored: number, inputs: number, unit: number, columns: number, count: number, stride: number, errors: number): void;
  centre(data: number, spans: number, count: number, stride: number): void;
  covariances(
    inputs: number,
    matrices: number,
    size: number,
    rows: number,
    shrinkage: number,
    ridge: number,
    products: number,
    order: number,
    upper: number,
  ): void;
  inverseCovariance(upper: number, order: number, size: number, products: number, factor: number, inverse: number): void;
  refitChannels(
    inputs: number,
    errors: number,
    matrices: number,
    outputs: number,
    size: number,
    rows: number,
    half: number,
    order: number,
    upper: number,
    weights: number,
    products: number,
    scratch: number,
    change: number,
    sums: number,
  ): void;
  roundChannels(
    matrices: number,
    size: number,
    order: number,
    upper: number,
    weights: number,
    parameters: number,
    low: number,
    high: number,
    scratch: number,
    codes: number,
  ): void;
  roundOutputs(
    upper: number,
    size: number,
    weights: number,
    count: number,
    parameters: number,
    low: number,
    high: number,
    errors: number,
    carries: number,
    codes: number,
  ): void;
}

const pageBytes = 1 << 16;

let memory: WebAssembly.Memory | undefined;
let functions: Exports | undefined;
/** Bytes from 0 on that `areas` leaves alone. */
let held = 0;

/** The binary's functions; it is compiled by the first call. */
export function kernels(): Exports {
  if (!functions) {
    memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(Buffer.from(binary, 'hex'));
    functions = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  }
  return functions;
}

function place(sizes: readonly number[]): { readonly addresses: number[]; readonly end: number } {
  kernels();
  let end = held;
  const addresses = sizes.map((size) => {
    const address = end;
    end += Math.ceil(size / 16) * 16;
    return address;
  });
  const missing = end - memory!.buffer.byteLength;
  if (missing > 0) memory!.grow(Math.ceil(missing / pageBytes));
  return { addresses, end };
}

/** Addresses of areas of these sizes, each a multiple of 16; they are valid until the next call. Earlier views of the memory may end. */
export function areas(...bytes: readonly number[]): number[] {
  return place(bytes).addresses;
}

/** Addresses of areas that stay until `release`; there is one holder at a time. */
export function hold(...bytes: readonly number[]): number[] {
  if (held > 0) throw new RangeError('the memory of the tools is held already');
  const { addresses, end } = place(bytes);
  held = end;
  return addresses;
}

export function release(): void {
  held = 0;
}

/** Views of the memory, valid until it grows. */
export const bytes = (address: number, count: number): Int8Array => new Int8Array(memory!.buffer, address, count);
export const halves = (address: number, count: number): Int16Array => new Int16Array(memory!.buffer, address, count);
export const words = (address: number, count: number): Int32Array => new Int32Array(memory!.buffer, address, count);
export const singles = (address: number, count: number): Float32Array => new Float32Array(memory!.buffer, address, count);
export const doubles = (address: number, count: number): Float64Array => new Float64Array(memory!.buffer, address, count);
