// Owns the table of supported ONNX operators.
import type { Converter } from '../call';
import { dequantizeLinear, quantizeLinear } from '../quantized/operators';
import { clip, dropout, hardSigmoid, identity, leakyRelu, unary } from './activation';
import { cast, constant, constantOfShape, foldIntegers, rounded, shape } from './constant';
import { conv } from './convolution';
import { gemm, matMul } from './dense';
import { arithmetic, batchNormalization, prelu } from './elementwise';
import { concat, flatten, pad, reshapeTo, split, squeeze, transpose, unsqueeze } from './movement';
import { averagePool, globalMaxPool, maxPool } from './pool';
import { globalAveragePool, reduceMean, softmax } from './reduction';
import { gather, slice } from './region';
import { resize } from './resize';
import { convTranspose } from './transpose-convolution';

/** A converter that computes lists of integers, which are shapes, at import. */
function orIntegers(converter: Converter): Converter {
  return (call) => foldIntegers(call) ?? converter(call);
}

/** By `op_type` of the standard operator set. */
export const converters: ReadonlyMap<string, Converter> = new Map(
  Object.entries({
    Add: orIntegers(arithmetic('ADD')),
    AveragePool: averagePool,
    BatchNormalization: batchNormalization,
    Cast: cast,
    Ceil: rounded(Math.ceil),
    Clip: clip,
    Concat: orIntegers(concat),
    Constant: constant,
    ConstantOfShape: constantOfShape,
    Conv: conv,
    ConvTranspose: convTranspose,
    DequantizeLinear: dequantizeLinear,
    Div: orIntegers(arithmetic('DIV')),
    Dropout: dropout,
    Flatten: flatten,
    Floor: rounded(Math.floor),
    Gather: gather,
    Gemm: gemm,
    GlobalAveragePool: globalAveragePool,
    GlobalMaxPool: globalMaxPool,
    HardSigmoid: hardSigmoid,
    HardSwish: unary('HARD_SWISH'),
    Identity: identity,
    LeakyRelu: leakyRelu,
    MatMul: matMul,
    MaxPool: maxPool,
    Mul: orIntegers(arithmetic('MUL')),
    PRelu: prelu,
    Pad: pad,
    QuantizeLinear: quantizeLinear,
    ReduceMean: reduceMean,
    Relu: unary('RELU'),
    Reshape: reshapeTo,
    Resize: resize,
    Shape: shape,
    Sigmoid: unary('LOGISTIC'),
    Slice: slice,
    Softmax: softmax,
    Split: split,
    Squeeze: squeeze,
    Sub: orIntegers(arithmetic('SUB')),
    Tanh: unary('TANH'),
    Transpose: transpose,
    Unsqueeze: unsqueeze,
    Upsample: resize,
  }),
);
