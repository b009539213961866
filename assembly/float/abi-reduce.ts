// Owns the descriptors of reductions, of extremes' places and of normalizations.

/**
 * MEAN, SUM and REDUCE_* of windows of `rows` x `columns` spans of neighbouring elements, in row-major order; a sum is divided by
 * `divisor`.
 */
@unmanaged
export class ReduceDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  outputRows: u32;
  outputColumns: u32;
  rows: u32; // of one window
  columns: u32;
  elements: u32; // of one span, written exactly
  inputImageBytes: u32; // from one window to the next
  inputRowBytes: u32;
  inputPixelBytes: u32;
  windowRowBytes: u32; // from one span of a window to the next
  windowPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
  divisor: f32;
}

export type ReduceSumDescriptor = ReduceDescriptor;
export type ReduceMaxDescriptor = ReduceDescriptor;
export type ReduceMinDescriptor = ReduceDescriptor;
export type ReduceProductDescriptor = ReduceDescriptor;

/** The same where the elements of a span are reduced, too: the channels of every pixel, or `spans` x `channels`; results are dense. */
@unmanaged
export class ReduceChannelsDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32;
  columns: u32;
  spans: u32; // of one result
  channels: u32; // of one span
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  spanBytes: u32; // from one span of a result to the next
  divisor: f32;
}

export type SumChannelsDescriptor = ReduceChannelsDescriptor;
export type MaxChannelsDescriptor = ReduceChannelsDescriptor;
export type MinChannelsDescriptor = ReduceChannelsDescriptor;
export type ProductChannelsDescriptor = ReduceChannelsDescriptor;

/** ARG_MAX and ARG_MIN over the channels of every pixel, or over elements `stepBytes` apart; results are dense int32 or int64. */
@unmanaged
export class ArgDescriptor {
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
  stepBytes: u32; // from one channel to the next; pixels are 4 bytes apart where it is not 4
  outputBytes: u32; // of one result, 4 or 8
}

export type ArgMaxDescriptor = ArgDescriptor;
export type ArgMinDescriptor = ArgDescriptor;

/** L2_NORMALIZATION over the channels of every pixel. */
@unmanaged
export class L2NormalizationDescriptor {
  kind: u32;
  input: usize;
  output: usize;
  images: u32;
  rows: u32;
  columns: u32;
  channels: u32;
  blocks: u32; // of 8 channels
  inputImageBytes: u32;
  inputRowBytes: u32;
  inputPixelBytes: u32;
  outputImageBytes: u32;
  outputRowBytes: u32;
  outputPixelBytes: u32;
}

/** SOFTMAX and LOG_SOFTMAX over the channels of every pixel. */
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
  constants: usize; // f32[SOFTMAX_CONSTANTS]
  logarithm: usize; // f32[LOGARITHM_CONSTANTS], for LOG_SOFTMAX
  factor: f32; // beta log2(e) > 0
}

export type LogSoftmaxDescriptor = SoftmaxDescriptor;
