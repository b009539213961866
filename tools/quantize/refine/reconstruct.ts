// Owns reconstruction: weight codes for which a layer's outputs, not its weights, are nearest to those of the float layer.
import { type TensorData, type WeightedNode, weightedValues, zeroPointOf } from 'zeropoint/graph';
import { nearestCode, type WeightCodes } from '../build/weights';
import { type InputCovariance, inputCovariance } from './input-covariance';
import { LayerRows, quantizedInputs } from './layer-inputs';
import { centre } from './linear-algebra';
import { type Refit, refit, refitShare } from './refit';
import { roundMatrix, type WeightSlice } from './round';

export interface ReconstructionSettings {
  /** Choose codes by the outputs' error instead of rounding each weight to the nearest code. */
  readonly round: boolean;
  /** The layer's inputs in the float network, as FloatInputs gives them; present: refit the weights. Overwritten. */
  readonly floatInputs?: Float32Array;
}

/** A refit estimates `size` weights per output; with fewer rows per weight than this its noise exceeds its gain. */
const minRowsPerColumn = 2;

/** Whether `floatInputs` of a layer are used. */
export const isRefittable = ({ rows, size }: LayerRows): boolean => rows >= minRowsPerColumn * size;

/** One matrix [size, rows] of centred quantized inputs, with its covariance. */
interface Part {
  readonly columns: Float32Array;
  readonly covariance: InputCovariance;
}

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
  const matrices = quantizedInputs(rows, inputs, zeroPointOf(weightedValues(node).input));
  const isRefit = floatInputs !== undefined && isRefittable(rows);
  if (isRefit) for (let i = 0; i < matrices.length; i++) floatInputs[i] -= matrices[i];
  centre(matrices, rows.rows);
  const length = rows.size * rows.rows;
  const parts = Array.from({ length: rows.matrices }, (_, m): Part => {
    const columns = matrices.subarray(m * length, (m + 1) * length);
    return { columns, covariance: inputCovariance(columns, rows.size, rows.rows) };
  });
  const target = isRefit ? refitWeights(weights, rows, parts, floatInputs) : weights;
  const data = codes.data.slice();
  for (const [m, { covariance }] of parts.entries()) {
    const slices = slicesOf(rows, m);
    if (round) roundMatrix(target, covariance, codes, slices, data);
    else for (const slice of slices) forEachWeight(rows, slice, (i) => (data[i] = nearestCode(target[i], codes, slice.output)));
  }
  return { ...codes, data };
}

/** Where the weights lie of the outputs that read matrix `m`. */
function slicesOf({ matrices, outputsPerMatrix, size }: LayerRows, m: number): WeightSlice[] {
  if (matrices > 1) return [{ output: m, offset: m, stride: matrices }];
  return Array.from({ length: outputsPerMatrix }, (_, output) => ({ output, offset: output * size, stride: 1 }));
}

/** Calls `visit` with the index of every weight of an output, and the column that it is multiplied by. */
function forEachWeight({ size }: LayerRows, { offset, stride }: WeightSlice, visit: (index: number, column: number) => void): void {
  for (let k = 0; k < size; k++) visit(offset + k * stride, k);
}

/** weights + share * change, see refit.ts. `errors` [matrices, size, rows]: float inputs minus quantized ones. */
function refitWeights(weights: Float32Array, rows: LayerRows, parts: readonly Part[], errors: Float32Array): Float32Array {
  const half = rows.firstRow(rows.samples >> 1);
  const { size } = rows;
  const length = size * rows.rows;
  const refits = parts.map(({ columns, covariance }, m): Refit => {
    // The weights of the matrix as [outputs, size].
    const rearranged = new Float32Array(size * rows.outputsPerMatrix);
    for (const [row, slice] of slicesOf(rows, m).entries()) {
      forEachWeight(rows, slice, (i, k) => (rearranged[row * size + k] = weights[i]));
    }
    return refit(rearranged, errors.subarray(m * length, (m + 1) * length), columns, rows.rows, half, covariance);
  });
  const share = refitShare(refits);
  const target = weights.slice();
  for (const [m, { change }] of refits.entries()) {
    for (const [row, slice] of slicesOf(rows, m).entries()) {
      forEachWeight(rows, slice, (i, k) => (target[i] += share * change[row * size + k]));
    }
  }
  return target;
}
