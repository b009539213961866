// Owns the descriptor structs that the relaxed core reads besides those of ../abi.ts, and the numbers of their operators.
//
// Terms are activations as bytes: codes as int8 for engines that multiply signed bytes, as uint8 for those that take them as unsigned.
// The build generates src/core/abi-relaxed.ts from this file as it does src/core/abi.ts from the other.

export const ABI_VERSION: u32 = 2;
export const DESCRIPTOR_BYTES: usize = 128;

export const enum OpKind {
  Narrow = 64,
  DotConvolution = 65,
  DotDepthwise = 66,
  PackDotConvolution = 67,
  SplitDotConvolution = 68,
}

/** How the relaxed core multiplies four input elements by four weights of each of 16 channels; see microkernels/i8-gemm-dot.ts and i8-gemm-saturating.ts. */
export const enum DotVariant {
  /** Four products to an int32, 4 pixels at a time: the engine takes both operands as signed. */
  Dot4 = 0,
  /** Four products to an int32, 2 pixels at a time: the engine takes activations as unsigned. */
  Dot2 = 1,
  /** Two products to an int16, which saturates; every result is added up in int32. */
  Ones = 2,
  /** The same, with two results added up in int16 first. */
  Pairs = 3,
}

/** Centred int16 to the 8-bit terms of dot products, element by element: borders and padding lanes are terms, too. */
@unmanaged
export class NarrowDescriptor {
  kind: u32;
  input: usize; // i16
  output: usize; // i8 or u8; whole vectors of 16 are written
  count: u32; // elements
  delta: i32; // term = element + delta
  unsigned: u32; // 1: terms are 0 to 255, otherwise -128 to 127
}

/** CONV_2D, FULLY_CONNECTED and DEPTHWISE_CONV_2D with a multiplier on 8-bit terms; otherwise as ConvolutionDescriptor. */
@unmanaged
export class DotConvolutionDescriptor {
  kind: u32;
  input: usize; // terms, where the first tap of the first output pixel lies
  inputOffsets: usize; // i32[pixels]: bytes from `input`
  output: usize; // i16
  outputOffsets: usize; // i32[pixels]
  pixels: u32; // output pixels of all images
  taps: u32; // kernel positions that are not contiguous in memory
  tapOffsets: usize; // i32[taps]: bytes
  turns: u32; // of 8 input elements per tap
  panels: u32; // of 16 output channels
  tail: u32; // 1: one more panel of 8 channels
  panelTable: usize; // DotPanel[panels + tail]
  weights: usize; // i8[panel][tap][2 turns][16 or 8][4]
  extraOffsets: usize; // i32[extras]: bytes from a pixel's first tap
  extraWeights: usize; // i8[extras][16][4]
  bias: usize; // i32[16 panels + 8 tail], minus delta times the sum of the weights
  constants: usize; // requantization constants of all channels
  mode: u32; // Requantization
  shift: u32; // right shift of the accumulators' high words
  lower: i32; // clamp, centred
  upper: i32;
  workspace: usize; // of DOT_WORKSPACE_BYTES
}

/** Accumulators of one tile of 4 pixels by 16 channels, and the places of its results. */
export const DOT_WORKSPACE_BYTES: usize = 272;
/** One DotPanel. */
export const DOT_PANEL_BYTES: usize = 16;

/** What differs from panel to panel. */
@unmanaged
export class DotPanel {
  input: u32; // bytes to the panel's first input channel
  firstExtra: u32; // extra quads [firstExtra, endExtra): what the panel's own quads cannot hold
  endExtra: u32;
  variant: u32; // DotVariant
}

/** DEPTHWISE_CONV_2D of 3x3 or 5x5 with multiplier 1 and stride 1 or 2 over 16 channels at a time, on 8-bit terms. */
@unmanaged
export class DotDepthwiseDescriptor {
  kind: u32;
  input: usize; // terms, where the first tap of the first output pixel lies
  output: usize; // i16
  images: u32;
  rows: u32; // of the output; at least 2, but for 3x3 with stride 2
  columns: u32; // at least 2
  blocks: u32; // of 16 channels; the last may overlap the one before
  lastBlock: u32; // first channel of the last block
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  size: u32; // 3 or 5
  stride: u32; // 1 or 2
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  blockWeights: usize; // u32[blocks + 1]: bytes to each block's sets of weights in `weights`, and to the end
  weights: usize; // see microkernels/i8-depthwise-*.ts
  bias: usize; // i32[channels], minus delta times the sum of the weights
  constants: usize;
  mode: u32;
  shift: u32;
  lower: i32;
  upper: i32;
  workspace: usize; // of DOT_WORKSPACE_BYTES
}

/** Weights as stored in the file to the panels of DotConvolutionDescriptor; fields as of PackConvolutionDescriptor. */
@unmanaged
export class PackDotConvolutionDescriptor {
  kind: u32;
  input: usize;
  output: usize; // i8 panels, cleared by the operator
  outputs: u32;
  firstOutput: u32;
  taps: u32;
  spans: u32;
  channels: u32;
  outputStride: u32;
  tapStride: u32;
  spanStride: u32;
  channelStride: u32;
  spanElements: u32;
  turns: u32;
  outputsPerGroup: u32;
  firstChannels: usize; // i32[panel] of the layer
  zeroPoint: i32;
  signed: u32;
  scaleShifts: usize; // u8[output] of the layer: 255 = weights are zero
  bias: usize; // i32[output] of the layer
  packedBias: usize; // the same minus `delta` times the sum of a filter's weights
  delta: i32;
}

/** Splits weights that no dot product computes exactly: see operators/split.ts. Runs while a plan is made; fields as of PackDotConvolutionDescriptor. */
@unmanaged
export class SplitDotConvolutionDescriptor {
  kind: u32;
  input: usize; // codes; weights with a rest are replaced by what the panels hold of them
  outputs: u32;
  firstOutput: u32;
  taps: u32;
  spans: u32;
  channels: u32;
  outputStride: u32;
  tapStride: u32;
  spanStride: u32;
  channelStride: u32;
  spanElements: u32;
  turns: u32;
  outputsPerGroup: u32;
  firstChannels: usize; // i32[panel] of the layer
  zeroPoint: i32;
  signed: u32;
  minWeight: i32; // the least weight that an instruction multiplies exactly; the greatest is 127
  saturates: u32; // 1: magnitudes of two weights may add up to 128
  variant: u32; // DotVariant of all panels where nothing saturates
  panels: usize; // DotPanel[panel] of the layer
  extraElements: usize; // i32[maxExtras]: first element of taps x depth of each extra quad
  extraWeights: usize; // i8[maxExtras][16][4]
  maxExtras: u32; // of the layer
  sums: usize; // i32[output] of the layer: sums of the weights in extra quads
  filters: usize; // workspace: i16[16][taps][2 turns][4]
  marks: usize; // workspace: u8[taps][2 turns]
  state: usize; // SplitState
}

/** One SplitState. */
export const SPLIT_STATE_BYTES: usize = 12;

/** What splitting adds up from one piece of a layer to the next. */
@unmanaged
export class SplitState {
  extras: u32; // so far
  declined: u32; // 1: int16 weights are faster; the rest of the output is undefined
  cost: f32; // of the panels so far, in quads per billion multiply-adds
}
