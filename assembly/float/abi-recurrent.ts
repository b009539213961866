// Owns the descriptors of recurrent layers: LSTM and SVDF, of float32, of int8 weights with float32 activations (hybrid), and of int8.
//
// All operands are dense. Weights lie in panels of PANEL_ROWS rows, whose rows beyond the last are zero: f32[panel][column][row], or of int8
// i8[panel][column pair][row][2]. The rows of an LSTM are those of all gates, in order, each padded to `stride`, a multiple of 8.

/** Rows of a panel of weights: six vectors of sums, which V8 11 (Node 20) keeps in registers. */
export const PANEL_ROWS: u32 = 24;

/** How products of weights and vectors are computed. */
export const enum RecurrentForm {
  /** float32, in the order of columns. */
  Float = 0,
  /** int8 weights; a vector of float32 becomes codes of one scale, whose largest magnitude is 127. */
  Symmetric = 1,
  /** The same with a zero point. */
  Asymmetric = 2,
}

/** An LSTM of float32 activations; gates are forget, cell, output and input, without the last where it is coupled to the first. */
@unmanaged
export class LstmDescriptor {
  kind: u32;
  input: usize; // f32 [batch][steps][inputs], or [steps][batch][inputs]
  output: usize; // f32, as many vectors of outputs
  hiddenBefore: usize; // f32 [batch][outputs]
  cellBefore: usize; // f32 [batch][cells]
  hiddenAfter: usize;
  cellAfter: usize;
  inputWeights: usize; // panels
  recurrentWeights: usize;
  projectionWeights: usize; // 0: none
  scales: usize; // of int8 weights, f32 of every row: of inputs, recurrent, of the projection
  bias: usize; // f32 of every row
  peephole: usize; // f32 of every row, 0: none
  norm: usize; // f32 of every row, 0: none; with it the bias is added after the normalization
  projectionBias: usize; // f32 of every row of the projection
  workspace: usize;
  constants: usize; // f32[FUNCTION_CONSTANTS]
  batch: u32;
  steps: u32;
  inputs: u32;
  cells: u32;
  outputs: u32;
  stride: u32; // rows of a gate
  gates: u32; // 3 or 4
  timeMajor: u32;
  form: u32; // RecurrentForm
  isTanh: u32; // the activation: TANH, or a clamp
  lower: f32;
  upper: f32;
  cellClip: f32; // 0: none
  projectionClip: f32;
}

/** An LSTM of int8 with an int16 cell state; gates as above. */
@unmanaged
export class IntegerLstmDescriptor {
  kind: u32;
  input: usize; // i8
  output: usize; // i8
  hiddenBefore: usize; // i8 [batch][cells]
  cellBefore: usize; // i16 [batch][cells]
  hiddenAfter: usize;
  cellAfter: usize;
  inputWeights: usize; // panels
  recurrentWeights: usize;
  bias: usize; // i32 of every row
  multipliers: usize; // i32[gates][4]: multiplier and shift of the products with inputs, then of recurrent ones
  workspace: usize;
  batch: u32;
  steps: u32;
  inputs: u32;
  cells: u32;
  stride: u32; // rows of a gate
  gates: u32; // 3 or 4
  timeMajor: u32;
  inputZeroPoint: i32;
  hiddenZeroPoint: i32; // of what recurrent weights read
  resultZeroPoint: i32; // of what a step gives
  resultMultiplier: i32;
  resultShift: i32;
  cellExponent: i32; // log2 of the cell state's scale, -15 to -9
  cellLimit: i32; // 0: none
}

/** SVDF of float32 activations. */
@unmanaged
export class SvdfDescriptor {
  kind: u32;
  input: usize; // f32 [batch][inputs]
  output: usize; // f32 [batch][filters / rank]
  before: usize; // f32 [batch][filters][memory]
  after: usize;
  weights: usize; // panels of filters
  scales: usize; // of int8 weights, f32 of every row
  time: usize; // f32 [filters][memory]
  bias: usize; // f32 [filters / rank], 0: none
  workspace: usize;
  constants: usize; // f32[FUNCTION_CONSTANTS]
  batch: u32;
  inputs: u32;
  filters: u32;
  rank: u32;
  memory: u32;
  form: u32; // RecurrentForm
  isTanh: u32; // the activation: TANH, or a clamp
  lower: f32;
  upper: f32;
}

/** SVDF of int8, with a state of int16 or int8. */
@unmanaged
export class IntegerSvdfDescriptor {
  kind: u32;
  input: usize; // i8 [batch][inputs]
  output: usize; // i8 [batch][filters / rank]
  before: usize; // i16 or i8 [batch][filters][memory]
  after: usize;
  weights: usize; // panels of filters
  time: usize; // i16 [filters][memory]
  bias: usize; // i32 [filters / rank], 0: none
  workspace: usize;
  batch: u32;
  inputs: u32;
  filters: u32;
  rank: u32;
  memory: u32;
  wide: u32; // 1: the state is int16
  inputZeroPoint: i32;
  stateZeroPoint: i32;
  stateMultiplier: i32;
  stateShift: i32;
  outputZeroPoint: i32;
  outputMultiplier: i32;
  outputShift: i32;
}
