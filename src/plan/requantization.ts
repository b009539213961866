// Owns the choice of requantization per layer: the fast exact sequence whose conditions hold, or the general one.
//
// The conditions and constants are derived in assembly/requantize.ts. With e = -shift per channel and one right shift E per layer, a
// channel's weights and bias are multiplied by 2^(E - e); |accumulator| 2^(E - e) must stay below 2^31 (NonNegative) or 2^30 (Signed).
import { Requantization, requantizationBytes, scalarRequantizationBytes } from '../core/abi';
import type { Scratch } from '../core/scratch';
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
  /** Maximum of |weight| for the dtype and zero point. */
  readonly maxWeight: number;
  /** Packed weights hold no factor; the kernel multiplies accumulators instead, in signed layers too. Default: int16 weights hold them. */
  readonly plainWeights?: boolean;
  /** With plainWeights: float32 is faster than 64-bit products, as on x86. */
  readonly prefersFloat?: boolean;
  /** With plainWeights: a run has more results than the layer has weights, so that computing ranges for a faster mode is worth it. */
  readonly hasManyResults?: boolean;
  /** Upper bound of |accumulator - bias| from the operand ranges alone. */
  readonly looseBound: number;
  /** Computes the proof of float32. */
  readonly scratch: Scratch;
  /**
   * Exact range of the accumulators of one channel, bias included, from its weights, or from the first `depth` of them, which is never
   * wider; called only where the loose bound is too large.
   */
  readonly range: (channel: number, depth?: number) => { low: number; high: number };
}

export interface LayerRequantization {
  readonly mode: Requantization;
  /** The descriptor's `shift`: E - 1 (NonNegative, Scaled), E (Signed, ScaledSigned) or 0. */
  readonly shift: number;
  /** Per channel: left shift of its weights, or `constantChannel`. */
  readonly scaleShifts: Uint8Array;
  /** For paddedChannels channels, shifted as the weights are. */
  readonly bias: Int32Array;
  readonly constants: ArrayBuffer;
}

/** Marks a channel whose weights are packed as zeros, since its result is the same for all inputs. */
export const constantChannel = 255;

/** Of E: beyond it 64-bit sums of the sequences overflow. */
const maxShift = 29;
/** Of E in layers with constant channels, whose bias is result << (E + 1): below 2^30 for results up to 255. */
const maxConstantShift = 20;

interface Candidate {
  readonly mode: Requantization;
  readonly exponent: number;
}

/** What a channel's factor 2^(E - e) multiplies. */
type Folding = 'weights' | 'accumulators';

/** Of a channel that almost always have several results; all weights are looked at only where they have one. */
const firstWeights = 8;

/**
 * Results of the channels that are the same for all inputs, else undefined: channels with multiplier 0, and, with `scan`, those whose
 * exact accumulator range rounds to one code.
 */
function constantResults(layer: Accumulation, scan: boolean): (number | undefined)[] {
  const { channels, multiplier, shift, lower, upper, range } = layer;
  const clamp = (x: number) => Math.min(Math.max(x, lower), upper);
  /** The result of a channel from its first weights; undefined: there are several, or sums that overflow. */
  const resultOf = (c: number, depth?: number): number | undefined => {
    const { low, high } = range(c, depth);
    if (low < -(2 ** 31) || high >= 2 ** 31 || Math.max(-low, high) * 2 ** Math.max(shift[c], 0) >= 2 ** 31) return undefined;
    const min = clamp(multiplyByQuantizedMultiplier(low, multiplier[c], shift[c]));
    return min === clamp(multiplyByQuantizedMultiplier(high, multiplier[c], shift[c])) ? min : undefined;
  };
  const results = new Array<number | undefined>(channels).fill(undefined);
  for (let c = 0; c < channels; c++) {
    if (multiplier[c] === 0) results[c] = clamp(0);
    else if (scan && resultOf(c, firstWeights) !== undefined) results[c] = resultOf(c);
  }
  return results;
}

/** The layer's mode and right shift E, if the conditions hold for every channel whose result is not constant. */
function findCandidate(
  layer: Accumulation,
  results: readonly (number | undefined)[],
  scan: boolean,
  folding: Folding,
): Candidate | undefined {
  const isSigned = layer.lower < 0;
  const isScaled = folding === 'accumulators';
  if (isSigned && isScaled && !layer.plainWeights) return undefined;
  const limit = isSigned ? 2 ** 30 : 2 ** 31;
  let exponent = isSigned && !isScaled ? 0 : 1;
  for (let c = 0; c < layer.channels; c++) if (results[c] === undefined) exponent = Math.max(exponent, -layer.shift[c]);
  if (exponent > maxShift) return undefined;
  for (let c = 0; c < layer.channels; c++) {
    if (results[c] !== undefined) {
      if (results[c] !== 0 && exponent > maxConstantShift) return undefined;
      continue;
    }
    const factor = 2 ** (exponent + layer.shift[c]);
    if (!isScaled && (layer.plainWeights ? factor > 1 : layer.maxWeight * factor > 32767)) return undefined;
    // The correction of ScaledSigned is that of right shifts.
    if (isScaled && isSigned && layer.shift[c] >= 0) return undefined;
    if (factor >= 2 ** 31 || Math.abs(layer.bias[c]) * factor >= limit) return undefined;
    if ((layer.looseBound + Math.abs(layer.bias[c])) * factor < limit) continue;
    // Factor 1 and results >= 0: the sequence is exact for every int32 accumulator.
    if (factor === 1 && !isSigned) continue;
    if (!scan) return undefined;
    const { low, high } = layer.range(c);
    if (Math.max(-low, high) * factor >= limit) return undefined;
  }
  if (isScaled) return { mode: isSigned ? Requantization.ScaledSigned : Requantization.Scaled, exponent };
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

/** Writes a non-negative integer as 64 bits at a word index: storing into an Int32Array takes it modulo 2^32, or truncates it. */
function writeLong(words: Int32Array, index: number, value: number): void {
  words[index] = value;
  words[index + 1] = value / 2 ** 32;
}

/** Right shift E of ScaledHalf and SignedHalf: the results are the upper halves of the high words. */
const halfExponents = { [Requantization.ScaledHalf]: 17, [Requantization.SignedHalf]: 16 };

/**
 * The mode whose results are upper halves, where it is exact: every e <= E, for signed results e >= 1, as ScaledSigned requires, and
 * accumulators that are small enough by loose bounds or, where there are many results, by the weights themselves.
 */
function findHalf(layer: Accumulation, results: readonly (number | undefined)[]): Candidate | undefined {
  const isSigned = layer.lower < 0;
  const mode = isSigned ? Requantization.SignedHalf : Requantization.ScaledHalf;
  const exponent = halfExponents[mode];
  const limit = isSigned ? 2 ** 30 : 2 ** 31;
  for (let c = 0; c < layer.channels; c++) {
    if (results[c] !== undefined) continue;
    const right = -layer.shift[c];
    if (right > exponent || (isSigned && right < 1)) return undefined;
    const factor = 2 ** (exponent - right);
    if ((layer.looseBound + Math.abs(layer.bias[c])) * factor < limit) continue;
    if (!layer.hasManyResults) return undefined;
    const { low, high } = layer.range(c);
    if (Math.max(-low, high) * factor >= limit) return undefined;
  }
  return { mode, exponent };
}

function halfRequantization(layer: Accumulation): LayerRequantization | undefined {
  const results = constantResults(layer, false);
  const found = findHalf(layer, results);
  return found && integerRequantization(layer, results, found);
}

function integerRequantization(
  layer: Accumulation,
  results: readonly (number | undefined)[],
  { mode, exponent }: Candidate,
): LayerRequantization {
  const padded = paddedChannels(layer.channels);
  const scaleShifts = new Uint8Array(padded);
  const bias = new Int32Array(padded);
  const constants = new ArrayBuffer((padded / 4) * requantizationBytes);
  const words = new Int32Array(constants);
  const isNegated = mode === Requantization.ScaledSigned || mode === Requantization.SignedHalf;
  const isSigned = mode === Requantization.Signed || isNegated;
  const hasFactors = mode === Requantization.Scaled || mode === Requantization.ScaledHalf;
  const isScaled = hasFactors || isNegated;
  const sign = isNegated ? -1 : 1;
  for (let c = 0; c < layer.channels; c++) {
    const result = results[c];
    const shift = result === undefined ? layer.shift[c] : -exponent;
    const folded = exponent + shift;
    scaleShifts[c] = result === undefined ? (isScaled ? 0 : folded) : constantChannel;
    bias[c] = result === undefined ? layer.bias[c] * (isScaled ? 1 : 2 ** folded) : result * 2 ** (exponent + 1);
    const group = ((c >> 2) * requantizationBytes) / 4;
    words[group + (c & 3)] = sign * (result === undefined ? layer.multiplier[c] : 2 ** 30);
    writeLong(words, group + 4 + 2 * (c & 3), rounding(exponent, shift, isSigned ? 2 : 1));
    if (hasFactors) words[group + 12 + (c & 3)] = 2 ** folded;
    else words[group + 12 + (c & 3)] = shift < 0 ? -(2 ** folded) : 0;
  }
  return { mode, shift: isSigned ? exponent : exponent - 1, scaleShifts, bias, constants };
}

/** Without a factor on weights or bias, and constants still to be written. */
function unscaled(layer: Accumulation, mode: Requantization): LayerRequantization {
  const padded = paddedChannels(layer.channels);
  const bias = new Int32Array(padded);
  bias.set(layer.bias);
  return { mode, shift: 0, scaleShifts: new Uint8Array(padded), bias, constants: new ArrayBuffer((padded / 4) * requantizationBytes) };
}

function generalRequantization(layer: Accumulation): LayerRequantization {
  const requantization = unscaled(layer, Requantization.General);
  const words = new Int32Array(requantization.constants);
  for (let c = 0; c < layer.channels; c++) {
    const group = ((c >> 2) * requantizationBytes) / 4;
    words[group + (c & 3)] = layer.multiplier[c];
    words[group + 4 + (c & 3)] = layer.shift[c];
  }
  return requantization;
}

/** Where the whole layer has one multiplier and float32 is exact for it; a proof per channel would take too long. */
function floatRequantization(layer: Accumulation): LayerRequantization | undefined {
  const { multiplier, shift, lower, upper } = layer;
  if (multiplier.some((m, c) => m !== multiplier[0] || shift[c] !== shift[0])) return undefined;
  const maxAccumulator = Math.min(layer.looseBound + layer.bias.reduce((max, b) => Math.max(max, Math.abs(b)), 0), 2 ** 31);
  const group = floatConstants(layer.scratch, multiplier[0], shift[0], lower, upper, maxAccumulator);
  if (!group) return undefined;
  const mode = lower >= 0 || group[4] === 0 ? Requantization.Float : Requantization.FloatSigned;
  const requantization = unscaled(layer, mode);
  const constants = new Uint8Array(requantization.constants);
  const bytes = new Uint8Array(group.buffer);
  for (let at = 0; at < constants.length; at += requantizationBytes) constants.set(bytes, at);
  return requantization;
}

/**
 * Constants of FloatSigned for 4 channels, whose first two vectors are those of Float, where float32 is exact for accumulators up to
 * `maxAccumulator` in magnitude.
 */
export function floatConstants(
  scratch: Scratch,
  multiplier: number,
  shift: number,
  lower: number,
  upper: number,
  maxAccumulator: number,
): Float32Array | undefined {
  if (maxAccumulator * multiplier * 2 ** (shift - 31) >= floatLimit) return undefined;
  const found = findFloatScale(scratch, multiplier, shift, lower, upper);
  if (!found) return undefined;
  const reals = new Float32Array(requantizationBytes / 4);
  reals.fill(found.scale, 0, 4);
  reals.fill(found.offset, 4, 8);
  reals.fill(floatInteger, 8, 12);
  new Int32Array(reals.buffer).fill(-(2 ** 31), 12, 16);
  return reals;
}

/**
 * The cheapest exact sequence: float32 where it is proven; integers with the factors in the weights, decided from loose bounds, then
 * from the weights themselves; with the factors on the accumulators; at last the general one.
 */
export function chooseRequantization(layer: Accumulation): LayerRequantization {
  const half = layer.plainWeights && !layer.prefersFloat ? halfRequantization(layer) : undefined;
  const proven = half ?? floatRequantization(layer) ?? (layer.plainWeights ? halfRequantization(layer) : undefined);
  if (proven) return proven;
  for (const [scan, folding] of [
    [false, 'weights'],
    [true, 'weights'],
    [true, 'accumulators'],
  ] as const) {
    const results = constantResults(layer, scan);
    const found = findCandidate(layer, results, scan, folding);
    if (found) return integerRequantization(layer, results, found);
  }
  return generalRequantization(layer);
}

/** Constants of ADD, SUB, MUL, MEAN and SUM (assembly/abi.ts, ScalarRequantization) for operands up to `maxOperand` in magnitude before `leftShift`. */
export function scalarRequantization(multiplier: number, shift: number, leftShift: number, maxOperand: number): ArrayBuffer {
  const constants = new ArrayBuffer(scalarRequantizationBytes);
  const words = new Int32Array(constants);
  const exponent = multiplier === 0 ? 0 : Math.max(-shift, 0);
  const operandShift = leftShift + Math.max(shift, 0);
  words.fill(multiplier, 0, 4);
  for (const index of [4, 6]) writeLong(words, index, rounding(exponent, -exponent, 2));
  words.fill(exponent > 0 ? -1 : 0, 8, 12);
  words[12] = operandShift;
  words[13] = exponent;
  // The sequence's conditions: |X| < 2^30, and 2 X m + 2 R is an int64.
  const largest = maxOperand * 2 ** operandShift;
  const isFast = largest < 2 ** 30 && 2 * largest * multiplier + rounding(exponent, -exponent, 2) < 2 ** 63;
  words[14] = isFast ? 0 : 1;
  if (!isFast) words.fill(shift, 4, 8);
  words[15] = multiplier;
  words[16] = shift;
  return constants;
}

/** Whether constants of scalarRequantization have no form of four lanes: results are computed one by one. */
export function isGeneral(constants: ArrayBuffer): boolean {
  return new Int32Array(constants)[14] === 1;
}
