// Owns the descriptor structs that the host writes and the core reads, and the numbers of the operators.
//
// A program is an array of descriptors of DESCRIPTOR_BYTES each. Addresses are absolute byte addresses in linear memory.
// Activations ("centred") are int16: code - zeroPoint, NHWC with strides in bytes; a pixel's channels are contiguous.
// The build generates src/core/abi.ts from this file, abi-int16.ts, abi-load.ts, abi-move.ts and abi-reduce.ts: operator X has the fields of class XDescriptor, an address is a usize.

export const ABI_VERSION: u32 = 2;
export const DESCRIPTOR_BYTES: usize = 128;

export const enum OpKind {
  Center = 1,
  Uncenter = 2,
  Clear = 3,
  Copy = 4,
  Convolution = 5,
  Depthwise = 6,
  Add = 7,
  Multiply = 8,
  MaxPool = 9,
  AveragePool = 10,
  Mean = 11,
  Softmax = 12,
  ResizeBilinear = 13,
  Quantize = 14,
  Dequantize = 15,
  PackConvolution = 16,
  PackDepthwise = 17,
  PixelOffsets = 18,
  FloatScale = 19,
  Move = 20,
  SumScale = 21,
  Maximum = 22,
  Minimum = 23,
  WideConvolution = 24,
  WideDepthwise = 25,
  Interpolate = 26,
  WideSoftmax = 27,
  Prelu = 40,
  SquaredDifference = 41,
  Reduce = 42,
  Gather = 43,
  Cast = 44, // 64 and above: relaxed/abi.ts
}

/** How an int32 accumulator becomes a centred int16; see requantize.ts. */
export const enum Requantization {
  /** One rounding constant; exact when the clamp's lower bound is >= 0. */
  NonNegative = 0,
  /** Any clamp; |accumulator| < 2^30. */
  Signed = 1,
  /** Scalar arithmetic for everything else. */
  General = 2,
  /** As NonNegative, for channels whose factors do not fit into their weights: the accumulators are multiplied instead. */
  Scaled = 3,
  /** float32, for multipliers whose every step was checked at load; any clamp with a lower bound >= 0, and with FloatSigned any. */
  Float = 4,
  FloatSigned = 5,
  /** As Signed, with the accumulators multiplied as in Scaled; every channel shifts right. Of the relaxed core only. */
  ScaledSigned = 6,
  /** As Scaled and ScaledSigned with a right shift of 16: results are upper halves of high words. Of the relaxed core only. */
  ScaledHalf = 7,
  SignedHalf = 8,
}

// Layout of the requantization constants of 4 channels, by mode:
//   NonNegative: +0 multiplier i32x4 | +16 rounding i64x2 (channels 0, 1) | +32 rounding i64x2 (channels 2, 3)
//   Signed:      the same, and +48 correction i32x4; ScaledSigned, SignedHalf: as Signed, with negated multipliers
//   Scaled, ScaledHalf: the same as NonNegative, and +48 factor i32x4
//   General:     +0 multiplier i32x4 | +16 shift i32x4 (positive = left)
//   Float:       +0 scale f32x4 | +16 offset f32x4 | +32 1.5 x 2^23 f32x4; FloatSigned: the same, and +48 sign bits i32x4

/** Requantization constants of 4 channels. */
export const REQUANTIZATION_BYTES: usize = 64;

/** Codes to centred int16: the graph's inputs and what the host computed. */
@unmanaged
export class CenterDescriptor {
  kind: u32;
  input: usize; // codes u8 or i8 [images][rows][columns][channels], dense
  output: usize; // i16, address of pixel (0, 0, 0)
  images: u32;
  rows: u32;
  columns: u32;
  channels: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  zeroPoint: i32;
  signed: u32; // 1: int8 codes
}

/** Centred int16 to codes: the graph's outputs and what the host reads. */
@unmanaged
export class UncenterDescriptor {
  kind: u32;
  input: usize; // i16, address of pixel (0, 0, 0)
  output: usize; // codes [images][rows][columns][channels], dense
  images: u32;
  rows: u32;
  columns: u32;
  channels: u32;
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  zeroPoint: i32;
}

/** Zeroes the border around the images of one value, whose memory may have held something else. */
@unmanaged
export class ClearDescriptor {
  kind: u32;
  output: usize; // first byte of the bordered buffer
  images: u32;
  rows: u32; // inner rows
  imageBytes: u32; // all bytes from one bordered image to the next
  topBytes: u32; // border rows above, whole rows
  bottomBytes: u32;
  rowBytes: u32; // one bordered row
  leftBytes: u32;
  rightBytes: u32;
}

/** Copies spans of channels between layouts, each element as it is, through a table, or by one of two slopes. */
@unmanaged
export class CopyDescriptor {
  kind: u32;
  input: usize; // i16
  output: usize; // i16
  images: u32;
  rows: u32;
  columns: u32;
  elements: u32; // int16 per span
  inputImageBytes: u32;
  inputRows: usize; // i32[rows]: byte offset of each row
  inputColumns: usize; // i32[columns]: byte offset of each pixel in its row
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  table: usize; // u8[256], then 16 bytes of 16; or 0
  tableBias: i32; // index = element + tableBias
  tableOffset: i32; // result = entry + tableOffset
  slopes: usize; // constants of slopeSpan (microkernels/i16-map.ts), or 0
}

/** CONV_2D, FULLY_CONNECTED and DEPTHWISE_CONV_2D with a multiplier: a GEMM whose rows are found through offset tables. */
@unmanaged
export class ConvolutionDescriptor {
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
  weights: usize; // i16[panel][tap][depthPairs][16 or 8][2]
  bias: usize; // i32[16 panels + 8 tail]
  constants: usize; // requantization constants of all channels
  mode: u32; // Requantization
  shift: u32; // right shift of the accumulators' high words
  lower: i32; // clamp, centred
  upper: i32;
}

/** DEPTHWISE_CONV_2D with multiplier 1 over 8 channels at a time. */
@unmanaged
export class DepthwiseDescriptor {
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
  variant: u32; // DepthwiseVariant
  tapPairs: u32; // any kernel: number of pairs of taps
  tapOffsets: usize; // any kernel: i32[tapPairs][2], bytes
  weights: usize; // per block: see the variant's microkernel
  constants: usize;
  mode: u32;
  shift: u32;
  lower: i32;
  upper: i32;
}

export const enum DepthwiseVariant {
  Any = 0,
  Kernel3x3Stride1 = 1,
  Kernel3x3Stride2 = 2,
}

/** ADD, SUB, MUL, MAXIMUM, MINIMUM, PRELU and SQUARED_DIFFERENCE with broadcasting by zero strides. */
@unmanaged
export class ElementwiseDescriptor {
  kind: u32;
  left: usize;
  right: usize;
  output: usize;
  images: u32;
  rows: u32;
  columns: u32;
  blocks: u32; // of 8 channels; every operand that is not broadcast along channels has them all
  leftImageBytes: u32;
  leftRowBytes: u32;
  leftPixelBytes: u32;
  leftChannelBytes: u32; // 2, or 0: one element for all channels
  rightImageBytes: u32;
  rightRowBytes: u32;
  rightPixelBytes: u32;
  rightChannelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  form: u32; // ElementwiseForm
  constants: usize; // see ElementwiseForm
  subtract: u32; // 1: SUB
  lower: i32;
  upper: i32;
}

/** How elementwise operators compute, and their constants. */
export const enum ElementwiseForm {
  /**
   * TFLite's steps; ADD, SUB and SQUARED_DIFFERENCE: three ScalarRequantization (left, right, result); PRELU: two (elements, products);
   * MUL: one; MAXIMUM, MINIMUM: none.
   */
  Steps = 0,
  /** ADD, SUB as one sum of products: three vectors, see addLinearSpan. */
  Linear = 1,
  /** MUL in float32: the constants of Requantization.FloatSigned. */
  Float = 2,
  /** Add: as Steps, with negative elements of the left operand and positive ones of the right one as 0; both are one image. */
  Slopes = 3,
}

export type AddDescriptor = ElementwiseDescriptor;
export type MultiplyDescriptor = ElementwiseDescriptor;
export type MaximumDescriptor = ElementwiseDescriptor;
export type MinimumDescriptor = ElementwiseDescriptor;
export type PreluDescriptor = ElementwiseDescriptor;
export type SquaredDifferenceDescriptor = ElementwiseDescriptor;

/** One ScalarRequantization. */
export const SCALAR_REQUANTIZATION_BYTES: usize = 80;

/** Requantization of one whole tensor, replicated for v128 loads; padded to SCALAR_REQUANTIZATION_BYTES. */
@unmanaged
export class ScalarRequantization {
  multiplier0: u64; // i32x4
  multiplier1: u64;
  rounding0: u64; // i64x2
  rounding1: u64;
  correction0: u64; // i32x4
  correction1: u64;
  leftShift: i32; // of the operand, before the multiplier
  shift: i32;
  general: u32; // 1: use the two fields below, scalar; then `rounding` is i32x4 of the shift
  generalMultiplier: i32;
  generalShift: i32;
}

/** AVERAGE_POOL_2D and MAX_POOL_2D; taps outside the image do not count. */
@unmanaged
export class PoolDescriptor {
  kind: u32;
  input: usize; // address of pixel (0, 0, 0)
  output: usize;
  images: u32;
  inputRows: u32;
  inputColumns: u32;
  rows: u32; // of the output
  columns: u32;
  blocks: u32; // of 8 channels
  filterRows: u32;
  filterColumns: u32;
  strideRows: u32;
  strideColumns: u32;
  padTop: i32;
  padLeft: i32;
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  workspace: usize; // MAX_POOL_2D: one row of the input
  zeroPoint: i32; // the average is rounded in code space
  lower: i32;
  upper: i32;
}

export type MaxPoolDescriptor = PoolDescriptor;
export type AveragePoolDescriptor = PoolDescriptor;

/** SOFTMAX over the channels of every pixel. */
@unmanaged
export class SoftmaxDescriptor {
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
  exponentials: usize; // i32[256]: exp of (element - maximum), Q0.31, index = maximum - element; -1 = skipped
  workspace: usize; // i16[256]
  outputZeroPoint: i32;
  minimum: i32; // of the output's codes
  bits: i32; // of the output's codes, 8 or 16
}

/** How RESIZE_BILINEAR computes; see microkernels/i16-resize-bilinear.ts. */
export const enum ResizeForm {
  /** uint8: float32 on codes. */
  Float = 0,
  /** int8: 10-bit weights, 32-bit sums. */
  Integer = 1,
  /** Either, with weights of both axes that are multiples of 2^-8 together: 16-bit sums. */
  Short = 2,
  /** int16: 10-bit weights, sums of two rows in 32 bits, of four pixels in 64. */
  Wide = 3,
}

/** RESIZE_BILINEAR with positions and weights tabulated by the host. */
@unmanaged
export class ResizeBilinearDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32; // of the output
  columns: u32;
  blocks: u32; // of 8 channels
  inputImageBytes: u32;
  inputSpanBytes: u32; // a row without its border
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  rowTable: usize; // per output row: i32 byte offset of the upper row, i32 of the lower row, weights of both (i32 or f32)
  columnTable: usize; // likewise left and right pixel, in a row of the workspace
  workspace: usize; // one row of the input, i16 or i32; Float: four f32 of the upper and four of the lower row in turn
  form: u32; // ResizeForm
  zeroPoint: i32;
  base: i32; // added to sums of two rows: a code's zero point in the weights' unit, and 1/2 of the results of ResizeForm.Integer
  multiplier: i32; // Short: Q0.15 of the last rounding
  signMask: i32; // Short: -1 for ties that are rounded away from zero, 0 for ties that are rounded up
  offset: i32; // Short: added to codes
}

/** QUANTIZE of float32 and DEQUANTIZE to float32; each side has a layout of its own. */
@unmanaged
export class QuantizeDescriptor {
  kind: u32;
  input: usize; // address of pixel (0, 0, 0), as of `output`: f32 or i16
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
  scale: f32;
  zeroPoint: i32;
  lower: i32;
  upper: i32;
}

export type DequantizeDescriptor = QuantizeDescriptor;
