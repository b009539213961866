// Owns the operands and options of UNIDIRECTIONAL_SEQUENCE_LSTM: which input is what, their dtypes and shapes, and the order of a sequence.
import { type Activation, elementCount, type Node } from '../graph/graph';
import { reject } from '../graph/reject';

/** Indices of inputs (`tflite/kernels/lstm_shared.h`, lstm::full); those of gates begin a list in the order of `gates`. */
export const operand = {
  input: 0,
  inputWeights: 1,
  recurrentWeights: 5,
  peephole: 9,
  bias: 12,
  projectionWeights: 16,
  projectionBias: 17,
  outputState: 18,
  cellState: 19,
  layerNorm: 20,
} as const;

/**
 * Gate i has input weights `operand.inputWeights + i`, and so on. A network with coupled input and forget gates (CIFG) has none of the
 * first.
 */
export const gate = { input: 0, forget: 1, cell: 2, output: 3 } as const;

/** Inputs of diagonal weights from the cell's state, by gate. */
export const peepholeOf: readonly (number | undefined)[] = [operand.peephole, operand.peephole + 1, undefined, operand.peephole + 2];

function row(input: string, weights: string, peephole: string, bias: string, states: string, norm: string): string {
  const gates = (dtype: string) => `${dtype}? ${dtype} ${dtype} ${dtype}`;
  const optional = (dtype: string, count: number) => Array(count).fill(`${dtype}?`).join(' ');
  const inputs = [
    input,
    gates(weights),
    gates(weights),
    optional(peephole, 3),
    gates(bias),
    `${weights}? ${bias}?`,
    states,
    optional(norm, 4),
  ];
  return `${inputs.join(' ')} > ${input} ${states}`;
}

/** float32, int8 weights with float32 activations (hybrid), and int8 with an int16 cell state. */
export const lstmOperands: readonly string[] = [
  row('float32', 'float32', 'float32', 'float32', 'float32 float32', 'float32'),
  row('float32', 'int8', 'int8', 'float32', 'float32 float32', 'float32'),
  row('int8', 'int8', 'int16', 'int32', 'int8 int16', 'int16'),
];

/** UnidirectionalSequenceLSTMOptions of schema.fbs. */
export interface LstmOptions {
  readonly activation: Activation;
  /** Limits of magnitudes; 0: none. */
  readonly cellClip: number;
  readonly projectionClip: number;
  readonly timeMajor: boolean;
  /** Of hybrid layers: vectors are quantized with a zero point. */
  readonly asymmetric: boolean;
}

/** Sizes of a layer. */
export interface LstmSizes {
  readonly batch: number;
  readonly steps: number;
  readonly inputs: number;
  readonly cells: number;
  readonly outputs: number;
}

export function lstmSizes({ inputs }: Node, isTimeMajor: boolean): LstmSizes {
  const [first, second, size] = inputs[operand.input]!.shape;
  const [cells, outputs] = inputs[operand.recurrentWeights + gate.output]!.shape;
  return { batch: isTimeMajor ? second : first, steps: isTimeMajor ? first : second, inputs: size, cells, outputs };
}

function checkShape(node: Node, index: number, shape: readonly number[]): void {
  const value = node.inputs[index];
  if (value && (value.shape.length !== shape.length || shape.some((dimension, axis) => value.shape[axis] !== dimension)))
    reject('bad-shape', node, `input ${index} has shape [${value.shape}]; it must be [${shape}]`);
}

function checkPresence(node: Node, indices: readonly number[], isPresent: boolean, what: string): void {
  for (const index of indices) {
    if ((node.inputs[index] !== undefined) !== isPresent) {
      reject('bad-graph', node, `input ${index} is ${isPresent ? 'left out' : 'present'}; ${what}`);
    }
  }
}

/** Inputs that belong together are all there or none (`CheckInputTensorDimensions` in unidirectional_sequence_lstm.cc). */
function checkParts(node: Node): void {
  const has = (index: number) => node.inputs[index] !== undefined;
  const isCoupled = !has(operand.inputWeights);
  const { recurrentWeights, bias, layerNorm, peephole } = operand;
  checkPresence(node, [recurrentWeights, bias], !isCoupled, 'weights and bias of the input gate are all present or none');
  const hasPeephole = has(peephole + 2);
  checkPresence(node, [peephole + 1], hasPeephole, 'weights from the cell are all present or none');
  checkPresence(node, [peephole], hasPeephole && !isCoupled, 'weights from the cell are those of all gates');
  const hasNorm = has(layerNorm + gate.forget);
  checkPresence(node, [layerNorm + gate.cell, layerNorm + gate.output], hasNorm, 'layer normalization has all gates or none');
  checkPresence(node, [layerNorm], hasNorm && !isCoupled, 'layer normalization has all gates or none');
  if (!has(operand.projectionWeights)) checkPresence(node, [operand.projectionBias], false, 'without projection it has no bias');
}

/** Checks the shapes of all inputs. Throws `bad-graph` and `bad-shape`. */
export function checkLstm(node: Node, isTimeMajor: boolean): LstmSizes {
  if (node.inputs.length !== 20 && node.inputs.length !== 24)
    reject('bad-graph', node, `it has ${node.inputs.length} inputs; it takes 20 or 24`);
  checkParts(node);
  const { input, inputWeights, recurrentWeights, bias, layerNorm } = operand;
  for (const [index, rank] of [
    [input, 3],
    [recurrentWeights + gate.output, 2],
  ]) {
    const { shape } = node.inputs[index]!;
    if (shape.length !== rank || shape.includes(0))
      reject('bad-shape', node, `input ${index} has shape [${shape}]; it must have rank ${rank}`);
  }
  const sizes = lstmSizes(node, isTimeMajor);
  const { batch, inputs, cells, outputs } = sizes;
  for (let i = 0; i < 4; i++) {
    checkShape(node, inputWeights + i, [cells, inputs]);
    checkShape(node, recurrentWeights + i, [cells, outputs]);
    checkShape(node, bias + i, [cells]);
    checkShape(node, layerNorm + i, [cells]);
    if (peepholeOf[i] !== undefined) checkShape(node, peepholeOf[i]!, [cells]);
  }
  checkShape(node, operand.projectionWeights, [outputs, cells]);
  checkShape(node, operand.projectionBias, [outputs]);
  if (!node.inputs[operand.projectionWeights] && outputs !== cells)
    reject('bad-shape', node, `${cells} cells give as many outputs without projection, not ${outputs}`);
  for (const [index, count] of [
    [operand.outputState, batch * outputs],
    [operand.cellState, batch * cells],
  ]) {
    const { shape } = node.inputs[index]!;
    if (elementCount(shape) !== count)
      reject('bad-shape', node, `the state, input ${index}, has shape [${shape}]; it must have ${count} elements`);
  }
  return sizes;
}

/** One step of one sequence: from `input`, and what the last step left in both states, to what this one leaves there. */
export type LstmStep<T> = (input: T, outputState: T, cellState: Float32Array | Int16Array) => void;

/** Runs all sequences of a batch, which are independent of each other. The states are updated. */
export function runSequences<T extends Float32Array | Int8Array>(
  { batch, steps, inputs, cells, outputs }: LstmSizes,
  isTimeMajor: boolean,
  [input, output, outputState]: readonly [T, T, T],
  cellState: Float32Array | Int16Array,
  step: LstmStep<T>,
): void {
  for (let b = 0; b < batch; b++) {
    const hidden = outputState.subarray(b * outputs, (b + 1) * outputs) as T;
    const cell = cellState.subarray(b * cells, (b + 1) * cells);
    for (let t = 0; t < steps; t++) {
      const at = isTimeMajor ? t * batch + b : b * steps + t;
      step(input.subarray(at * inputs, (at + 1) * inputs) as T, hidden, cell);
      output.set(hidden, at * outputs);
    }
  }
}
