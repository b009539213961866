// Owns the walk over a program of the float core: one descriptor after the other, each to its operator.
import {
  ClearDescriptor,
  ConvolutionDescriptor,
  CopyDescriptor,
  DESCRIPTOR_BYTES,
  DepthwiseDescriptor,
  ElementwiseDescriptor,
  MeanDescriptor,
  OpKind,
  PoolDescriptor,
  SoftmaxDescriptor,
  UnaryDescriptor,
} from './abi';
import { convolution } from './operators/convolution';
import { depthwise } from './operators/depthwise';
import { elementwise } from './operators/elementwise';
import { clear, copy } from './operators/layout';
import { mean, pool } from './operators/pool';
import { softmax } from './operators/softmax';
import { unary } from './operators/unary';

/** Runs descriptors [begin, end). */
export function runProgram(program: usize, begin: u32, end: u32): void {
  for (let i = begin; i < end; i++) runDescriptor(program + <usize>i * DESCRIPTOR_BYTES);
}

function runDescriptor(at: usize): void {
  switch (load<u32>(at)) {
    case OpKind.Clear:
      clear(changetype<ClearDescriptor>(at));
      break;
    case OpKind.Copy:
      copy(changetype<CopyDescriptor>(at));
      break;
    case OpKind.Convolution:
      convolution(changetype<ConvolutionDescriptor>(at));
      break;
    case OpKind.Depthwise:
      depthwise(changetype<DepthwiseDescriptor>(at));
      break;
    case OpKind.Add:
    case OpKind.Subtract:
    case OpKind.Multiply:
    case OpKind.Divide:
      elementwise(changetype<ElementwiseDescriptor>(at));
      break;
    case OpKind.MaxPool:
    case OpKind.AveragePool:
      pool(changetype<PoolDescriptor>(at));
      break;
    case OpKind.Mean:
      mean(changetype<MeanDescriptor>(at));
      break;
    case OpKind.Softmax:
      softmax(changetype<SoftmaxDescriptor>(at));
      break;
    case OpKind.Clamp:
    case OpKind.Logistic:
    case OpKind.Tanh:
    case OpKind.HardSwish:
      unary(changetype<UnaryDescriptor>(at));
      break;
    default:
      unreachable();
  }
}
