// Owns a step of an int8 LSTM with an int16 cell state: `LstmStepInteger8x8_16` of tflite/kernels/lstm_eval.cc.
import type { Node, Quantization, TensorData } from '../graph/graph';
import { reject } from '../graph/reject';
import { logistic16, tanh16 } from '../quant/fixed-point-16';
import { type QuantizedMultiplier, quantizeMultiplier } from '../quant/multiplier';
import { multiplyByQuantizedMultiplier, roundingDivideByPot } from '../quant/requantize';
import { gate, type LstmOptions, type LstmStep, operand } from './lstm-operands';

const { fround } = Math;

/** Gates are Q3.12 before their functions, Q0.15 after them. */
const gateFractionalBits = 12;

function saturate16(x: number): number {
  return Math.max(-0x8000, Math.min(0x7fff, x));
}

/** The one quantization of input `index`. Throws `bad-quantization`. */
function quantizationOf(node: Node, index: number): { readonly scale: number; readonly zeroPoint: number } {
  const { scale = [], zeroPoint = [] } = node.inputs[index]!.quantization ?? {};
  if (scale.length !== 1) reject('bad-quantization', node, `input ${index} has ${scale.length} scales; it must have one`);
  return { scale: scale[0], zeroPoint: zeroPoint[0] ?? 0 };
}

/** log2 of the cell state's scale, a power of two (`CheckedLog2`); tanh takes 0 to 6 integer bits of it (`PortableApplyTanh`). */
function cellScaleExponent(node: Node): number {
  const { scale, zeroPoint } = quantizationOf(node, operand.cellState);
  const exponent = Math.round(Math.log2(scale));
  if (Math.abs(Math.log2(scale) - exponent) > 1e-3 || exponent < -15 || exponent > -9 || zeroPoint !== 0)
    reject('bad-quantization', node, `the cell state has scale ${scale}, zero point ${zeroPoint}; it takes 2^-15 to 2^-9 and 0`);
  return exponent;
}

/** What the int8 kernel does not compute. Throws `unsupported-feature` and `bad-quantization`. */
export function checkInteger(node: Node, { activation }: LstmOptions): void {
  const refused = [
    [operand.peephole + 1, 'weights from the cell (peephole)'],
    [operand.projectionWeights, 'projection'],
    [operand.layerNorm + gate.forget, 'layer normalization'],
  ] as const;
  for (const [index, what] of refused) {
    if (node.inputs[index]) reject('unsupported-feature', node, `int8 with ${what} is not supported; use float32 or int8 weights alone`);
  }
  if (activation !== 'TANH') reject('unsupported-feature', node, `int8 has the activation TANH, not ${activation}`);
  cellScaleExponent(node);
  for (const first of [operand.inputWeights, operand.recurrentWeights]) {
    for (let i = 0; i < 4; i++) {
      if (!node.inputs[first + i]) continue;
      const { zeroPoint } = quantizationOf(node, first + i);
      if (zeroPoint !== 0) reject('bad-quantization', node, `input ${first + i} has zero point ${zeroPoint}; weights have 0`);
    }
  }
  quantizationOf(node, operand.input);
  quantizationOf(node, operand.outputState);
}

/** The fixed-point form of an int8 layer. */
export interface IntegerParameters {
  /** Of gate i, present unless it is an input gate coupled to the forget gate: from products to gates, of inputs and of recurrent ones. */
  readonly gates: readonly (readonly [QuantizedMultiplier, QuantizedMultiplier] | undefined)[];
  readonly inputZeroPoint: number;
  /** Of what recurrent weights read. */
  readonly hiddenZeroPoint: number;
  /** log2 of the cell state's scale. */
  readonly cellExponent: number;
  /** Of the cell state's magnitude; 0 or less: none. */
  readonly cellLimit: number;
  /** Of what a step gives, from products of two Q0.15. */
  readonly result: QuantizedMultiplier & { readonly zeroPoint: number };
}

/** `hidden`: quantization of what a step gives, that of the output state where undefined. */
export function integerParameters(node: Node, cellClip: number, hidden: Quantization | undefined): IntegerParameters {
  // inputScale * weightScale * 2^12
  const multiplier = (vector: number, weights: number) =>
    quantizeMultiplier(fround(fround(quantizationOf(node, weights).scale * quantizationOf(node, vector).scale) * 2 ** gateFractionalBits));
  const state = quantizationOf(node, operand.outputState);
  const result = hidden ? { scale: hidden.scale[0], zeroPoint: hidden.zeroPoint[0] ?? 0 } : state;
  return {
    gates: [0, 1, 2, 3].map((i) =>
      node.inputs[operand.inputWeights + i]
        ? ([multiplier(operand.input, operand.inputWeights + i), multiplier(operand.outputState, operand.recurrentWeights + i)] as const)
        : undefined,
    ),
    inputZeroPoint: quantizationOf(node, operand.input).zeroPoint,
    hiddenZeroPoint: state.zeroPoint,
    cellExponent: cellScaleExponent(node),
    cellLimit: Math.trunc(saturate16(fround(cellClip / quantizationOf(node, operand.cellState).scale))),
    result: { ...quantizeMultiplier(fround(2 ** -15 / result.scale) * 2 ** -15), zeroPoint: result.zeroPoint },
  };
}

/** Rows of int8 weights, times vectors of codes minus a zero point, rescaled to gates. */
interface Product {
  readonly weights: Int8Array;
  readonly zeroPoint: number;
  readonly multiplier: QuantizedMultiplier;
  readonly bias?: Int32Array;
}

/** `MatrixBatchVectorMultiplyAccumulate` to int16: each product is rescaled, added to `sums`, and saturated. */
function addRescaled({ weights, zeroPoint, multiplier, bias }: Product, codes: Int8Array, sums: Int16Array): void {
  const columns = codes.length;
  for (let row = 0, at = 0; row < sums.length; row++, at += columns) {
    let sum = bias ? bias[row] : 0;
    for (let i = 0; i < columns; i++) sum += weights[at + i] * (codes[i] - zeroPoint);
    sums[row] = saturate16(sums[row] + multiplyByQuantizedMultiplier(sum | 0, multiplier.multiplier, multiplier.shift));
  }
}

/** The step of a node over its inputs' elements; `hidden` as of integerParameters. */
export function integerStep(
  node: Node,
  data: readonly (TensorData | undefined)[],
  { cellClip }: LstmOptions,
  hidden: Quantization | undefined,
): LstmStep<Int8Array> {
  const { gates, inputZeroPoint, hiddenZeroPoint, cellExponent, cellLimit, result } = integerParameters(node, cellClip, hidden);
  const gateOf = (i: number): Product[] => {
    const [ofInput, ofHidden] = gates[i]!;
    const [weights, recurrent, bias] = [operand.inputWeights, operand.recurrentWeights, operand.bias].map((first) => data[first + i]);
    return [
      { weights: weights as Int8Array, zeroPoint: inputZeroPoint, multiplier: ofInput, bias: bias as Int32Array },
      { weights: recurrent as Int8Array, zeroPoint: hiddenZeroPoint, multiplier: ofHidden },
    ];
  };
  const isCoupled = !data[operand.inputWeights];
  const [forget, modulation, exit] = [gateOf(gate.forget), gateOf(gate.cell), gateOf(gate.output)];
  const entry = isCoupled ? undefined : gateOf(gate.input);
  return (input, output, cellState) => {
    const cell = cellState as Int16Array;
    const evaluateGate = ([fromInput, fromOutput]: Product[], activation: (x: number) => number): Int16Array => {
      const sums = new Int16Array(cell.length);
      addRescaled(fromInput, input, sums);
      addRescaled(fromOutput, output, sums);
      return sums.map(activation);
    };
    const kept = evaluateGate(forget, logistic16);
    const entered = entry ? evaluateGate(entry, logistic16) : kept.map((f) => 0x7fff - f);
    const change = evaluateGate(modulation, (x) => tanh16(x, 15 - gateFractionalBits));
    const opened = evaluateGate(exit, logistic16);
    for (let i = 0; i < cell.length; i++) {
      const old = roundingDivideByPot(kept[i] * cell[i], 15);
      const next = saturate16(old + ((roundingDivideByPot(entered[i] * change[i], 30 + cellExponent) << 16) >> 16));
      cell[i] = cellLimit > 0 ? Math.max(-cellLimit, Math.min(cellLimit, next)) : next;
      const squashed = opened[i] * tanh16(cell[i], 15 + cellExponent);
      const code = multiplyByQuantizedMultiplier(squashed, result.multiplier, result.shift) + result.zeroPoint;
      output[i] = Math.max(-128, Math.min(127, code));
    }
  };
}
