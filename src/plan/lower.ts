// Owns the table of lowerings from 8- and 16-bit nodes to kernels of the core.

import type { OperatorType } from '../graph/graph';
import { centred } from './formats/centred';
import { lowerBatchMatMul } from './lower/batch-matmul';
import { lowerCast } from './lower/cast';
import { lowerConcatenation } from './lower/concatenation';
import { lowerConvolution } from './lower/convolution';
import { lowerDepthwise } from './lower/depthwise';
import { lowerAdd, lowerExtremum, lowerMultiply, lowerPrelu, lowerSquaredDifference } from './lower/elementwise';
import { lowerFullyConnected } from './lower/fully-connected';
import { lowerGather, lowerGatherNd } from './lower/gather';
import { lowerAdd16, lowerMultiply16, lowerRelu16, lowerRescale16, lowerSlopes16 } from './lower/int16-elementwise';
import { lowerInterpolated16, lowerSigmoid16, lowerSoftmax16 } from './lower/int16-functions';
import { lowerMovement, lowerPadding, lowerSpaceToBatch } from './lower/movement';
import { lowerPad } from './lower/pad';
import { lowerPool } from './lower/pool';
import { lowerArg, lowerExtreme, lowerSum } from './lower/reduce';
import { lowerReshape } from './lower/reshape';
import { lowerResizeBilinear, lowerResizeNearest } from './lower/resize';
import { lowerSoftmax } from './lower/softmax';
import { lowerTransposed } from './lower/transpose-convolution';
import { lowerDequantize, lowerLookup, lowerQuantize } from './lower/unary';
import type { Backend, Lower } from './lowering';

/** The first lowering that takes a node. */
function either<T extends OperatorType>(first: Lower<T>, second: Lower<T>): Lower<T> {
  return (lowering, node) => first(lowering, node) ?? second(lowering, node);
}

/** The backend of every entry. RESHAPE, SQUEEZE and EXPAND_DIMS take values of any dtype. */
export const coreBackend: Backend = {
  format: centred,
  lowerings: {
    CONV_2D: lowerConvolution,
    DEPTHWISE_CONV_2D: lowerDepthwise,
    FULLY_CONNECTED: lowerFullyConnected,
    BATCH_MATMUL: lowerBatchMatMul,
    TRANSPOSE_CONV: lowerTransposed,
    ADD: either(lowerAdd, lowerAdd16),
    SUB: either(lowerAdd, lowerAdd16),
    MUL: either(lowerMultiply, lowerMultiply16),
    MAXIMUM: lowerExtremum,
    MINIMUM: lowerExtremum,
    AVERAGE_POOL_2D: lowerPool,
    MAX_POOL_2D: lowerPool,
    PRELU: lowerPrelu,
    SQUARED_DIFFERENCE: lowerSquaredDifference,
    MEAN: lowerSum,
    SUM: lowerSum,
    REDUCE_MAX: lowerExtreme,
    REDUCE_MIN: lowerExtreme,
    ARG_MAX: lowerArg,
    ARG_MIN: lowerArg,
    SOFTMAX: either(lowerSoftmax, lowerSoftmax16),
    LOGISTIC: either(lowerLookup, lowerSigmoid16),
    TANH: either(lowerLookup, lowerSigmoid16),
    HARD_SWISH: lowerLookup,
    RELU: either(lowerLookup, lowerRelu16),
    RELU6: either(lowerLookup, lowerRelu16),
    RELU_N1_TO_1: lowerLookup,
    RELU_0_TO_1: lowerLookup,
    ELU: lowerLookup,
    GELU: either(lowerLookup, lowerInterpolated16),
    EXP: either(lowerLookup, lowerInterpolated16),
    LOG: either(lowerLookup, lowerInterpolated16),
    ABS: either(lowerLookup, lowerSlopes16),
    LEAKY_RELU: either(lowerLookup, lowerSlopes16),
    CONCATENATION: lowerConcatenation,
    PAD: lowerPad,
    PADV2: lowerPadding,
    MIRROR_PAD: lowerMovement,
    SLICE: lowerMovement,
    STRIDED_SLICE: lowerMovement,
    SPLIT: lowerMovement,
    SPLIT_V: lowerMovement,
    PACK: lowerMovement,
    UNPACK: lowerMovement,
    TRANSPOSE: lowerMovement,
    TILE: lowerMovement,
    BROADCAST_TO: lowerMovement,
    REVERSE_V2: lowerMovement,
    SPACE_TO_BATCH_ND: lowerSpaceToBatch,
    BATCH_TO_SPACE_ND: lowerMovement,
    GATHER: lowerGather,
    GATHER_ND: lowerGatherNd,
    CAST: lowerCast,
    SPACE_TO_DEPTH: lowerMovement,
    DEPTH_TO_SPACE: lowerMovement,
    RESHAPE: lowerReshape,
    SQUEEZE: lowerReshape,
    EXPAND_DIMS: lowerReshape,
    RESIZE_BILINEAR: lowerResizeBilinear,
    RESIZE_NEAREST_NEIGHBOR: lowerResizeNearest,
    QUANTIZE: either(lowerQuantize, lowerRescale16),
    DEQUANTIZE: lowerDequantize,
  },
};
