// Owns a step of a float32 LSTM with float32 or int8 weights: `LstmStepFloat` and `LstmStepHybrid` of tflite/kernels/lstm_eval.cc.
import type { Node, TensorData } from '../graph/graph';
import { activations, addProducts, logistic, type Vector, vectorFor, type Weights, weightsOf } from './hybrid';
import { gate, type LstmOptions, type LstmSizes, type LstmStep, operand, peepholeOf } from './lstm-operands';

const { fround } = Math;

/** What a gate has: products are added to the bias, or to 0 where a layer normalization adds the bias. */
interface Gate {
  readonly input: Weights;
  readonly recurrent: Weights;
  readonly bias: Float32Array;
  readonly peephole?: Float32Array;
  readonly norm?: Float32Array;
  readonly activation: (x: number) => number;
}

/** Peephole weights as float32: of int8 codes `scale * code` (`VectorScalarMultiply`). */
function dequantized({ data, scale }: Weights): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data, (code) => scale * code);
}

/** (x - mean) / sqrt(variance + 1e-8), in place (`PortableMeanStddevNormalization`, reference/portable_tensor_utils.cc). */
function normalize(vector: Float32Array): void {
  let [sum, squares] = [0, 0];
  for (const x of vector) sum = fround(sum + x);
  const mean = fround(sum / vector.length);
  for (const x of vector) squares = fround(squares + fround(fround(x - mean) ** 2));
  const inverse = fround(1 / fround(Math.sqrt(fround(fround(squares / vector.length) + fround(1e-8)))));
  for (let i = 0; i < vector.length; i++) vector[i] = fround(vector[i] - mean) * inverse;
}

function evaluateGate(
  { bias, input, recurrent, peephole, norm, activation }: Gate,
  x: Vector,
  h: Vector,
  cell: Float32Array,
): Float32Array {
  const sums = new Float32Array(bias.length);
  if (!norm) sums.set(bias);
  addProducts(input, x, sums);
  addProducts(recurrent, h, sums);
  if (peephole) for (let i = 0; i < sums.length; i++) sums[i] += fround(peephole[i] * cell[i]);
  if (norm) {
    normalize(sums);
    for (let i = 0; i < sums.length; i++) sums[i] = fround(sums[i] * norm[i]) + bias[i];
  }
  return sums.map(activation);
}

function clip(vector: Float32Array, limit: number): void {
  if (limit > 0) for (let i = 0; i < vector.length; i++) vector[i] = Math.max(-limit, Math.min(limit, vector[i]));
}

/** The step of a node over its inputs' elements. */
export function floatStep(
  node: Node,
  data: readonly (TensorData | undefined)[],
  options: LstmOptions,
  { outputs }: LstmSizes,
): LstmStep<Float32Array> {
  const weights = (index: number) => weightsOf(node.inputs[index]!, data[index]!);
  const floats = (index: number) => data[index] as Float32Array;
  const activation = activations[options.activation]!;
  const gateOf = (i: number): Gate => {
    const peephole = peepholeOf[i];
    return {
      input: weights(operand.inputWeights + i),
      recurrent: weights(operand.recurrentWeights + i),
      bias: floats(operand.bias + i),
      ...(peephole !== undefined && data[peephole] && { peephole: dequantized(weights(peephole)) }),
      ...(data[operand.layerNorm + i] && { norm: floats(operand.layerNorm + i) }),
      activation: i === gate.cell ? activation : logistic,
    };
  };
  const isCoupled = !data[operand.inputWeights];
  const [forget, modulation, exit] = [gateOf(gate.forget), gateOf(gate.cell), gateOf(gate.output)];
  const entry = isCoupled ? undefined : gateOf(gate.input);
  const projection = data[operand.projectionWeights] && weights(operand.projectionWeights);
  return (input, hidden, state) => {
    const cell = state as Float32Array;
    const x = vectorFor(forget.input, input, options.asymmetric);
    const h = vectorFor(forget.recurrent, hidden, options.asymmetric);
    const kept = evaluateGate(forget, x, h, cell);
    const entered = entry ? evaluateGate(entry, x, h, cell) : kept.map((f) => 1 - f);
    const change = evaluateGate(modulation, x, h, cell);
    for (let i = 0; i < cell.length; i++) cell[i] = fround(kept[i] * cell[i]) + fround(change[i] * entered[i]);
    clip(cell, options.cellClip);
    const result = evaluateGate(exit, x, h, cell);
    for (let i = 0; i < result.length; i++) result[i] *= fround(activation(cell[i]));
    if (!projection) return hidden.set(result);
    const projected = new Float32Array(outputs);
    if (data[operand.projectionBias]) projected.set(floats(operand.projectionBias));
    addProducts(projection, vectorFor(projection, result, options.asymmetric), projected);
    clip(projected, options.projectionClip);
    hidden.set(projected);
  };
}
