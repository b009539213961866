// Owns the choice of requantization per layer: the fast exact sequence whose conditions hold, or the general one.
//
// The conditions and constants are derived in assembly/requantize.ts. With e = -shift per channel and one right shift E per layer, a
// channel's weights and bias are multiplied by 2^(E - e); |accumulator| 2^(E - e) must stay below 2^31 (NonNegative) or 2^30 (Signed).
import { Requantization, requantizationBytes, scalarRequantizationBytes } from '../core/abi';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';
import { findFloatScale, floatInteger, floatLimit } from './float-requantization';
import { paddedChannels } from './layout';

/** What is known of a layer before its weights are packed. Entry c belongs to output channel c. */
export interface Accumulation {
  readonly channels: number;
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
  readonly bias: Int32Array;
  /** Clamp of centred results. */
  readonly lower: number;
  readonly upper: number;
  /** Largest |weight| that the dtype and zero point allow. */
  readonly weightLimit: number;
  /** Bound of |accumulator - bias| from the operand ranges alone. */
  readonly looseBound: number;
  /** Exact range of the accumulators of one channel, bias included, from its weights; called only when the loose bound fails. */
  readonly range: (channel: number) => { low: number; high: number };
}

export interface LayerRequantization {
  readonly mode: Requantization;
  /** What the descriptor's `shift` wants: E - 1, E or 0. */
  readonly shift: number;
  /** Per channel: left shift of its weights, or `constantChannel`. */
  readonly scaleShifts: Uint8Array;
  /** For paddedChannels channels, with the same factor. */
  readonly bias: Int32Array;
  readonly constants: ArrayBuffer;
}

/** Marks a channel whose weights are packed as zeros, because its result never changes. */
export const constantChannel = 255;

/** Right shifts above this leave no room for the rounding constants in 64 bits. */
const largestShift = 29;
/** Constant channels hold result << (E + 1), which must stay below 2^30 for results up to 255. */
const largestShiftOfConstants = 20;

interface Candidate {
  readonly mode: Requantization;
  readonly exponent: number;
}

/** What a channel's factor 2^(E - e) is multiplied into. */
type Folding = 'weights' | 'accumulators';

/** Results of the channels that do not depend on the input (undefined: it does): flushed multipliers, or a range that rounds to one code. */
function constantResults(layer: Accumulation, scan: boolean): (number | undefined)[] {
  const clamp = (x: number) => Math.min(Math.max(x, layer.lower), layer.upper);
  return Array.from({ length: layer.channels }, (_, c) => {
    if (layer.multiplier[c] === 0) return clamp(0);
    if (!scan) return undefined;
    const { low, high } = layer.range(c);
    if (low < -(2 ** 31) || high >= 2 ** 31 || Math.max(-low, high) * 2 ** Math.max(layer.shift[c], 0) >= 2 ** 31) return undefined;
    const first = clamp(multiplyByQuantizedMultiplier(low, layer.multiplier[c], layer.shift[c]));
    const last = clamp(multiplyByQuantizedMultiplier(high, layer.multiplier[c], layer.shift[c]));
    return first === last ? first : undefined;
  });
}

/** The layer's mode and right shift, if every live channel can be brought to it. */
function candidate(layer: Accumulation, results: readonly (number | undefined)[], scan: boolean, folding: Folding): Candidate | undefined {
  const isSigned = layer.lower < 0;
  if (isSigned && folding === 'accumulators') return undefined;
  const limit = isSigned ? 2 ** 30 : 2 ** 31;
  let exponent = isSigned ? 0 : 1;
  for (let c = 0; c < layer.channels; c++) if (results[c] === undefined) exponent = Math.max(exponent, -layer.shift[c]);
  if (exponent > largestShift) return undefined;
  for (let c = 0; c < layer.channels; c++) {
    if (results[c] !== undefined) {
      if (results[c] !== 0 && exponent > largestShiftOfConstants) return undefined;
      continue;
    }
    const factor = 2 ** (exponent + layer.shift[c]);
    if (folding === 'weights' && layer.weightLimit * factor > 32767) return undefined;
    if (factor >= 2 ** 31 || Math.abs(layer.bias[c]) * factor >= limit) return undefined;
    if ((layer.looseBound + Math.abs(layer.bias[c])) * factor < limit) continue;
    // Per tensor and never negative: any int32 will do, as the stock kernel's.
    if (factor === 1 && !isSigned) continue;
    if (!scan) return undefined;
    const { low, high } = layer.range(c);
    if (Math.max(-low, high) * factor >= limit) return undefined;
  }
  if (folding === 'accumulators') return { mode: Requantization.Scaled, exponent };
  return { mode: isSigned ? Requantization.Signed : Requantization.NonNegative, exponent };
}

/**
 * Rounding constant of a channel: both roundings of the normative arithmetic, times the channel's factor and `doubling`. The sum of two
 * powers of two below 2^62 that are at most 2^30 apart, so exact in a double.
 */
function rounding(exponent: number, shift: number, doubling: number): number {
  const last = 2 ** (30 + exponent);
  return doubling * (shift < 0 ? last + 2 ** (30 + exponent + shift) : last);
}

/** Writes a non-negative integer as 64 bits at a word index. */
function writeLong(words: Int32Array, index: number, value: number): void {
  words[index] = value % 2 ** 32;
  words[index + 1] = Math.floor(value / 2 ** 32);
}

function fast(layer: Accumulation, results: readonly (number | undefined)[], { mode, exponent }: Candidate): LayerRequantization {
  const padded = paddedChannels(layer.channels);
  const scaleShifts = new Uint8Array(padded);
  const bias = new Int32Array(padded);
  const constants = new ArrayBuffer((padded / 4) * requantizationBytes);
  const words = new Int32Array(constants);
  const isSigned = mode === Requantization.Signed;
  const isScaled = mode === Requantization.Scaled;
  for (let c = 0; c < layer.channels; c++) {
    const result = results[c];
    const shift = result === undefined ? layer.shift[c] : -exponent;
    const folded = exponent + shift;
    scaleShifts[c] = result === undefined ? (isScaled ? 0 : folded) : constantChannel;
    bias[c] = result === undefined ? layer.bias[c] * (isScaled ? 1 : 2 ** folded) : result * 2 ** (exponent + 1);
    const group = ((c >> 2) * requantizationBytes) / 4;
    words[group + (c & 3)] = result === undefined ? layer.multiplier[c] : 2 ** 30;
    writeLong(words, group + 4 + 2 * (c & 3), rounding(exponent, shift, isSigned ? 2 : 1));
    if (isScaled) words[group + 12 + (c & 3)] = 2 ** folded;
    else words[group + 12 + (c & 3)] = shift < 0 ? -(2 ** folded) : 0;
  }
  return { mode, shift: isSigned ? exponent : exponent - 1, scaleShifts, bias, constants };
}

function general(layer: Accumulation): LayerRequantization {
  const padded = paddedChannels(layer.channels);
  const bias = new Int32Array(padded);
  bias.set(layer.bias);
  const constants = new ArrayBuffer((padded / 4) * requantizationBytes);
  const words = new Int32Array(constants);
  for (let c = 0; c < layer.channels; c++) {
    const group = ((c >> 2) * requantizationBytes) / 4;
    words[group + (c & 3)] = layer.multiplier[c];
    words[group + 4 + (c & 3)] = layer.shift[c];
  }
  return { mode: Requantization.General, shift: 0, scaleShifts: new Uint8Array(padded), bias, constants };
}

/** float32, when the whole layer has one multiplier and float32 is exact for it; proving it for every channel would take too long. */
function float(layer: Accumulation): LayerRequantization | undefined {
  const { multiplier, shift, lower, upper } = layer;
  if (multiplier.some((m, c) => m !== multiplier[0] || shift[c] !== shift[0])) return undefined;
  const largest = Math.min(layer.looseBound + layer.bias.reduce((max, b) => Math.max(max, Math.abs(b)), 0), 2 ** 31);
  if (largest * multiplier[0] * 2 ** (shift[0] - 31) >= floatLimit) return undefined;
  const found = findFloatScale(multiplier[0], shift[0], lower, upper);
  if (!found) return undefined;
  const padded = paddedChannels(layer.channels);
  const bias = new Int32Array(padded);
  bias.set(layer.bias);
  const constants = new ArrayBuffer((padded / 4) * requantizationBytes);
  const reals = new Float32Array(constants);
  const words = new Int32Array(constants);
  for (let group = 0; group < reals.length; group += requantizationBytes / 4) {
    reals.fill(found.scale, group, group + 4);
    reals.fill(found.offset, group + 4, group + 8);
    reals.fill(floatInteger, group + 8, group + 12);
    words.fill(-(2 ** 31), group + 12, group + 16);
  }
  const mode = lower >= 0 || found.offset === 0 ? Requantization.Float : Requantization.FloatSigned;
  return { mode, shift: 0, scaleShifts: new Uint8Array(padded), bias, constants };
}

/**
 * The cheapest exact sequence: float32 where it is proven; integers with the factors in the weights, decided from loose bounds, then
 * from the weights themselves; with the factors on the accumulators; at last the general one.
 */
export function chooseRequantization(layer: Accumulation): LayerRequantization {
  const proven = float(layer);
  if (proven) return proven;
  for (const [scan, folding] of [
    [false, 'weights'],
    [true, 'weights'],
    [true, 'accumulators'],
  ] as const) {
    const results = constantResults(layer, scan);
    const found = candidate(layer, results, scan, folding);
    if (found) return fast(layer, results, found);
  }
  return general(layer);
}

/** Tensor-wide constants of ADD, SUB and MUL operands below 2^30 in magnitude after their left shift; see ScalarRequantization. */
export function scalarRequantization(multiplier: number, shift: number, leftShift: number, operandLimit: number): ArrayBuffer {
  const constants = new ArrayBuffer(scalarRequantizationBytes);
  const words = new Int32Array(constants);
  const exponent = multiplier === 0 ? 0 : Math.max(-shift, 0);
  const operandShift = leftShift + Math.max(shift, 0);
  words.fill(multiplier, 0, 4);
  for (const index of [4, 6]) writeLong(words, index, rounding(exponent, -exponent, 2));
  words.fill(exponent > 0 ? -1 : 0, 8, 12);
  words[12] = operandShift;
  words[13] = exponent;
  words[14] = operandLimit * 2 ** operandShift < 2 ** 30 ? 0 : 1;
  words[15] = multiplier;
  words[16] = shift;
  return constants;
}
