// Owns reconstruction: weight codes for which a layer's outputs, not its weights, are nearest to those of the float layer.
import { type TensorData, type WeightedNode, weightedValues, zeroPointOf } from 'zeropoint/graph';
import type { InputMatrices } from '../../kernels/input-matrices';
import { nearestCode, type WeightCodes } from '../build/weights';
import { factorize, inputMatrices } from './input-covariance';
import { LayerRows, unitsPerStep } from './layer-inputs';
import { type Refit, refit, refitShare } from './refit';
import { roundWeights } from './round';

export interface ReconstructionSettings {
  /** Choose codes by the outputs' error instead of rounding each weight to the nearest code. */
  readonly round: boolean;
  /** The layer's inputs in the float network, as FloatInputs gives them; present: refit the weights. */
  readonly floatInputs?: Int16Array;
}

/** A refit estimates `size` weights per output; with fewer rows per weight than this its noise exceeds its gain. */
const minRowsPerColumn = 2;

/** Whether `floatInputs` of a layer are used. */
export const isRefittable = ({ rows, size }: LayerRows): boolean => rows >= minRowsPerColumn * size;

/**
 * New codes for `weights`, the real weights of `node`, a quantized layer that satisfies hasColumns; `codes` give scale, zero point and
 * limits. `inputs`: the codes of the layer's input on each sample, in the quantized network. Returns `codes` where there are fewer rows
 * than weights per output, since their covariance is singular.
 */
export function reconstructLayer(
  node: WeightedNode,
  weights: Float32Array,
  codes: WeightCodes,
  inputs: readonly TensorData[],
  { round, floatInputs }: ReconstructionSettings,
): WeightCodes {
  const rows = new LayerRows(node, inputs.length);
  if (rows.rows < rows.size) return codes;
  const refitted = floatInputs !== undefined && isRefittable(rows) ? floatInputs : undefined;
  const matrices = inputMatrices(rows, refitted !== undefined);
  const { input } = weightedValues(node);
  const taps = inputs.map((_, sample) => rows.taps(sample));
  try {
    const refits: Refit[] = [];
    for (let first = 0; first < rows.matrices; first += matrices.perPart) {
      matrices.part(first);
      for (const [sample, data] of inputs.entries()) {
        const [row, end] = [rows.firstRow(sample), rows.firstRow(sample + 1)];
        if (row === end) continue;
        matrices.gather(row, data as Int8Array, zeroPointOf(input), taps[sample]);
        if (refitted)
          matrices.subtractFrom(refitted.subarray(row * rows.columns, end * rows.columns), 1 / unitsPerStep(input), row, end - row);
      }
      factorize(matrices, rows);
      if (refitted) refits.push(...refitPart(weights, rows, matrices));
    }
    const target = refitted ? changed(weights, rows, refits) : weights;
    return { ...codes, data: round ? roundWeights(target, matrices, rows, codes) : nearestCodes(target, rows, codes) };
  } finally {
    matrices.release();
  }
}

function nearestCodes(weights: Float32Array, { matrices, size }: LayerRows, codes: WeightCodes): WeightCodes['data'] {
  const data = codes.data.slice();
  for (let i = 0; i < data.length; i++) data[i] = nearestCode(weights[i], codes, matrices > 1 ? i % matrices : Math.floor(i / size));
  return data;
}

/** Refits of the matrices of the part in turn. */
function refitPart(weights: Float32Array, rows: LayerRows, inputs: InputMatrices): Refit[] {
  const half = rows.firstRow(rows.samples >> 1);
  const { matrices, size } = rows;
  if (matrices === 1) return [refit(weights, inputs, rows, half)];
  const { change, sums } = inputs.refitChannels(weights, half);
  return Array.from({ length: change.length / size }, (_, m) => {
    return { change: change.subarray(m * size, (m + 1) * size), agreement: sums[2 * m], square: sums[2 * m + 1] };
  });
}

/** weights + share * change, see refit.ts. */
function changed(weights: Float32Array, { matrices, size }: LayerRows, refits: readonly Refit[]): Float32Array {
  const share = refitShare(refits);
  const target = weights.slice();
  if (matrices === 1) for (let i = 0; i < target.length; i++) target[i] += share * refits[0].change[i];
  else for (const [m, { change }] of refits.entries()) for (let k = 0; k < size; k++) target[k * matrices + m] += share * change[k];
  return target;
}
