// Owns the walk over a program of the relaxed core: the dot products' operators are its own, all others those of the core.
import { runDescriptor } from '../run';
import {
  DESCRIPTOR_BYTES,
  DotConvolutionDescriptor,
  DotDepthwiseDescriptor,
  NarrowDescriptor,
  OpKind,
  PackDotConvolutionDescriptor,
  SplitDotConvolutionDescriptor,
} from './abi';
import { dotConvolution } from './operators/convolution';
import { dotDepthwise } from './operators/depthwise';
import { narrow } from './operators/narrow';
import { packDotConvolution } from './operators/pack';
import { splitDotConvolution } from './operators/split';

/** As runProgram of the core. */
export function runProgram(program: usize, begin: u32, end: u32, thread: u32, threads: u32): void {
  for (let i = begin; i < end; i++) {
    const at = program + <usize>i * DESCRIPTOR_BYTES;
    const kind = load<u32>(at);
    if (kind == OpKind.DotConvolution) dotConvolution(changetype<DotConvolutionDescriptor>(at), thread, threads);
    else if (kind == OpKind.DotDepthwise) dotDepthwise(changetype<DotDepthwiseDescriptor>(at), thread, threads);
    else if (kind == OpKind.Narrow) narrow(changetype<NarrowDescriptor>(at), thread, threads);
    else if (kind == OpKind.PackDotConvolution) packDotConvolution(changetype<PackDotConvolutionDescriptor>(at));
    else if (kind == OpKind.SplitDotConvolution) splitDotConvolution(changetype<SplitDotConvolutionDescriptor>(at));
    else runDescriptor(at, kind, thread, threads);
  }
}
