// Owns the table of supported ONNX operators.
import type { Converter } from '../call';
import { dequantizeLinear, quantizeLinear } from '../quantized/operators';
import { clip, dropout, hardSigmoid, identity, leakyRelu, thresholdedRelu } from './activation';
import { depthToSpace, spaceToDepth } from './blocks';
import { branch } from './branch';
import { expand, tile, where } from './broadcast';
import { cast, constant, constantOfShape, foldIntegers, range, shape, size } from './constant';
import { conv } from './convolution';
import { gemm, matMul } from './dense';
import { arithmetic, batchNormalization, binary, meanOf, mod, pow, prelu, variadic } from './elementwise';
import { erf } from './erf';
import { lstm } from './lstm';
import { concat, flatten, pad, reshapeTo, split, squeeze, transpose, unsqueeze } from './movement';
import {
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  localResponseNormalization,
  lpNormalization,
  meanVarianceNormalization,
} from './normalization';
import { averagePool, globalMaxPool, maxPool } from './pool';
import { globalAveragePool, reduceLogSumExp, reduction, softmaxLike } from './reduction';
import { gather, slice } from './region';
import { resize } from './resize';
import { arg, cumSum, oneHot, topK } from './search';
import { convTranspose } from './transpose-convolution';
import { celu, elu, gelu, mish, reciprocal, rounding, selu, softplus, softsign, unary } from './unary';

/** A converter that computes lists of integers, which are shapes, at import. */
function orIntegers(converter: Converter): Converter {
  return (call) => foldIntegers(call) ?? converter(call);
}

/** By `op_type` of the standard operator set. */
export const converters: ReadonlyMap<string, Converter> = new Map(
  Object.entries({
    Abs: orIntegers(unary('ABS')),
    Add: orIntegers(arithmetic('ADD')),
    And: orIntegers(binary('LOGICAL_AND')),
    ArgMax: arg('ARG_MAX'),
    ArgMin: arg('ARG_MIN'),
    AveragePool: averagePool,
    BatchNormalization: batchNormalization,
    Cast: cast,
    Ceil: rounding('CEIL'),
    Celu: celu,
    Clip: clip,
    Concat: orIntegers(concat),
    Constant: constant,
    ConstantOfShape: constantOfShape,
    Conv: conv,
    ConvTranspose: convTranspose,
    Cos: unary('COS'),
    CumSum: cumSum,
    DepthToSpace: depthToSpace,
    DequantizeLinear: dequantizeLinear,
    Div: orIntegers(arithmetic('DIV')),
    Dropout: dropout,
    Elu: elu,
    Equal: orIntegers(binary('EQUAL')),
    Erf: erf,
    Exp: unary('EXP'),
    Expand: expand,
    Flatten: flatten,
    Floor: rounding('FLOOR'),
    Gather: gather,
    Gelu: gelu,
    Gemm: gemm,
    GlobalAveragePool: globalAveragePool,
    GlobalMaxPool: globalMaxPool,
    Greater: orIntegers(binary('GREATER')),
    GreaterOrEqual: orIntegers(binary('GREATER_EQUAL')),
    GroupNormalization: groupNormalization,
    HardSigmoid: hardSigmoid,
    HardSwish: unary('HARD_SWISH'),
    Identity: identity,
    If: branch,
    InstanceNormalization: instanceNormalization,
    LRN: localResponseNormalization,
    LSTM: lstm,
    LayerNormalization: layerNormalization,
    LeakyRelu: leakyRelu,
    Less: orIntegers(binary('LESS')),
    LessOrEqual: orIntegers(binary('LESS_EQUAL')),
    Log: unary('LOG'),
    LogSoftmax: softmaxLike('LOG_SOFTMAX'),
    LpNormalization: lpNormalization,
    MatMul: matMul,
    Max: orIntegers(variadic('MAXIMUM')),
    MaxPool: maxPool,
    Mean: meanOf,
    MeanVarianceNormalization: meanVarianceNormalization,
    Min: orIntegers(variadic('MINIMUM')),
    Mish: mish,
    Mod: orIntegers(mod),
    Mul: orIntegers(arithmetic('MUL')),
    Neg: orIntegers(unary('NEG')),
    Not: orIntegers(unary('LOGICAL_NOT')),
    OneHot: oneHot,
    Or: orIntegers(binary('LOGICAL_OR')),
    PRelu: prelu,
    Pad: pad,
    Pow: orIntegers(pow),
    QuantizeLinear: quantizeLinear,
    Range: range,
    Reciprocal: reciprocal,
    ReduceL1: reduction('SUM', { before: 'ABS' }),
    ReduceL2: reduction('SUM', { before: 'SQUARE', after: 'SQRT' }),
    ReduceLogSum: reduction('SUM', { after: 'LOG' }),
    ReduceLogSumExp: reduceLogSumExp,
    ReduceMax: reduction('REDUCE_MAX'),
    ReduceMean: reduction('MEAN'),
    ReduceMin: reduction('REDUCE_MIN'),
    ReduceProd: reduction('REDUCE_PROD'),
    ReduceSum: reduction('SUM'),
    ReduceSumSquare: reduction('SUM', { before: 'SQUARE' }),
    Relu: unary('RELU'),
    Reshape: reshapeTo,
    Resize: resize,
    Round: rounding('ROUND'),
    Selu: selu,
    Shape: shape,
    Sigmoid: unary('LOGISTIC'),
    Sign: unary('SIGN'),
    Sin: unary('SIN'),
    Size: size,
    Slice: slice,
    Softmax: softmaxLike('SOFTMAX'),
    Softplus: softplus,
    Softsign: softsign,
    SpaceToDepth: spaceToDepth,
    Split: split,
    Sqrt: unary('SQRT'),
    Squeeze: squeeze,
    Sub: orIntegers(arithmetic('SUB')),
    Sum: variadic('ADD'),
    Tanh: unary('TANH'),
    ThresholdedRelu: thresholdedRelu,
    Tile: tile,
    TopK: topK,
    Transpose: transpose,
    Unsqueeze: unsqueeze,
    Upsample: resize,
    Where: orIntegers(where),
    Xor: orIntegers(binary('NOT_EQUAL')),
  }),
);
