// Owns the descriptor structs of int16 codes: layers, whose sums of products are int64, and functions of one code by tables of lines.

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

// A table of lines, of a function between equally spaced positions: i16[lines][2], the value where a line begins and its change over 2^bits
// positions. At a position of 2^bits line + rest it is value 2^bits + change rest, in units of 2^-bits.

/** One Interpolation. */
export const INTERPOLATION_BYTES: usize = 36;

/** How codes become positions in a table of lines, and its values results; see microkernels/i16-interpolate.ts. */
@unmanaged
export class Interpolation {
  multiplier: i32; // position = (code multiplier + scaleRounding) >> scaleShift
  scaleRounding: i32;
  scaleShift: i32;
  mirrored: i32; // -1: the table is that of magnitudes, and a negative position gives the complement of its value; else 0
  offset: i32; // added to positions
  last: i32; // the largest position
  bits: i32;
  rounding: i32; // result = (value + rounding) >> shift, wrapped to int16
  shift: i32;
}

/** LOGISTIC, TANH, GELU, EXP and LOG over int16, 8 channels at a time. */
@unmanaged
export class InterpolateDescriptor {
  kind: u32;
  input: usize; // address of pixel (0, 0, 0)
  output: usize;
  images: u32;
  rows: u32;
  columns: u32;
  blocks: u32; // of 8 channels
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  table: usize; // of lines
  constants: usize; // one Interpolation
}

/** SOFTMAX over the channels of every pixel of int16, at most 2^16 - 1. */
@unmanaged
export class WideSoftmaxDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32;
  columns: u32;
  channels: u32;
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  exponentials: usize; // 512 lines: exp over [-10, 0], by code + 2^15
  reciprocals: usize; // 512 lines: 1 / (1 + x) over [0, 1]
  multiplier: i32; // from code differences to multiples of 10 / 65535
  shift: i32;
}
