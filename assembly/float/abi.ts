// Owns the float core's descriptors, which the host writes and the core reads, and the numbers of its operators.
//
// A program is an array of descriptors of DESCRIPTOR_BYTES each. Addresses are absolute byte addresses in linear memory.
// Activations are float32, NHWC with strides in bytes; a pixel's channels are contiguous and padded to 8 unless an operator says
// otherwise. Values in padding lanes are undefined.
// The build generates src/core/abi-float.ts from this file, abi-recurrent.ts and abi-reduce.ts: operator X has the fields of class XDescriptor, an address is a usize.

export const ABI_VERSION: u32 = 2;
export const DESCRIPTOR_BYTES: usize = 128;

export const enum OpKind {
  Clear = 1,
  Copy = 2,
  Convolution = 3,
  Depthwise = 4,
  Add = 5,
  Subtract = 6,
  Multiply = 7,
  Divide = 8,
  MaxPool = 9,
  AveragePool = 10,
  Softmax = 12,
  Clamp = 13,
  Logistic = 14,
  Tanh = 15,
  HardSwish = 16,
  LeakyRelu = 17,
  Exp = 18,
  Sqrt = 19,
  Rsqrt = 20,
  Maximum = 21,
  Minimum = 22,
  Prelu = 23,
  L2Normalization = 25,
  ArgMax = 26,
  ArgMin = 27,
  ResizeBilinear = 28,
  ResizeNearest = 29,
  Negate = 30,
  Absolute = 31,
  Square = 32,
  Floor = 33,
  Ceil = 34,
  Round = 35,
  Elu = 36,
  Gelu = 37,
  GeluByTanh = 38,
  Log = 39,
  Sine = 40,
  Cosine = 41,
  SquaredDifference = 42,
  Power = 43,
  // Both in the same order.
  ReduceSum = 44,
  ReduceMax = 45,
  ReduceMin = 46,
  ReduceProduct = 47,
  SumChannels = 48,
  MaxChannels = 49,
  MinChannels = 50,
  ProductChannels = 51,
  LogSoftmax = 52,
  MatrixProduct = 53,
  SparseConvolution = 54,
  Lstm = 55,
  IntegerLstm = 56,
  Svdf = 57,
  IntegerSvdf = 58,
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

/** Copies spans of elements between layouts. */
@unmanaged
export class CopyDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32;
  columns: u32;
  elements: u32; // float32 per span
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
}

/** CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV and DEPTHWISE_CONV_2D with a multiplier: a GEMM whose rows are found through offset tables. */
@unmanaged
export class ConvolutionDescriptor {
  kind: u32;
  input: usize; // where the first tap of the first output pixel lies
  inputOffsets: usize; // i32[pixels]: bytes from `input`
  output: usize;
  outputOffsets: usize; // i32[pixels]
  pixels: u32; // output pixels of all images
  taps: u32; // kernel positions that are not contiguous in memory
  tapOffsets: usize; // i32[taps]: bytes
  depth: u32; // input elements per tap
  panels: u32; // of 8 output channels
  panelOffsets: usize; // i32[panels]: bytes to the panel's first input channel
  weights: usize; // f32[panel][tap][depth][8]
  interleaved: u32; // 1 for one pixel: three panels, then the rest, as [tap][depth][3, 2 or 1][8]; all read the same channels
  byLanes: u32; // 1: four elements of depth at a time
  bias: usize; // f32[panels][8]
  lower: f32; // fused activation
  upper: f32;
}

/** DEPTHWISE_CONV_2D with multiplier 1 over 4 channels at a time. */
@unmanaged
export class DepthwiseDescriptor {
  kind: u32;
  input: usize; // where the first tap of the first output pixel lies
  output: usize;
  images: u32;
  rows: u32; // of the output
  columns: u32;
  blocks: u32; // of 4 channels
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  strideRows: u32;
  strideColumns: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  variant: u32; // DepthwiseVariant
  taps: u32;
  tapOffsets: usize; // i32[taps]: bytes from a pixel's first tap; only read by the variant Any
  weights: usize; // per vector of channels f32[taps][4], then the bias f32[4]
  lower: f32;
  upper: f32;
}

export const enum DepthwiseVariant {
  Any = 0,
  Kernel3x3Stride1 = 1,
  Kernel3x3Stride2 = 2,
}

/**
 * Operators with two operands, broadcast by zero strides: ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE, POW (right exponents)
 * and PRELU (left data, right slopes).
 */
@unmanaged
export class ElementwiseDescriptor {
  kind: u32;
  left: usize;
  right: usize;
  output: usize;
  workspace: usize; // 128 bytes
  images: u32;
  rows: u32;
  columns: u32;
  elements: u32; // of one column, written exactly
  leftImageBytes: u32;
  leftRowBytes: u32;
  leftPixelBytes: u32;
  leftChannelBytes: u32; // 4, or 0: one element for all channels
  rightImageBytes: u32;
  rightRowBytes: u32;
  rightPixelBytes: u32;
  rightChannelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  lower: f32;
  upper: f32;
}

export type AddDescriptor = ElementwiseDescriptor;
export type SubtractDescriptor = ElementwiseDescriptor;
export type MultiplyDescriptor = ElementwiseDescriptor;
export type DivideDescriptor = ElementwiseDescriptor;
export type MaximumDescriptor = ElementwiseDescriptor;
export type MinimumDescriptor = ElementwiseDescriptor;
export type PreluDescriptor = ElementwiseDescriptor;
export type SquaredDifferenceDescriptor = ElementwiseDescriptor;
export type PowerDescriptor = ElementwiseDescriptor;

/** MAX_POOL_2D and AVERAGE_POOL_2D; only elements inside the image count. */
@unmanaged
export class PoolDescriptor {
  kind: u32;
  input: usize; // pixel (0, 0, 0)
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
  padTop: u32;
  padLeft: u32;
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  lower: f32;
  upper: f32;
}

export type MaxPoolDescriptor = PoolDescriptor;
export type AveragePoolDescriptor = PoolDescriptor;

/** RESIZE_BILINEAR; a table's entry is two byte offsets and their weights: u32, u32, f32, f32. */
@unmanaged
export class ResizeBilinearDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32; // of the output
  columns: u32;
  vectors: u32; // of 4 channels
  inputImageBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  rowTable: usize; // per output row
  columnTable: usize; // per output column
}

/** RESIZE_NEAREST_NEIGHBOR; a table's entry is a byte offset. */
@unmanaged
export class ResizeNearestDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32; // of the output
  columns: u32;
  vectors: u32; // of 4 channels
  inputImageBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  rowTable: usize; // u32[rows]
  columnTable: usize; // u32[columns]
}

/**
 * The constants of functions of exponentials, f32[24]: lower and upper bound of the argument of exp, log2(e), 1.5 x 2^23 + 127, - ln 2 in two
 * parts, the coefficients of r^5 to r of exp(r), then 1, 3, 6 and 1 / 6; from 16 on those of GELU (microkernels/f32-unary.ts).
 */
export const FUNCTION_CONSTANTS: u32 = 24;
/** Those of SOFTMAX, f32[8]: the lowest exponent, 1.5 x 2^23, the coefficients of f^5 to f of 2^f, and 1. */
export const SOFTMAX_CONSTANTS: u32 = 8;
/** Those of logarithms, f32[16]: the bounds of mantissas, coefficients of z^9 to z^3, and ln 2 in two parts (logarithm.ts). */
export const LOGARITHM_CONSTANTS: u32 = 16;
/** Bytes of 4 / pi, the least significant one first, and three zeros (microkernels/f32-trigonometric.ts). */
export const FOUR_OVER_PI_BYTES: u32 = 28;

/** Functions of one element, such as Clamp and Logistic. */
@unmanaged
export class UnaryDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32;
  elements: u32; // of one row of pixels, written exactly
  inputImageBytes: u32;
  inputRowBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  constants: usize; // f32[FUNCTION_CONSTANTS]; Log: f32[LOGARITHM_CONSTANTS]; Sine and Cosine: u8[FOUR_OVER_PI_BYTES]
  a: f32; // Clamp and Exp: lower bound of the argument; LeakyRelu: slope; Negate and Absolute: -0; others: none
  b: f32; // Clamp and Exp: upper bound
}

export type ClampDescriptor = UnaryDescriptor;
export type LogisticDescriptor = UnaryDescriptor;
export type TanhDescriptor = UnaryDescriptor;
export type HardSwishDescriptor = UnaryDescriptor;
export type LeakyReluDescriptor = UnaryDescriptor;
export type ExpDescriptor = UnaryDescriptor;
export type SqrtDescriptor = UnaryDescriptor;
export type RsqrtDescriptor = UnaryDescriptor;
export type NegateDescriptor = UnaryDescriptor;
export type AbsoluteDescriptor = UnaryDescriptor;
export type SquareDescriptor = UnaryDescriptor;
export type FloorDescriptor = UnaryDescriptor;
export type CeilDescriptor = UnaryDescriptor;
export type RoundDescriptor = UnaryDescriptor;
export type EluDescriptor = UnaryDescriptor;
export type GeluDescriptor = UnaryDescriptor;
export type GeluByTanhDescriptor = UnaryDescriptor;
export type LogDescriptor = UnaryDescriptor;
export type SineDescriptor = UnaryDescriptor;
export type CosineDescriptor = UnaryDescriptor;

/** BATCH_MATMUL, and FULLY_CONNECTED with computed weights: panels of 8 columns of every right matrix are packed, then multiplied. */
@unmanaged
export class MatrixProductDescriptor {
  kind: u32;
  left: usize;
  right: usize;
  output: usize;
  matrices: u32;
  leftMatrices: usize; // i32[matrices]: bytes from `left`
  rightMatrices: usize; // i32[matrices]: bytes from `right`
  outputMatrices: usize; // i32[matrices]: bytes from `output`
  rows: u32;
  leftRows: usize; // i32[rows]: bytes from a matrix
  outputRows: usize; // i32[rows]
  depth: u32;
  columns: u32; // of the output, written as whole panels
  rightRowBytes: u32; // from one row of a right matrix in memory to the next
  transposed: u32; // 1: right matrices are [columns][depth]
  panel: usize; // f32[depth][8], workspace
  tap: usize; // i32[1]: 0
  byLanes: u32;
  bias: usize; // f32[columns rounded up to 8]
  lower: f32;
  upper: f32;
}

/** CONV_2D of one kernel position and few non-zero weights (microkernels/f32-sparse.ts). */
@unmanaged
export class SparseConvolutionDescriptor {
  kind: u32;
  input: usize;
  inputOffsets: usize; // i32[pixels]: bytes from `input`
  output: usize;
  outputOffsets: usize; // i32[pixels]
  pixels: u32;
  channels: u32;
  outputs: u32; // a multiple of 4
  planes: usize; // workspace: f32[channels rounded up to 4][16], then f32[4][16]
  weights: usize; // per weight u32, bytes to its plane, and f32
  counts: usize; // u32[outputs]: weights that are not 0
  bias: usize; // f32[outputs]
  lower: f32;
  upper: f32;
}
