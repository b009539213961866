// Owns reconstruction: weight codes for which a layer's outputs, not its weights, are nearest to those of the float layer.
import { type TensorData, type WeightedNode, weightedValues, zeroPointOf } from 'zeropoint/graph';
import { nearestCode, type WeightCodes } from '../build/weights';
import { type InputCovariance, inputCovariance } from './input-covariance';
import { LayerRows, quantizedInputs } from './layer-inputs';
import { centre } from './linear-algebra';
import { type Refit, refit, refitShare } from './refit';
import { roundOutput, type WeightSlice } from './round';

export interface ReconstructionSettings {
  /** Choose codes by the outputs' error instead of rounding each weight to the nearest code. */
  readonly round: boolean;
  /** The layer's inputs in the float network, as FloatInputs gives them; present: refit the weights. Overwritten. */
  readonly floatInputs?: Float32Array;
}

/** A refit estimates `size` weights per output; with fewer rows per weight than this its noise exceeds its gain. */
const minRowsPerColumn = 2;

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
  const isRefit = floatInputs !== undefined && rows.rows >= minRowsPerColumn * rows.size;
  if (isRefit) for (let i = 0; i < matrices.length; i++) floatInputs[i] -= matrices[i];
  centre(matrices, rows.rows);
  const length = rows.size * rows.rows;
  const parts = Array.from({ length: rows.matrices }, (_, m): Part => {
    const columns = matrices.subarray(m * length, (m + 1) * length);
    return { columns, covariance: inputCovariance(columns, rows.size, rows.rows) };
  });
  const target = isRefit ? refitWeights(weights, rows, parts, floatInputs) : weights;
  const data = codes.data.slice();
  forEachOutput(rows, (m, output, slice) => {
    if (round) roundOutput(target, parts[m].covariance, codes, output, slice, data);
    else for (let k = 0, i = slice.offset; k < rows.size; k++, i += slice.stride) data[i] = nearestCode(target[i], codes, output);
  });
  return { ...codes, data };
}

function forEachOutput(rows: LayerRows, visit: (matrix: number, output: number, slice: WeightSlice) => void): void {
  const outputs = rows.matrices * rows.outputsPerMatrix;
  for (let output = 0; output < outputs; output++) {
    if (rows.matrices > 1) visit(output, output, { offset: output, stride: outputs });
    else visit(0, output, { offset: output * rows.size, stride: 1 });
  }
}

/** weights + share * change, see refit.ts. `errors` [matrices, size, rows]: float inputs minus quantized ones. */
function refitWeights(weights: Float32Array, rows: LayerRows, parts: readonly Part[], errors: Float32Array): Float32Array {
  const half = rows.firstRow(rows.samples >> 1);
  const { size } = rows;
  const length = size * rows.rows;
  // The weights of each matrix as [outputs, size].
  const rearranged = parts.map(() => new Float32Array(size * rows.outputsPerMatrix));
  forEachOutput(rows, (m, output, { offset, stride }) => {
    const begin = rows.matrices > 1 ? 0 : output * size;
    for (let k = 0; k < size; k++) rearranged[m][begin + k] = weights[offset + k * stride];
  });
  const refits = parts.map(
    ({ columns, covariance }, m): Refit =>
      refit(rearranged[m], errors.subarray(m * length, (m + 1) * length), columns, rows.rows, half, covariance),
  );
  const share = refitShare(refits);
  const target = weights.slice();
  forEachOutput(rows, (m, output, { offset, stride }) => {
    const { change } = refits[m];
    const begin = rows.matrices > 1 ? 0 : output * size;
    for (let k = 0; k < size; k++) target[offset + k * stride] += share * change[begin + k];
  });
  return target;
}
