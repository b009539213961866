// Owns the inner loops of layers with weights: products of one patch and all filters, summed per output channel.
import type { Node } from '../graph/graph';
import type { Window } from './window';

/** Shape of the filters that a patch [taps, channels] is multiplied by. */
interface FilterShape {
  /** filterH * filterW; 1 for FULLY_CONNECTED. */
  readonly taps: number;
  /** Channels of the patch. */
  readonly channels: number;
  readonly outputChannels: number;
  /** Channels that one filter reads: channels / groups. CONV_2D filters are [outputChannels, taps, filterChannels]. */
  readonly filterChannels: number;
}

/** The last axis of filters is `filterChannels`, that of outputs `outputChannels`. */
export function filterShape({ inputs, outputs }: Node, { rows, columns, channels }: Window): FilterShape {
  const taps = rows.filter * columns.filter;
  return { taps, channels, outputChannels: outputs[0].shape.at(-1)!, filterChannels: inputs[1]!.shape.at(-1)! };
}

/**
 * Adds to every output channel; `accumulators` hold the bias. int32 sums wrap; float64 ones are exact: products are below 2^24, and a patch
 * has fewer than 2^24 elements.
 */
type AccumulateIntegers = (shape: FilterShape, patch: Int16Array, filter: Int16Array, accumulators: Accumulators) => void;

/** int32, or exact integers in float64 for the int64 of TFLite. */
export type Accumulators = Int32Array | Float64Array;

/** Writes every output channel's sum, added up in float32 in the order of the taps. */
type AccumulateFloats = (shape: FilterShape, patch: Float32Array, filter: Float32Array, sums: Float32Array) => void;

/** One assignment of patch elements to filters, in both arithmetics. */
export interface Accumulate {
  readonly integers: AccumulateIntegers;
  readonly floats: AccumulateFloats;
}

/** CONV_2D and FULLY_CONNECTED: output channel o reads the channels of its group. */
export const dense: Accumulate = {
  integers({ taps, channels, outputChannels, filterChannels }, patch, filter, accumulators) {
    const outputsPerGroup = (outputChannels * filterChannels) / channels;
    const isWide = accumulators instanceof Float64Array;
    let f = 0;
    for (let o = 0; o < outputChannels; o++) {
      let sum = accumulators[o];
      let p = Math.floor(o / outputsPerGroup) * filterChannels;
      for (let tap = 0; tap < taps; tap++) {
        if (isWide) for (let c = 0; c < filterChannels; c++) sum += patch[p + c] * filter[f + c];
        else for (let c = 0; c < filterChannels; c++) sum = (sum + Math.imul(patch[p + c], filter[f + c])) | 0;
        p += channels;
        f += filterChannels;
      }
      accumulators[o] = sum;
    }
  },
  floats({ taps, channels, outputChannels, filterChannels }, patch, filter, sums) {
    const outputsPerGroup = (outputChannels * filterChannels) / channels;
    let f = 0;
    for (let o = 0; o < outputChannels; o++) {
      let sum = 0;
      let p = Math.floor(o / outputsPerGroup) * filterChannels;
      for (let tap = 0; tap < taps; tap++) {
        for (let c = 0; c < filterChannels; c++) sum = Math.fround(sum + Math.fround(patch[p + c] * filter[f + c]));
        p += channels;
        f += filterChannels;
      }
      sums[o] = sum;
    }
  },
};

/** DEPTHWISE_CONV_2D: filters are [taps, outputChannels], output channel c * multiplier + m reads channel c. */
export const depthwise: Accumulate = {
  integers({ taps, channels, outputChannels }, patch, filter, accumulators) {
    const depthMultiplier = outputChannels / channels;
    let f = 0;
    for (let p = 0; p < taps * channels; p++) {
      const firstOutput = (p % channels) * depthMultiplier;
      for (let m = 0; m < depthMultiplier; m++) accumulators[firstOutput + m] += Math.imul(patch[p], filter[f++]);
    }
  },
  floats({ taps, channels, outputChannels }, patch, filter, sums) {
    const depthMultiplier = outputChannels / channels;
    sums.fill(0);
    let f = 0;
    for (let p = 0; p < taps * channels; p++) {
      const firstOutput = (p % channels) * depthMultiplier;
      // The store into float32 rounds the sum.
      for (let m = 0; m < depthMultiplier; m++) sums[firstOutput + m] += Math.fround(patch[p] * filter[f++]);
    }
  },
};
