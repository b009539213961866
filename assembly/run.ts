// Owns the walk over a program: one descriptor after the other, each to its operator.
import {
  CenterDescriptor,
  ClearDescriptor,
  UncenterDescriptor,
  ConvolutionDescriptor,
  CopyDescriptor,
  DESCRIPTOR_BYTES,
  DepthwiseDescriptor,
  ElementwiseDescriptor,
  OpKind,
  PoolDescriptor,
  QuantizeDescriptor,
  ResizeBilinearDescriptor,
  SoftmaxDescriptor,
} from './abi';
import { InterpolateDescriptor, WideConvolutionDescriptor, WideDepthwiseDescriptor, WideSoftmaxDescriptor } from './abi-int16';
import {
  FloatScaleDescriptor,
  PackConvolutionDescriptor,
  PackDepthwiseDescriptor,
  PixelOffsetsDescriptor,
  SumScaleDescriptor,
} from './abi-load';
import { CastDescriptor, GatherDescriptor, MoveDescriptor } from './abi-move';
import { MeanDescriptor, ReduceDescriptor } from './abi-reduce';
import { cast } from './operators/cast';
import { convolution } from './operators/convolution';
import { depthwise } from './operators/depthwise';
import { elementwise } from './operators/elementwise';
import { floatScale } from './operators/float-scale';
import { gather } from './operators/gather';
import { interpolate, wideSoftmax } from './operators/int16-functions';
import { center, clear, copy, uncenter } from './operators/layout';
import { packConvolution, packDepthwise, pixelOffsets } from './operators/pack';
import { move } from './operators/move';
import { averagePool, maxPool, mean } from './operators/pool';
import { quantize } from './operators/quantize';
import { reduce } from './operators/reduce';
import { resizeBilinear } from './operators/resize-bilinear';
import { softmax } from './operators/softmax';
import { sumScale } from './operators/sum-scale';
import { wideConvolution, wideDepthwise } from './operators/wide';

/**
 * Runs descriptors [begin, end) as `thread` of `threads`. Convolutions are divided among threads, all other operators run on thread
 * 0; with more than one thread the caller runs one descriptor at a time and waits for all before the next.
 */
export function runProgram(program: usize, begin: u32, end: u32, thread: u32, threads: u32): void {
  for (let i = begin; i < end; i++) {
    const at = program + <usize>i * DESCRIPTOR_BYTES;
    runDescriptor(at, load<u32>(at), thread, threads);
  }
}

/** Runs the descriptor of operator `kind` at `at`. */
// @ts-ignore: decorator
@inline
export function runDescriptor(at: usize, kind: u32, thread: u32, threads: u32): void {
  if (kind == OpKind.Convolution) convolution(changetype<ConvolutionDescriptor>(at), thread, threads);
  else if (kind == OpKind.Depthwise) depthwise(changetype<DepthwiseDescriptor>(at), thread, threads);
  else if (kind == OpKind.WideConvolution) wideConvolution(changetype<WideConvolutionDescriptor>(at), thread, threads);
  else if (kind == OpKind.WideDepthwise) wideDepthwise(changetype<WideDepthwiseDescriptor>(at), thread, threads);
  else if (thread == 0) runSingle(at, kind);
}

function runSingle(at: usize, kind: u32): void {
  switch (kind) {
    case OpKind.Center:
      center(changetype<CenterDescriptor>(at));
      break;
    case OpKind.Uncenter:
      uncenter(changetype<UncenterDescriptor>(at));
      break;
    case OpKind.Clear:
      clear(changetype<ClearDescriptor>(at));
      break;
    case OpKind.Copy:
      copy(changetype<CopyDescriptor>(at));
      break;
    case OpKind.Add:
    case OpKind.Multiply:
    case OpKind.Maximum:
    case OpKind.Minimum:
    case OpKind.Prelu:
    case OpKind.SquaredDifference:
      elementwise(changetype<ElementwiseDescriptor>(at));
      break;
    case OpKind.MaxPool:
      maxPool(changetype<PoolDescriptor>(at));
      break;
    case OpKind.AveragePool:
      averagePool(changetype<PoolDescriptor>(at));
      break;
    case OpKind.Mean:
      mean(changetype<MeanDescriptor>(at));
      break;
    case OpKind.Softmax:
      softmax(changetype<SoftmaxDescriptor>(at));
      break;
    case OpKind.ResizeBilinear:
      resizeBilinear(changetype<ResizeBilinearDescriptor>(at));
      break;
    case OpKind.Quantize:
    case OpKind.Dequantize:
      quantize(changetype<QuantizeDescriptor>(at));
      break;
    case OpKind.PackConvolution:
      packConvolution(changetype<PackConvolutionDescriptor>(at));
      break;
    case OpKind.PackDepthwise:
      packDepthwise(changetype<PackDepthwiseDescriptor>(at));
      break;
    case OpKind.PixelOffsets:
      pixelOffsets(changetype<PixelOffsetsDescriptor>(at));
      break;
    case OpKind.FloatScale:
      floatScale(changetype<FloatScaleDescriptor>(at));
      break;
    case OpKind.Move:
      move(changetype<MoveDescriptor>(at));
      break;
    case OpKind.Reduce:
      reduce(changetype<ReduceDescriptor>(at));
      break;
    case OpKind.Gather:
      gather(changetype<GatherDescriptor>(at));
      break;
    case OpKind.Cast:
      cast(changetype<CastDescriptor>(at));
      break;
    case OpKind.Interpolate:
      interpolate(changetype<InterpolateDescriptor>(at));
      break;
    case OpKind.WideSoftmax:
      wideSoftmax(changetype<WideSoftmaxDescriptor>(at));
      break;
    case OpKind.SumScale:
      sumScale(changetype<SumScaleDescriptor>(at));
      break;
    default:
      unreachable();
  }
}
