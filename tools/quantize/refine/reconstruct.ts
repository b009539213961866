// Owns reconstruction: choosing a layer's weight codes so that its outputs, not its weights, come out nearest to the float layer's.
import { type TensorData, type WeightedNode, weightedValues, zeroPointOf } from 'zeropoint/graph';
import { nearestCode, type WeightCodes } from '../build/weights';
import { type InputCovariance, inputCovariance } from './input-covariance';
import { LayerRows, quantizedInputs } from './layer-inputs';
import { centre } from './linear-algebra';
import { type Refit, refit, refitShare } from './refit';
import { roundOutput } from './round';

export interface ReconstructionSettings {
  /** Round by the effect on the outputs instead of to the nearest code. */
  readonly round: boolean;
  /** The layer's inputs in the float network, as FloatInputs gives them, to refit the weights to the quantized ones. */
  readonly floatInputs?: Float32Array;
}

/** Rows per weight of an output, from which on a refit can tell signal from noise. */
const leastRowsPerColumn = 2;

/** One matrix of inputs with its covariance. */
interface Part {
  readonly columns: Float32Array;
  readonly covariance: InputCovariance;
}

/**
 * New codes for `weights`, the real weights of `node`, a quantized layer that satisfies hasColumns; `codes` give the grid. `inputs` are
 * the codes of the layer's input on the samples, in the quantized network.
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
  const isRefit = floatInputs !== undefined && rows.rows >= leastRowsPerColumn * rows.size;
  if (isRefit) for (let i = 0; i < matrices.length; i++) floatInputs[i] -= matrices[i];
  centre(matrices, rows.rows);
  const length = rows.size * rows.rows;
  const parts = Array.from({ length: rows.matrices }, (_, m): Part => {
    const columns = matrices.subarray(m * length, (m + 1) * length);
    return { columns, covariance: inputCovariance(columns, rows.size, rows.rows) };
  });
  const target = isRefit ? refitWeights(weights, rows, parts, floatInputs) : weights;
  const data = codes.data.slice();
  forEachOutput(rows, (m, output, place) => {
    if (round) roundOutput(target, parts[m].covariance, codes, output, place, data);
    else for (let k = 0, at = place.first; k < rows.size; k++, at += place.stride) data[at] = nearestCode(target[at], codes, output);
  });
  return { ...codes, data };
}

/** Where the weights of an output lie: elements `first + i * stride`. */
interface Place {
  readonly first: number;
  readonly stride: number;
}

function forEachOutput(rows: LayerRows, visit: (matrix: number, output: number, place: Place) => void): void {
  const outputs = rows.matrices * rows.outputsPerMatrix;
  for (let output = 0; output < outputs; output++) {
    if (rows.matrices > 1) visit(output, output, { first: output, stride: outputs });
    else visit(0, output, { first: output * rows.size, stride: 1 });
  }
}

/** Weights plus as much of the refits as the samples agree on. `errors`: float inputs less the quantized ones. */
function refitWeights(weights: Float32Array, rows: LayerRows, parts: readonly Part[], errors: Float32Array): Float32Array {
  const half = rows.firstRow(rows.samples >> 1);
  const { size } = rows;
  const length = size * rows.rows;
  const own = parts.map(() => new Float32Array(size * rows.outputsPerMatrix));
  const perMatrix = (m: number, output: number) => (rows.matrices > 1 ? own[m] : own[0].subarray(output * size, (output + 1) * size));
  forEachOutput(rows, (m, output, { first, stride }) => {
    const into = perMatrix(m, output);
    for (let k = 0; k < size; k++) into[k] = weights[first + k * stride];
  });
  const refits = parts.map(
    ({ columns, covariance }, m): Refit =>
      refit(own[m], errors.subarray(m * length, (m + 1) * length), columns, rows.rows, half, covariance),
  );
  const share = refitShare(refits);
  const target = weights.slice();
  forEachOutput(rows, (m, output, { first, stride }) => {
    const { change } = refits[m];
    const from = rows.matrices > 1 ? 0 : output * size;
    for (let k = 0; k < size; k++) target[first + k * stride] += share * change[from + k];
  });
  return target;
}
