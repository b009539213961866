// Owns 3x3 and 5x5 DEPTHWISE_CONV_2D with multiplier 1 on 8-bit terms: images, rows, pairs of pixels, blocks of 16 channels.
import { Requantization } from '../../abi';
import { DOT_WORKSPACE_BYTES, DotDepthwiseDescriptor } from '../abi';
import { requantizeTile } from '../microkernels/i32-requantize-tile';
import { dotDepthwiseStride1 } from '../microkernels/i8-depthwise-3x3-stride1';
import { dotDepthwiseStride2 } from '../microkernels/i8-depthwise-3x3-stride2';
import { dotDepthwise5x5Stride1, dotDepthwise5x5Stride2 } from '../microkernels/i8-depthwise-5x5';

/** Threads take equal ranges of all rows, or pairs of rows, of all images; an odd last row or column is computed with its neighbour. */
export function dotDepthwise(d: DotDepthwiseDescriptor, thread: u32, threads: u32): void {
  const workspace = d.workspace + <usize>thread * DOT_WORKSPACE_BYTES;
  const height: u32 = d.stride == 1 || d.size == 5 ? 2 : 1;
  const bands = (d.rows + height - 1) / height;
  const total = <u64>d.images * bands;
  const end = <u32>((total * (thread + 1)) / threads);
  for (let i = <u32>((total * thread) / threads); i < end; i++) {
    const row = <usize>min<u32>((i % bands) * height, d.rows - height);
    band(d, <usize>(i / bands), row, workspace);
  }
}

/** Two rows of the output, or one of 3x3 with stride 2. */
function band(d: DotDepthwiseDescriptor, image: usize, row: usize, workspace: usize): void {
  const input = d.input + image * d.inputImageBytes + row * d.stride * d.inputRowBytes;
  const output = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
  const isHot = d.mode == Requantization.ScaledHalf;
  if (d.size == 5) {
    pixelsOf(5, 1, Requantization.General, d, input, output, workspace);
  } else if (d.stride == 1) {
    if (isHot) pixelsOf(3, 1, Requantization.ScaledHalf, d, input, output, workspace);
    else pixelsOf(3, 1, Requantization.General, d, input, output, workspace);
  } else {
    if (isHot) pixelsOf(3, 2, Requantization.ScaledHalf, d, input, output, workspace);
    else pixelsOf(3, 2, Requantization.General, d, input, output, workspace);
  }
}

/** `size`, `stride` of 3x3 and `hot` are literals. */
// @ts-ignore: decorator
@inline
function pixelsOf(size: i32, stride: i32, hot: i32, d: DotDepthwiseDescriptor, inputRow: usize, outputRow: usize, workspace: usize): void {
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  const rowBytes = <usize>d.inputRowBytes;
  const pixelBytes = <usize>d.inputPixelBytes;
  const outputRowBytes = <usize>d.outputRowBytes;
  const outputPixelBytes = <usize>d.outputPixelBytes;
  const offsets = workspace + 256;
  store<i32>(offsets, 0);
  store<i32>(offsets, <i32>outputPixelBytes, 4);
  store<i32>(offsets, <i32>outputRowBytes, 8);
  store<i32>(offsets, <i32>(outputRowBytes + outputPixelBytes), 12);
  const columns = d.columns;
  const lastTable = d.blockWeights + (<usize>(d.blocks - 1) << 2);
  const lastBlock = <usize>d.lastBlock;
  const biases = d.bias;
  const constants = d.constants;
  const sets = d.weights;
  for (let x: u32 = 0; x < columns; x += 2) {
    const column = <usize>min<u32>(x, columns - 2);
    const input = inputRow + column * <usize>d.stride * pixelBytes;
    const output = outputRow + column * outputPixelBytes;
    let channel: usize = 0;
    for (let table = d.blockWeights; table <= lastTable; table += 4) {
      if (table == lastTable) channel = lastBlock;
      const weights = sets + <usize>load<u32>(table);
      const weightsEnd = sets + <usize>load<u32>(table, 4);
      const first = input + channel;
      const place = output + (channel << 1);
      const bias = biases + (channel << 2);
      const k = constants + (channel << 4);
      if (size == 5) {
        if (d.stride == 1) dotDepthwise5x5Stride1(first, rowBytes, pixelBytes, weights, weightsEnd, bias, workspace);
        else dotDepthwise5x5Stride2(first, rowBytes, pixelBytes, weights, weightsEnd, bias, workspace);
      } else if (stride == 1) {
        dotDepthwiseStride1(
          hot,
          first,
          rowBytes,
          pixelBytes,
          place,
          outputRowBytes,
          outputPixelBytes,
          weights,
          weightsEnd,
          bias,
          k,
          lower,
          upper,
          workspace,
        );
      } else {
        dotDepthwiseStride2(
          hot,
          first,
          rowBytes,
          pixelBytes,
          place,
          outputPixelBytes,
          weights,
          weightsEnd,
          bias,
          k,
          lower,
          upper,
          workspace,
        );
      }
      if (hot == Requantization.General) {
        requantizeTile(workspace, stride == 1 ? 4 : 2, 4, place, offsets, offsets + 12, k, d.mode, d.shift, lower, upper);
      }
      channel += 16;
    }
  }
}
