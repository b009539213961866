// Owns the field slots and enum numbers of the .tflite schema, version 3 (`tflite/converter/schema/schema.fbs`), that are used here.
import type { DType } from '../graph/graph';

export const schemaVersion = 3;
export const fileIdentifier = 'TFL3';

/** Slot numbers per table, in the order of the schema; deprecated fields keep theirs. */
export const slots = {
  Model: { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadata: 6, signatureDefs: 7 },
  /** The code is the larger of both fields: old files fill only the 8-bit one. */
  OperatorCode: { deprecatedBuiltinCode: 0, customCode: 1, version: 2, builtinCode: 3 },
  SubGraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 },
  Tensor: {
    shape: 0,
    type: 1,
    buffer: 2,
    name: 3,
    quantization: 4,
    isVariable: 5,
    sparsity: 6,
    shapeSignature: 7,
    hasRank: 8,
    externalBuffer: 10,
  },
  /** The order of the levels is the traversal order, first of the tensor's axes, then of the axes inside a block. */
  SparsityParameters: { traversalOrder: 0, blockMap: 1, dimMetadata: 2 },
  /** Unions take two slots: the type, and 1 behind it the table, whose field 0 is the vector. */
  DimensionMetadata: { format: 0, denseSize: 1, segmentsType: 2, indicesType: 4 },
  QuantizationParameters: { min: 0, max: 1, scale: 2, zeroPoint: 3, detailsType: 4, quantizedDimension: 6 },
  Operator: {
    opcodeIndex: 0,
    inputs: 1,
    outputs: 2,
    builtinOptionsType: 3,
    builtinOptions: 4,
    customOptions: 5,
    intermediates: 8,
    largeCustomOptionsOffset: 9,
  },
  CallOnceOptions: { subgraph: 0 },
  VarHandleOptions: { container: 0, sharedName: 1 },
  Buffer: { data: 0, offset: 1 },
  Metadata: { name: 0, buffer: 1 },
  TensorMap: { name: 0, tensorIndex: 1 },
  SignatureDef: { inputs: 0, outputs: 1, signatureKey: 2, subgraphIndex: 4 },
} as const;

/** TensorType number -> dtype; a hole is a type that is not supported. */
export const dtypes: readonly (DType | undefined)[] = [
  'float32',
  'float16',
  'int32',
  'uint8',
  'int64',
  undefined,
  'bool',
  'int16',
  undefined,
  'int8',
];

/** Names of all TensorTypes, for messages. */
export const tensorTypes: readonly string[] =
  'float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource variant uint32 uint16 int4 bfloat16'.split(
    ' ',
  );

/** Of constants with two elements in a byte, which are read as int8. */
export const int4Type = 17;

/** Of handles of variables. */
export const resourceType = 13;

/** Reads a sparse tensor as a dense one; the reader does (see read-sparsity.ts), so that no node remains of it. */
export const densifyName = 'DENSIFY';

/** Operators on resource variables; CALL_ONCE runs a subgraph that initializes them. The reader makes states of them (see read-state.ts). */
export type StateOperator = 'CALL_ONCE' | 'VAR_HANDLE' | 'READ_VARIABLE' | 'ASSIGN_VARIABLE';

/** Their numbers in the union BuiltinOptions, as in schema.fbs. */
export const stateOptions: Readonly<Record<StateOperator, number>> = {
  CALL_ONCE: 103,
  VAR_HANDLE: 111,
  READ_VARIABLE: 112,
  ASSIGN_VARIABLE: 113,
};

export function isStateOperator(name: string): name is StateOperator {
  return Object.hasOwn(stateOptions, name);
}

export const customOperatorCode = 32;
export const detectionPostProcessName = 'TFLite_Detection_PostProcess';
/** MediaPipe's TRANSPOSE_CONV with a bias, which the reader makes of it (see read-transpose-bias.ts). */
export const transposeBiasName = 'Convolution2DTransposeBias';

/** BuiltinOperator number -> name. One string, since it is half the size of an array of strings. */
export const builtinNames: readonly string[] = (
  'ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED ' +
  'HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU ' +
  'RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM ' +
  'EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE ' +
  'UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE ' +
  'BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN ' +
  'TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD ' +
  'REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD ' +
  'RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE ' +
  'RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 ' +
  'NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE ' +
  'BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL ' +
  'CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM ' +
  'MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 ' +
  'UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT'
).split(' ');
