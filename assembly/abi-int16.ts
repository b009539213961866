// Owns the descriptor structs of layers over int16 codes, whose sums of products are int64.

/** How sums become int16; see microkernels/i64-requantize.ts. */
export const enum SumRequantization {
  /** int64: a multiplier of 16 bits, one rounding. */
  Wide = 0,
  /** Wrapped to int32: a multiplier of 32 bits, two roundings. */
  Narrow = 1,
}

// Layout of the requantization constants of 4 channels: +0 multiplier i32x4 | +16 shift i32x4. Wide: the multiplier is that of 16 bits, and the
// shift goes right by 8 to 46. Narrow: as Requantization.General.

/** Requantization constants of 4 channels. */
export const SUM_REQUANTIZATION_BYTES: usize = 32;

/** Bytes of sums that a thread needs while it runs: two pixels of 16 channels. */
export const SUM_BYTES: usize = 256;

/** CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV over int16: the same as Convolution but for sums and requantization. */
@unmanaged
export class WideConvolutionDescriptor {
  kind: u32;
  input: usize; // i16, where the first tap of the first output pixel lies
  inputOffsets: usize; // i32[pixels]: bytes from `input`
  output: usize; // i16
  outputOffsets: usize; // i32[pixels]
  pixels: u32; // output pixels of all images
  taps: u32; // kernel positions that are not contiguous in memory
  tapOffsets: usize; // i32[taps]: bytes
  depthPairs: u32; // pairs of input elements per tap
  panels: u32; // of 16 output channels
  tail: u32; // 1: one more panel of 8 channels
  panelOffsets: usize; // i32[panels + tail]: bytes to the panel's first input channel
  weights: usize; // i16[panel][tap][depthPairs][16 or 8][2], |weight| <= 128
  bias: usize; // i64[16 panels + 8 tail]
  constants: usize; // requantization constants of all channels
  mode: u32; // SumRequantization
  sums: usize; // SUM_BYTES for every thread
  lower: i32; // clamp
  upper: i32;
}

/** DEPTHWISE_CONV_2D over int16 with multiplier 1 over 8 channels at a time, of at most 256 taps. */
@unmanaged
export class WideDepthwiseDescriptor {
  kind: u32;
  input: usize; // i16, where the first tap of the first output pixel lies
  output: usize;
  images: u32;
  rows: u32; // of the output
  columns: u32;
  blocks: u32; // of 8 channels
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  strideRows: u32;
  strideColumns: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  tapPairs: u32;
  tapOffsets: usize; // i32[tapPairs][2], bytes
  weights: usize; // per block i16[tapPairs][8][2], then 32 bytes that are not read
  bias: usize; // i64[8 blocks]
  constants: usize;
  mode: u32; // SumRequantization
  sums: usize; // SUM_BYTES for every thread
  lower: i32;
  upper: i32;
}
