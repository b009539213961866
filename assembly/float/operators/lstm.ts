// Owns UNIDIRECTIONAL_SEQUENCE_LSTM of float32 activations: sequences, and the gates of a step.
import { LstmDescriptor, PANEL_ROWS } from '../abi-recurrent';
import { copySpan, zeroSpan } from '../microkernels/f32-copy';
import { addPeephole, multiplyGates, normalize, updateFloatCells } from '../microkernels/f32-gates';
import { clampSpan, logisticSpan, tanhSpan } from '../microkernels/f32-unary';
import { addProducts } from '../microkernels/matrix-vector';

/** Gates in the order of their rows. */
const FORGET: usize = 0;
const CELL: usize = 1;
const OUTPUT: usize = 2;
const INPUT: usize = 3;

function activation(d: LstmDescriptor, input: usize, output: usize): void {
  if (d.isTanh) tanhSpan(input, output, d.stride, d.constants);
  else clampSpan(input, output, d.stride, d.constants, d.lower, d.upper);
}

/** The sums of a gate to its value, in place. The cell gate has no peephole. */
function finishGate(d: LstmDescriptor, sums: usize, gate: usize, cells: usize): void {
  const offset = gate * ((<usize>d.stride) << 2);
  const at = sums + offset;
  if (d.peephole && gate != CELL) addPeephole(at, d.peephole + offset, cells, d.stride);
  if (d.norm) normalize(at, d.cells, d.norm + offset, d.bias + offset);
  if (gate == CELL) activation(d, at, at);
  else logisticSpan(at, at, d.stride, d.constants);
}

/** The panels of `rows` rows. */
// @ts-ignore: decorator
@inline
function panelsOf(rows: u32): u32 {
  return (rows + PANEL_ROWS - 1) / PANEL_ROWS;
}

/** One step from the vector at `input`; `cells` and `hidden` are the state, `sums`, `result` and `codes` memory for the step. */
function step(d: LstmDescriptor, input: usize, cells: usize, hidden: usize, sums: usize, result: usize, codes: usize): void {
  const panels = panelsOf(d.gates * d.stride);
  const rowBytes = <usize>(panels * PANEL_ROWS) << 2;
  const gateBytes = <usize>d.stride << 2;
  if (d.norm) zeroSpan(sums, rowBytes);
  else copySpan(d.bias, sums, panels * PANEL_ROWS);
  addProducts(d.form, d.inputWeights, input, d.inputs, panels, sums, d.scales, codes);
  addProducts(d.form, d.recurrentWeights, hidden, d.outputs, panels, sums, d.scales + rowBytes, codes);
  const isCoupled = d.gates == 3;
  finishGate(d, sums, FORGET, cells);
  finishGate(d, sums, CELL, cells);
  if (!isCoupled) finishGate(d, sums, INPUT, cells);
  updateFloatCells(cells, sums, sums + INPUT * gateBytes, isCoupled, sums + CELL * gateBytes, d.stride, d.cellClip);
  finishGate(d, sums, OUTPUT, cells);
  activation(d, cells, result);
  multiplyGates(d.projectionWeights ? result : hidden, sums + OUTPUT * gateBytes, result, d.stride);
  if (!d.projectionWeights) return;
  const projected = panelsOf(d.outputs);
  copySpan(d.projectionBias, hidden, projected * PANEL_ROWS);
  addProducts(d.form, d.projectionWeights, result, d.cells, projected, hidden, d.scales + 2 * rowBytes, codes);
  if (d.projectionClip > 0) clampSpan(hidden, hidden, d.outputs, d.constants, -d.projectionClip, d.projectionClip);
}

/** The workspace holds sums of every row, cells and results of a gate, the hidden vector and codes. */
export function lstm(d: LstmDescriptor): void {
  const sums = d.workspace;
  const gateBytes = <usize>d.stride << 2;
  const cells = sums + (<usize>(panelsOf(d.gates * d.stride) * PANEL_ROWS) << 2);
  const result = cells + gateBytes;
  const hidden = result + gateBytes;
  const codes = hidden + max(gateBytes, <usize>(panelsOf(d.outputs) * PANEL_ROWS) << 2);
  zeroSpan(cells, gateBytes);
  for (let sequence: u32 = 0; sequence < d.batch; sequence++) {
    const cellBytes = (<usize>(sequence * d.cells)) << 2;
    const hiddenBytes = (<usize>(sequence * d.outputs)) << 2;
    copySpan(d.cellBefore + cellBytes, cells, d.cells);
    copySpan(d.hiddenBefore + hiddenBytes, hidden, d.outputs);
    for (let t: u32 = 0; t < d.steps; t++) {
      const at = d.timeMajor ? t * d.batch + sequence : sequence * d.steps + t;
      step(d, d.input + (<usize>(at * d.inputs) << 2), cells, hidden, sums, result, codes);
      copySpan(hidden, d.output + (<usize>(at * d.outputs) << 2), d.outputs);
    }
    copySpan(cells, d.cellAfter + cellBytes, d.cells);
    copySpan(hidden, d.hiddenAfter + hiddenBytes, d.outputs);
  }
}
