// Owns the walk over a program of the float core: one descriptor after the other, each to its operator.
import {
  ClearDescriptor,
  ConvolutionDescriptor,
  CopyDescriptor,
  DESCRIPTOR_BYTES,
  DepthwiseDescriptor,
  ElementwiseDescriptor,
  MatrixProductDescriptor,
  OpKind,
  PoolDescriptor,
  ResizeBilinearDescriptor,
  ResizeNearestDescriptor,
  SparseConvolutionDescriptor,
  UnaryDescriptor,
} from './abi';
import { IntegerLstmDescriptor, IntegerSvdfDescriptor, LstmDescriptor, SvdfDescriptor } from './abi-recurrent';
import { ArgDescriptor, L2NormalizationDescriptor, ReduceChannelsDescriptor, ReduceDescriptor, SoftmaxDescriptor } from './abi-reduce';
import { arg, l2Normalization, reduceChannels } from './operators/channels';
import { convolution } from './operators/convolution';
import { depthwise } from './operators/depthwise';
import { elementwise } from './operators/elementwise';
import { clear, copy } from './operators/layout';
import { integerLstm } from './operators/integer-lstm';
import { lstm } from './operators/lstm';
import { matrixProduct } from './operators/matrix-product';
import { pool, reduce } from './operators/pool';
import { resizeBilinear, resizeNearest } from './operators/resize';
import { softmax } from './operators/softmax';
import { sparseConvolution } from './operators/sparse';
import { integerSvdf, svdf } from './operators/svdf';
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
    case OpKind.Maximum:
    case OpKind.Minimum:
    case OpKind.SquaredDifference:
    case OpKind.Power:
    case OpKind.Prelu:
      elementwise(changetype<ElementwiseDescriptor>(at));
      break;
    case OpKind.MaxPool:
    case OpKind.AveragePool:
      pool(changetype<PoolDescriptor>(at));
      break;
    case OpKind.ReduceSum:
    case OpKind.ReduceMax:
    case OpKind.ReduceMin:
    case OpKind.ReduceProduct:
      reduce(changetype<ReduceDescriptor>(at));
      break;
    case OpKind.SumChannels:
    case OpKind.MaxChannels:
    case OpKind.MinChannels:
    case OpKind.ProductChannels:
      reduceChannels(changetype<ReduceChannelsDescriptor>(at));
      break;
    case OpKind.L2Normalization:
      l2Normalization(changetype<L2NormalizationDescriptor>(at));
      break;
    case OpKind.ArgMax:
    case OpKind.ArgMin:
      arg(changetype<ArgDescriptor>(at));
      break;
    case OpKind.ResizeBilinear:
      resizeBilinear(changetype<ResizeBilinearDescriptor>(at));
      break;
    case OpKind.ResizeNearest:
      resizeNearest(changetype<ResizeNearestDescriptor>(at));
      break;
    case OpKind.Softmax:
    case OpKind.LogSoftmax:
      softmax(changetype<SoftmaxDescriptor>(at));
      break;
    case OpKind.SparseConvolution:
      sparseConvolution(changetype<SparseConvolutionDescriptor>(at));
      break;
    case OpKind.MatrixProduct:
      matrixProduct(changetype<MatrixProductDescriptor>(at));
      break;
    case OpKind.Lstm:
      lstm(changetype<LstmDescriptor>(at));
      break;
    case OpKind.IntegerLstm:
      integerLstm(changetype<IntegerLstmDescriptor>(at));
      break;
    case OpKind.Svdf:
      svdf(changetype<SvdfDescriptor>(at));
      break;
    case OpKind.IntegerSvdf:
      integerSvdf(changetype<IntegerSvdfDescriptor>(at));
      break;
    case OpKind.Clamp:
    case OpKind.Logistic:
    case OpKind.Tanh:
    case OpKind.HardSwish:
    case OpKind.LeakyRelu:
    case OpKind.Exp:
    case OpKind.Sqrt:
    case OpKind.Rsqrt:
    case OpKind.Negate:
    case OpKind.Absolute:
    case OpKind.Square:
    case OpKind.Floor:
    case OpKind.Ceil:
    case OpKind.Round:
    case OpKind.Elu:
    case OpKind.Gelu:
    case OpKind.GeluByTanh:
    case OpKind.Log:
    case OpKind.Sine:
    case OpKind.Cosine:
      unary(changetype<UnaryDescriptor>(at));
      break;
    default:
      unreachable();
  }
}
