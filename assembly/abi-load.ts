// Owns the descriptor structs of what the core computes while a model is loaded: packing, tables, and proofs for the planner.

/** Weights as stored in the file to panels of ConvolutionDescriptor. */
@unmanaged
export class PackConvolutionDescriptor {
  kind: u32;
  input: usize; // codes of `outputs` filters
  output: usize; // i16 panels, cleared by the operator
  outputs: u32; // filters in this call; a multiple of 16 unless it is the last call
  firstOutput: u32; // index of the first one, for `scales` and groups
  taps: u32;
  spans: u32; // kernel columns folded into one tap
  channels: u32; // input channels of a filter
  outputStride: u32; // elements from one filter to the next, likewise below
  tapStride: u32;
  spanStride: u32;
  channelStride: u32;
  spanElements: u32; // int16 from one folded column to the next in the activations
  depthPairs: u32;
  outputsPerGroup: u32;
  panelOffsets: usize; // i32[panel] of the layer, bytes
  zeroPoint: i32;
  signed: u32;
  scaleShifts: usize; // u8[output] of the layer: log2 of the factor f in requantize.ts, 255 = weights are zero
}

/** Weights as stored in the file to the blocks of DepthwiseDescriptor. */
@unmanaged
export class PackDepthwiseDescriptor {
  kind: u32;
  input: usize; // codes [taps][channels]
  output: usize; // i16, blocks
  channels: u32; // in this call, <= 8 x blocks
  channelStride: u32; // channels of a tap in `input`
  blocks: u32;
  blockBytes: u32;
  pairs: u32; // zipped pairs per block
  pairTaps: usize; // i32[pairs][2]: tap of each half, -1 = zero
  zeroPoint: i32;
  signed: u32;
  scaleShifts: usize; // u8[channel], as above
  bias: usize; // i32[8 x blocks], copied to after the pairs
}

/** Offsets of the pixels of a convolution's input or output, image by image and row by row, for the fields inputOffsets and outputOffsets. */
@unmanaged
export class PixelOffsetsDescriptor {
  kind: u32;
  output: usize; // i32[images][rows][columns]
  images: u32;
  imageBytes: u32;
  rows: u32;
  rowBytes: u32; // from one row to the next
  columns: u32;
  columnBytes: u32;
}

/** Looks for a float32 scale that requantizes exactly; multiplier in [2^30, 2^31), -12 <= shift <= 8. */
@unmanaged
export class FloatScaleDescriptor {
  kind: u32;
  multiplier: i32; // fixed point, of result = accumulator * multiplier * 2^(shift - 31)
  shift: i32;
  lower: i32; // clamp, centred
  upper: i32;
  output: usize; // f32: the scale, 0 where none is exact
}

/** Looks for a sum of products that equals ADD or SUB for all pairs of codes; see operators/sum-scale.ts. */
@unmanaged
export class SumScaleDescriptor {
  kind: u32;
  low: i32; // range of the operand with the larger scale, centred, times its sign in the sum
  high: i32;
  otherLow: i32; // range of the other operand, centred
  otherHigh: i32;
  otherSign: i32; // in the sum: 1 or -1
  otherMultiplier: i32; // fixed point, of the other operand
  otherShift: i32;
  multiplier: i32; // fixed point, of the sum
  shift: i32; // -22 to -1
  lower: i32; // clamp, centred
  upper: i32;
  factor: i32; // of the operand with the larger scale in the sum of products, positive
  otherFactor: i32; // of the other one, with its sign
  output: usize; // SumScale
  workspace: usize; // of SUM_SCALE_WORKSPACE_BYTES
}

export const SUM_SCALE_WORKSPACE_BYTES: usize = 35840;

/** One SumScale. */
export const SUM_SCALE_BYTES: usize = 12;

/** What is found: result = (factor operand + otherFactor other + rounding) >> 28. */
@unmanaged
export class SumScale {
  rounding: i32; // 0: nothing
  factor: i32;
  otherFactor: i32;
}
