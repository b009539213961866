// Owns the builtin options of every supported operator as data, for reader and writer.
import { type Attribute, attributesOf, enums } from '../graph/attributes';
import type { OperatorType } from '../graph/graph';

/** How a field is stored: i32, bool, f32, [i32], or an 8-bit enum whose names `optionEnums` lists. */
export interface OptionField extends Attribute {
  readonly slot: number;
}

interface OptionSchema {
  /** Number in the union BuiltinOptions; 0: the operator has no options table. */
  readonly union: number;
  readonly fields: Readonly<Record<string, OptionField>>;
}

export const optionEnums = enums;

export type BuiltinType = Exclude<OperatorType, 'TFLite_Detection_PostProcess' | 'CUSTOM'>;

/** Numbers in the union BuiltinOptions, as in schema.fbs. */
const unions: Readonly<Record<BuiltinType, number>> = {
  CONV_2D: 1,
  DEPTHWISE_CONV_2D: 2,
  TRANSPOSE_CONV: 49,
  FULLY_CONNECTED: 8,
  BATCH_MATMUL: 101,
  ADD: 11,
  SUB: 28,
  MUL: 21,
  DIV: 29,
  AVERAGE_POOL_2D: 5,
  MAX_POOL_2D: 5,
  MEAN: 27,
  SUM: 27,
  REDUCE_MAX: 27,
  REDUCE_MIN: 27,
  REDUCE_PROD: 27,
  REDUCE_ANY: 27,
  REDUCE_ALL: 27,
  SOFTMAX: 9,
  LOG_SOFTMAX: 36,
  LOGISTIC: 0,
  TANH: 0,
  HARD_SWISH: 91,
  RELU: 0,
  RELU6: 0,
  RELU_N1_TO_1: 0,
  RELU_0_TO_1: 0,
  ELU: 0,
  GELU: 116,
  LEAKY_RELU: 75,
  PRELU: 0,
  CONCATENATION: 10,
  SPLIT: 35,
  SPLIT_V: 79,
  SLICE: 48,
  STRIDED_SLICE: 32,
  PACK: 59,
  UNPACK: 64,
  PAD: 22,
  PADV2: 43,
  MIRROR_PAD: 77,
  RESHAPE: 17,
  SQUEEZE: 30,
  EXPAND_DIMS: 52,
  TRANSPOSE: 26,
  TILE: 51,
  BROADCAST_TO: 104,
  REVERSE_V2: 81,
  SPACE_TO_BATCH_ND: 25,
  BATCH_TO_SPACE_ND: 24,
  GATHER: 23,
  GATHER_ND: 83,
  SHAPE: 55,
  CAST: 37,
  RESIZE_BILINEAR: 15,
  RESIZE_NEAREST_NEIGHBOR: 74,
  SPACE_TO_DEPTH: 19,
  DEPTH_TO_SPACE: 94,
  ARG_MAX: 40,
  ARG_MIN: 57,
  MAXIMUM: 39,
  MINIMUM: 39,
  EQUAL: 53,
  NOT_EQUAL: 54,
  LESS: 41,
  LESS_EQUAL: 46,
  GREATER: 44,
  GREATER_EQUAL: 45,
  LOGICAL_AND: 62,
  LOGICAL_OR: 60,
  LOGICAL_NOT: 63,
  SELECT: 47,
  SELECT_V2: 98,
  WHERE: 85,
  FILL: 68,
  RANGE: 73,
  ONE_HOT: 61,
  TOPK_V2: 34,
  CUMSUM: 102,
  L2_NORMALIZATION: 12,
  QUANTIZE: 89,
  DEQUANTIZE: 38,
  FLOOR_DIV: 65,
  FLOOR_MOD: 72,
  POW: 56,
  SQUARED_DIFFERENCE: 76,
  SQRT: 0,
  RSQRT: 0,
  EXP: 33,
  LOG: 0,
  SIN: 0,
  COS: 84,
  SQUARE: 66,
  ABS: 78,
  NEG: 42,
  SIGN: 123,
  FLOOR: 0,
  CEIL: 0,
  ROUND: 0,
};

function schemaOf(type: BuiltinType): OptionSchema {
  const fields = attributesOf(type).map(({ name, slot, attribute }) => [name, { slot, ...attribute }]);
  return { union: unions[type], fields: Object.fromEntries(fields) };
}

export const optionSchemas = Object.fromEntries((Object.keys(unions) as BuiltinType[]).map((type) => [type, schemaOf(type)])) as Readonly<
  Record<BuiltinType, OptionSchema>
>;
