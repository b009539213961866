// Owns the builtin options of every supported operator as data, which the reader and the writer both follow.
import type { OperatorAttributes, OperatorType } from '../graph/graph';

/** How a field is stored: i32, bool, f32, [i32], or an 8-bit enum whose names `optionEnums` lists. */
export type OptionKind = 'int' | 'bool' | 'float' | 'ints' | keyof typeof optionEnums;

export interface OptionField {
  readonly slot: number;
  readonly kind: OptionKind;
  /** Smallest value that makes sense; absent: every value is allowed. */
  readonly least?: number;
  /** The schema's default where it is not 0. */
  readonly default?: number;
}

export interface OptionSchema {
  /** Number in the union BuiltinOptions; 0: the operator has no options table. */
  readonly union: number;
  /** The table may be missing, all fields then have their defaults. Without it TFLite leaves its parameters unset. */
  readonly optional?: boolean;
  readonly fields: Readonly<Record<string, OptionField>>;
}

/** Enum number -> name; a hole is a number that has no meaning here. */
export const optionEnums = {
  padding: ['SAME', 'VALID'],
  activation: ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'],
  mirrorMode: ['REFLECT', 'SYMMETRIC'],
  /** TensorType, of which an index can only be one of two. */
  indexType: [undefined, undefined, 'int32', undefined, 'int64'],
} as const;

export type BuiltinType = Exclude<OperatorType, 'TFLite_Detection_PostProcess'>;

type OptionSchemas = {
  readonly [T in BuiltinType]: OptionSchema & { readonly fields: { readonly [K in keyof OperatorAttributes[T]]-?: OptionField } };
};

const padding = { slot: 0, kind: 'padding' } as const;
const bool = (slot: number) => ({ slot, kind: 'bool' }) as const;
const int = (slot: number, least?: number, fallback = 0) => ({ slot, kind: 'int', least, default: fallback }) as const;
const activation = (slot: number) => ({ slot, kind: 'activation' }) as const;
const stride = { strideW: int(1, 1), strideH: int(2, 1) };
const pool = { union: 5, fields: { padding, ...stride, filterW: int(3, 1), filterH: int(4, 1), activation: activation(5) } };
const reducer = { union: 27, fields: { keepDims: bool(0) } };
const noOptions = (union = 0) => ({ union, fields: {} });
const onlyActivation = (union: number) => ({ union, fields: { activation: activation(0) } });
const indexType = (union: number) => ({ union, fields: { outputType: { slot: 0, kind: 'indexType' } as const } });
const blockSize = (union: number) => ({ union, fields: { blockSize: int(0, 1) } });

/** Union numbers, slots and defaults as in schema.fbs. Fields of other kernels' variants (int16, hybrid) are left out. */
export const optionSchemas: OptionSchemas = {
  CONV_2D: { union: 1, fields: { padding, ...stride, activation: activation(3), dilationW: int(4, 1, 1), dilationH: int(5, 1, 1) } },
  DEPTHWISE_CONV_2D: {
    union: 2,
    fields: { padding, ...stride, depthMultiplier: int(3, 0), activation: activation(4), dilationW: int(5, 1, 1), dilationH: int(6, 1, 1) },
  },
  TRANSPOSE_CONV: { union: 49, fields: { padding, ...stride, activation: activation(3) } },
  FULLY_CONNECTED: { union: 8, fields: { activation: activation(0), keepNumDims: bool(2) } },
  ADD: onlyActivation(11),
  SUB: onlyActivation(28),
  MUL: onlyActivation(21),
  DIV: onlyActivation(29),
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  MEAN: reducer,
  SUM: reducer,
  SOFTMAX: { union: 9, fields: { beta: { slot: 0, kind: 'float' } } },
  LOGISTIC: noOptions(),
  TANH: noOptions(),
  HARD_SWISH: noOptions(91),
  RELU: noOptions(),
  RELU6: noOptions(),
  RELU_N1_TO_1: noOptions(),
  LEAKY_RELU: { union: 75, fields: { alpha: { slot: 0, kind: 'float' } } },
  PRELU: noOptions(),
  CONCATENATION: { union: 10, fields: { axis: int(0), activation: activation(1) } },
  SPLIT: { union: 35, fields: { numSplits: int(0, 1) } },
  SPLIT_V: { union: 79, fields: { numSplits: int(0, 1) } },
  SLICE: noOptions(48),
  STRIDED_SLICE: {
    union: 32,
    fields: { beginMask: int(0), endMask: int(1), ellipsisMask: int(2), newAxisMask: int(3), shrinkAxisMask: int(4), offset: bool(5) },
  },
  PACK: { union: 59, fields: { valuesCount: int(0, 1), axis: int(1) } },
  UNPACK: { union: 64, fields: { num: int(0, 0), axis: int(1) } },
  PAD: noOptions(22),
  PADV2: noOptions(43),
  MIRROR_PAD: { union: 77, fields: { mode: { slot: 0, kind: 'mirrorMode' } } },
  RESHAPE: { union: 17, optional: true, fields: { newShape: { slot: 0, kind: 'ints' } } },
  SQUEEZE: { union: 30, fields: { squeezeDims: { slot: 0, kind: 'ints' } } },
  EXPAND_DIMS: noOptions(52),
  TRANSPOSE: noOptions(26),
  TILE: noOptions(51),
  GATHER: { union: 23, fields: { axis: int(0), batchDims: int(1) } },
  GATHER_ND: noOptions(83),
  SHAPE: { union: 55, fields: { outType: { slot: 0, kind: 'indexType' } } },
  CAST: noOptions(37),
  RESIZE_BILINEAR: { union: 15, fields: { alignCorners: bool(2), halfPixelCenters: bool(3) } },
  RESIZE_NEAREST_NEIGHBOR: { union: 74, fields: { alignCorners: bool(0), halfPixelCenters: bool(1) } },
  SPACE_TO_DEPTH: blockSize(19),
  DEPTH_TO_SPACE: blockSize(94),
  ARG_MAX: indexType(40),
  ARG_MIN: indexType(57),
  MAXIMUM: noOptions(39),
  MINIMUM: noOptions(39),
  L2_NORMALIZATION: onlyActivation(12),
  QUANTIZE: noOptions(89),
  DEQUANTIZE: noOptions(38),
  FLOOR_DIV: noOptions(65),
  SQRT: noOptions(),
  RSQRT: noOptions(),
  EXP: noOptions(33),
};

/** Slots of options whose values other than 0 change what an operator means, and which no kernel here implements. */
export const refusedOptions: Readonly<Partial<Record<BuiltinType, { readonly slot: number; readonly name: string }>>> = {
  FULLY_CONNECTED: { slot: 1, name: 'weights_format (shuffled weights)' },
};
