// Owns UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with an int16 cell state: sequences, and the gates of a step.
import { IntegerLstmDescriptor, PANEL_ROWS } from '../abi-recurrent';
import { copyBytes, zeroSpan } from '../microkernels/f32-copy';
import { integerGate, updateCells } from '../microkernels/i16-gates';
import { addCodeProducts } from '../microkernels/matrix-vector';
import { widen } from '../microkernels/quantize-vector';

/** The panels of all gates. */
// @ts-ignore: decorator
@inline
function panelsOf(d: IntegerLstmDescriptor): u32 {
  return (d.gates * d.stride + PANEL_ROWS - 1) / PANEL_ROWS;
}

/** One step from the vector at `input`; `cells` and `hidden` are the state, `sums`, `gates` and `codes` memory for the step. */
function step(d: IntegerLstmDescriptor, input: usize, cells: usize, hidden: usize, sums: usize, gates: usize, codes: usize): void {
  const panels = panelsOf(d);
  const rowBytes = <usize>(panels * PANEL_ROWS) << 2;
  const recurrent = sums + rowBytes;
  copyBytes(d.bias, sums, rowBytes);
  zeroSpan(recurrent, rowBytes);
  widen(input, d.inputs, d.inputZeroPoint, codes);
  addCodeProducts(d.inputWeights, codes, (d.inputs + 1) >> 1, panels, sums, 0, 0);
  widen(hidden, d.cells, d.hiddenZeroPoint, codes);
  addCodeProducts(d.recurrentWeights, codes, (d.cells + 1) >> 1, panels, recurrent, 0, 0);
  for (let gate: usize = 0; gate < <usize>d.gates; gate++) {
    const row = gate * d.stride;
    integerGate(sums + (row << 2), recurrent + (row << 2), d.multipliers + (gate << 4), gate == 1, gates + (row << 1), d.stride);
  }
  updateCells(
    gates,
    d.gates == 3,
    d.stride,
    cells,
    hidden,
    d.cellExponent,
    d.cellLimit,
    d.resultMultiplier,
    d.resultShift,
    d.resultZeroPoint,
  );
}

/** The workspace holds two sums of every row, gates, cells, the hidden vector and codes. */
export function integerLstm(d: IntegerLstmDescriptor): void {
  const sums = d.workspace;
  const gates = sums + (<usize>(panelsOf(d) * PANEL_ROWS) << 3);
  const cells = gates + (<usize>(d.gates * d.stride) << 1);
  const hidden = cells + (<usize>d.stride << 1);
  const codes = hidden + <usize>d.stride;
  for (let sequence: u32 = 0; sequence < d.batch; sequence++) {
    const first = <usize>(sequence * d.cells);
    copyBytes(d.cellBefore + (first << 1), cells, <usize>d.cells << 1);
    copyBytes(d.hiddenBefore + first, hidden, d.cells);
    for (let t: u32 = 0; t < d.steps; t++) {
      const at = d.timeMajor ? t * d.batch + sequence : sequence * d.steps + t;
      step(d, d.input + <usize>(at * d.inputs), cells, hidden, sums, gates, codes);
      copyBytes(hidden, d.output + <usize>(at * d.cells), d.cells);
    }
    copyBytes(cells, d.cellAfter + (first << 1), <usize>d.cells << 1);
    copyBytes(hidden, d.hiddenAfter + first, d.cells);
  }
}
