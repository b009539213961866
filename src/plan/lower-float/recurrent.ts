// Owns the lowering of recurrent layers to kernels of the float binary, and of LSTMs: their gates are rows of panels.
import { RecurrentForm } from '../../core/abi-float';
import { integerParameters } from '../../custom/lstm-integer';
import { gate, lstmSizes, operand, peepholeOf } from '../../custom/lstm-operands';
import type { Node, Value } from '../../graph/graph';
import { floatCore } from '../formats/float32';
import type { Lowering } from '../lowering';
import { at } from '../region';
import { recurrentActivation } from './activation';
import { constantsOf } from './constants';
import { codeBytes, type Matrix, maxCodeColumns, packPanels, paddedRows } from './panels';
import { emitSvdf } from './svdf';

/** The order of gates in rows (assembly/float/abi-recurrent.ts); the last one is absent where it is coupled to the first. */
const gateOrder = [gate.forget, gate.cell, gate.output, gate.input];

/** Whether the binary computes a layer: all operands but vectors and states are constants. */
function hasConstants({ inputs }: Node, vectors: readonly number[]): boolean {
  return inputs.every((value, i) => !value || vectors.includes(i) || value.data !== undefined);
}

function gatesOf({ inputs }: Node): number[] {
  return gateOrder.filter((i) => inputs[operand.inputWeights + i]);
}

/** Every gate in rows of its own. */
function strideOf(cells: number): number {
  return Math.ceil(cells / 8) * 8;
}

/** The rows of all gates of the weights from input `first` on. */
function matrixOf(node: Node, first: number, cells: number): Matrix {
  const parts = gatesOf(node).map((i, k) => ({ data: node.inputs[first + i]!.data as Int8Array, row: k * strideOf(cells) }));
  return { parts, columns: node.inputs[first + gate.forget]!.shape[1], rows: paddedRows(parts.length * strideOf(cells)) };
}

/** One number for every row, of vectors by gate; 0 where a gate has none. */
function rowsOf<T extends Float32Array | Int32Array>(
  target: T,
  node: Node,
  cells: number,
  vectorOf: (gate: number) => ArrayLike<number> | undefined,
): T {
  gatesOf(node).forEach((i, k) => {
    const vector = vectorOf(i);
    if (vector) target.set(vector, k * strideOf(cells));
  });
  return target;
}

/** Vectors, states and what becomes of them, dense. */
function ports(lowering: Lowering, node: Node) {
  const [input, hiddenBefore, cellBefore] = [operand.input, operand.outputState, operand.cellState].map((i) =>
    lowering.dense(node.inputs[i]!),
  );
  const [output, hiddenAfter, cellAfter] = node.outputs.map((value) => lowering.createDense(value));
  return { input, output, hiddenBefore, cellBefore, hiddenAfter, cellAfter };
}

const scaleOf = (value: Value) => value.quantization?.scale[0] ?? 1;

/** Reals of constants; of int8 codes scale * code, as `VectorScalarMultiply` has peepholes. */
function realsOf(value: Value | undefined): Float32Array | undefined {
  if (!value?.data) return undefined;
  return value.data instanceof Float32Array ? value.data : Float32Array.from(value.data as Int8Array, (code) => scaleOf(value) * code);
}

/** Scales of int8 weights for every row: of inputs, recurrent ones and the projection. */
function scalesOf(node: Node, cells: number, rows: number, projected: number): Float32Array {
  const scales = new Float32Array(2 * rows + projected);
  [operand.inputWeights, operand.recurrentWeights].forEach((first, part) => {
    rowsOf(scales.subarray(part * rows), node, cells, (i) => new Array<number>(cells).fill(scaleOf(node.inputs[first + i]!)));
  });
  const projection = node.inputs[operand.projectionWeights];
  return projection ? scales.fill(scaleOf(projection), 2 * rows) : scales;
}

/** What an LSTM of floats has besides its gates' weights. */
function floatConstants(lowering: Lowering, node: Node, cells: number, outputs: number, rows: number) {
  const projection = node.inputs[operand.projectionWeights];
  const projected = projection ? paddedRows(outputs) : 0;
  const row = (name: string, isPresent: boolean, vectorOf: (gate: number) => ArrayLike<number> | undefined) =>
    isPresent ? lowering.constant(name, rowsOf(new Float32Array(rows), node, cells, vectorOf)) : (0 as const);
  const reals = (index: number | undefined) => (index === undefined ? undefined : realsOf(node.inputs[index]));
  const projectionBias = new Float32Array(projected);
  projectionBias.set(reals(operand.projectionBias) ?? []);
  const matrix = projection && { parts: [{ data: projection.data as Int8Array, row: 0 }], columns: cells, rows: projected };
  return {
    projectionWeights: matrix ? packPanels(lowering, 'projection', matrix) : (0 as const),
    scales: lowering.constant('scales', scalesOf(node, cells, rows, projected)),
    bias: row('bias', true, (i) => reals(operand.bias + i)),
    peephole: row('peephole', node.inputs[operand.peephole + 2] !== undefined, (i) => reals(peepholeOf[i])),
    norm: row('normalization', node.inputs[operand.layerNorm + gate.forget] !== undefined, (i) => reals(operand.layerNorm + i)),
    projectionBias: projection ? lowering.constant('projection bias', projectionBias) : (0 as const),
    projected,
  };
}

function emitFloatLstm(lowering: Lowering, node: Node<'CUSTOM'>): boolean {
  const { activation, cellClip, projectionClip, timeMajor, asymmetric } = node.attributes.operator.options as Record<string, number>;
  const { batch, steps, inputs, cells, outputs } = lstmSizes(node, timeMajor === 1);
  const stride = strideOf(cells);
  const gates = gatesOf(node).length;
  const weights = matrixOf(node, operand.inputWeights, cells);
  const isFloat = weights.parts[0].data instanceof Float32Array;
  if (!isFloat && Math.max(inputs, outputs, cells) > maxCodeColumns) return false;
  const { projected, ...constants } = floatConstants(lowering, node, cells, outputs, weights.rows);
  const gateBytes = 4 * stride;
  const sums = 4 * weights.rows + 2 * gateBytes + Math.max(gateBytes, 4 * paddedRows(outputs), 4 * projected);
  lowering.emit(floatCore, 'Lstm', {
    ...ports(lowering, node),
    inputWeights: packPanels(lowering, 'input weights', weights),
    recurrentWeights: packPanels(lowering, 'recurrent weights', matrixOf(node, operand.recurrentWeights, cells)),
    ...constants,
    workspace: at(lowering.workspace('step', sums + codeBytes(Math.max(inputs, outputs, cells)))),
    constants: constantsOf(lowering),
    ...{ batch, steps, inputs, cells, outputs, stride, gates, timeMajor },
    form: isFloat ? RecurrentForm.Float : asymmetric ? RecurrentForm.Asymmetric : RecurrentForm.Symmetric,
    ...recurrentActivation(activation),
    cellClip,
    projectionClip,
  });
  return true;
}

/** Left shifts beyond 30 bits leave nothing of a product. */
const maxShift = 30;

function emitIntegerLstm(lowering: Lowering, node: Node<'CUSTOM'>): boolean {
  const { options, builtin } = node.attributes.operator;
  const { cellClip, timeMajor } = options as Record<string, number>;
  const { batch, steps, inputs, cells } = lstmSizes(node, timeMajor === 1);
  const { gates, result, cellLimit, ...parameters } = integerParameters(node, cellClip, builtin?.intermediates?.(node)[4]);
  const multipliers = gateOrder.flatMap((i) => gates[i] ?? []);
  if ([...multipliers, result].some(({ shift }) => shift > maxShift)) return false;
  const stride = strideOf(cells);
  const weights = matrixOf(node, operand.inputWeights, cells);
  const bias = rowsOf(new Int32Array(weights.rows), node, cells, (i) => node.inputs[operand.bias + i]!.data as Int32Array);
  const gateCount = multipliers.length / 2;
  const state = 8 * weights.rows + 2 * gateCount * stride + 3 * stride;
  lowering.emit(floatCore, 'IntegerLstm', {
    ...ports(lowering, node),
    inputWeights: packPanels(lowering, 'input weights', weights),
    recurrentWeights: packPanels(lowering, 'recurrent weights', matrixOf(node, operand.recurrentWeights, cells)),
    bias: lowering.constant('bias', bias),
    multipliers: lowering.constant('multipliers', Int32Array.from(multipliers.flatMap(({ multiplier, shift }) => [multiplier, shift]))),
    workspace: at(lowering.workspace('step', state + codeBytes(Math.max(inputs, cells)))),
    ...{ batch, steps, inputs, cells, stride, gates: gateCount, timeMajor },
    ...parameters,
    cellLimit: Math.max(cellLimit, 0),
    resultZeroPoint: result.zeroPoint,
    resultMultiplier: result.multiplier,
    resultShift: result.shift,
  });
  return true;
}

/** Emits UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF; false, with nothing emitted, for other operators and for weights that a run computes. */
export function emitRecurrent(lowering: Lowering, node: Node<'CUSTOM'>): boolean {
  const { name } = node.attributes.operator;
  if (name === 'SVDF') return hasConstants(node, [0, 4]) && emitSvdf(lowering, node);
  if (name !== 'UNIDIRECTIONAL_SEQUENCE_LSTM') return false;
  if (!hasConstants(node, [operand.input, operand.outputState, operand.cellState])) return false;
  return node.inputs[0]!.dtype === 'int8' ? emitIntegerLstm(lowering, node) : emitFloatLstm(lowering, node);
}
