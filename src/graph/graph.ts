// Owns the graph: values, nodes and typed attributes per operator, for float and quantized models alike.
import type { Account } from '../account';

/** Element types of values. `float16` only in constants, which a DEQUANTIZE reads; `string` and others are refused by the reader. */
export type DType = 'float32' | 'float16' | 'int32' | 'uint8' | 'int64' | 'bool' | 'int16' | 'int8';

/** Bytes per element. */
export const dtypeBytes: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  int32: 4,
  uint8: 1,
  int64: 8,
  bool: 1,
  int16: 2,
  int8: 1,
};

/** The typed array that holds the elements of each dtype: bool as 0 and 1, float16 as its raw bits. */
export interface TypedArrays {
  float32: Float32Array;
  float16: Uint16Array;
  int32: Int32Array;
  uint8: Uint8Array;
  int64: BigInt64Array;
  bool: Uint8Array;
  int16: Int16Array;
  int8: Int8Array;
}

const typedArrays: Readonly<Record<DType, new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TensorData>> = {
  float32: Float32Array,
  float16: Uint16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  int16: Int16Array,
  int8: Int8Array,
};

/** Elements of a value of any dtype. */
export type TensorData = TypedArrays[DType];

/**
 * real = scale * (code - zeroPoint). One entry: per tensor. More: per channel, entry i for slice i along `axis`.
 * Scales are float32 values (finite, > 0); zero points lie in the dtype's range.
 */
export interface Quantization {
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  /** The file's quantized_dimension; meaningful only per channel, kept as found. */
  readonly axis: number;
  /** Recorded range of the calibration, if the file carries it; informational. */
  readonly min?: readonly number[];
  readonly max?: readonly number[];
}

/** One tensor of the model: graph input, constant or result of one node. */
export interface Value {
  /** Unique in its graph; for a graph that was read, the tensor's index in the file. */
  readonly id: number;
  name: string;
  dtype: DType;
  /** Row-major, NHWC for images; every dimension >= 0. The file's, until inferShapes replaces it. */
  shape: readonly number[];
  /** -1 marks a dimension that the file declares dynamic. Absent: all static. */
  shapeSignature?: readonly number[];
  quantization?: Quantization;
  /** Constants only: elements, little-endian host order, length = product of shape. May view the file's bytes. */
  data?: TensorData;
  /** Constants of int8 only: the file holds 4 bits of each element (TFLite's INT4), which lie in -8..7. */
  storedBits?: 4;
  /** `is_variable` of the file, kept for the writer. */
  isVariable?: boolean;
}

export type Padding = 'SAME' | 'VALID';

/** Rows and columns of real zero around an image, each >= 0; set by the passes fuse-pad and fuse-dilation. */
export interface ExplicitPadding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export type Activation = 'NONE' | 'RELU' | 'RELU_N1_TO_1' | 'RELU6' | 'TANH' | 'SIGN_BIT';

interface Window {
  padding: Padding | ExplicitPadding;
  /** Rows from one window to the next, >= 1; `strideW`: columns. */
  strideH: number;
  strideW: number;
}

/** Of 16-bit layers: the dtype of sums, absent: int64, or int32 where the bias is. */
type QuantizedBias = { quantizedBiasType?: 'int32' | 'int64' };

interface Convolution extends Window, QuantizedBias {
  /** Rows from one tap to the next, >= 1; `dilationW`: columns. */
  dilationH: number;
  dilationW: number;
  activation: Activation;
}

interface Pool extends Window {
  filterH: number;
  filterW: number;
  activation: Activation;
}

interface Resize {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

type None = Record<never, never>;

/** Options of TFLite_Detection_PostProcess, from their FlexBuffer; keys that it lacks are 0 or false, as in TFLite. */
export interface DetectionPostProcess {
  maxDetections: number;
  maxClassesPerDetection: number;
  detectionsPerClass: number;
  useRegularNms: boolean;
  nmsScoreThreshold: number;
  nmsIouThreshold: number;
  numClasses: number;
  yScale: number;
  xScale: number;
  hScale: number;
  wScale: number;
  /** The options' original bytes, written back unchanged. */
  customOptions: Uint8Array;
}

/** Options of a custom operator by the names of its source. */
export type CustomOptions = Readonly<Record<string, number | readonly number[]>>;

/** A node whose operator updates variable tensors, as it is read. */
export interface VariableUpdate {
  readonly node: Node<'CUSTOM'>;
  readonly where: string;
  /** What each tensor of the subgraph stands for now. */
  readonly values: Value[];
  /** Values of the graph that are no tensors of the file. */
  readonly added: Value[];
  /** States by what their tensors stand for now. */
  readonly variables: Map<Value, State>;
  readonly account: Account;
}

/** How files hold a builtin operator that graphs hold as a CUSTOM node. */
export interface BuiltinForm {
  /** Number in the union BuiltinOptions of schema.fbs. */
  readonly union: number;
  /** Fields of its options table, by slot. */
  readonly fields: readonly { readonly type: 'int8' | 'int32' | 'float32'; readonly value: number }[];
  /**
   * Inputs that are variable tensors, which the operator updates. Each has an output of the node, what the operator leaves there; these
   * outputs are the last ones, in the same order, and files do not have them.
   */
  readonly variables: readonly number[];
  /** Makes them states of the graph that is being read. */
  readonly update: (reading: VariableUpdate) => void;
  /** Quantizations of the operator's intermediate tensors, which only TFLite's kernels read; undefined: float32. */
  readonly intermediates?: (node: Node<'CUSTOM'>) => readonly (Quantization | undefined)[];
}

/** A custom operator whose options were read: what the tables by operator type say of builtin ones. */
export interface CustomOperator {
  /** Its custom code in files, such as `TransformLandmarks`, or its name in the enum BuiltinOperator. */
  readonly name: string;
  /** Of builtin operators alone. */
  readonly builtin?: BuiltinForm;
  readonly options: CustomOptions;
  /** Dtypes of inputs and outputs, rows as in validate/operands.ts. */
  readonly operands: string | readonly string[];
  /** Shapes of the outputs. Throws `bad-shape` for shapes of inputs that the kernel cannot compute. */
  readonly shapes: (node: Node<'CUSTOM'>) => (readonly number[])[];
  /** Element operations of one run, as workOf counts them. */
  readonly work: (node: Node<'CUSTOM'>) => number;
  /** The reference kernel (see ReferenceKernel). */
  readonly evaluate: (node: Node<'CUSTOM'>, inputs: readonly (TensorData | undefined)[], outputs: readonly TensorData[]) => void;
}

/** Attributes of every supported operator, in TFLite's names; operands that TFLite passes as tensors stay inputs. */
export interface OperatorAttributes {
  CONV_2D: Convolution;
  /** `depthMultiplier` is informational: kernels derive it from the shapes. */
  DEPTHWISE_CONV_2D: Convolution & { depthMultiplier: number };
  TRANSPOSE_CONV: { padding: Padding; strideH: number; strideW: number; activation: Activation } & QuantizedBias;
  FULLY_CONNECTED: { activation: Activation; keepNumDims: boolean } & QuantizedBias;
  /** `adjX`, `adjY`: the last two axes of the first or second input are swapped. */
  BATCH_MATMUL: { adjX: boolean; adjY: boolean };
  /** `potScaleInt16`: int16 codes whose scales are powers of two are shifted; absent: true. */
  ADD: { activation: Activation; potScaleInt16?: boolean };
  SUB: { activation: Activation; potScaleInt16?: boolean };
  MUL: { activation: Activation };
  DIV: { activation: Activation };
  AVERAGE_POOL_2D: Pool;
  MAX_POOL_2D: Pool;
  MEAN: { keepDims: boolean };
  SUM: { keepDims: boolean };
  REDUCE_MAX: { keepDims: boolean };
  REDUCE_MIN: { keepDims: boolean };
  REDUCE_PROD: { keepDims: boolean };
  REDUCE_ANY: { keepDims: boolean };
  REDUCE_ALL: { keepDims: boolean };
  SOFTMAX: { beta: number };
  LOG_SOFTMAX: None;
  LOGISTIC: None;
  TANH: None;
  HARD_SWISH: None;
  RELU: None;
  RELU6: None;
  RELU_N1_TO_1: None;
  RELU_0_TO_1: None;
  ELU: None;
  /** `approximate`: by tanh instead of erf. */
  GELU: { approximate: boolean };
  LEAKY_RELU: { alpha: number };
  PRELU: None;
  CONCATENATION: { axis: number; activation: Activation };
  /** Inputs: axis, data. */
  SPLIT: { numSplits: number };
  SPLIT_V: { numSplits: number };
  SLICE: None;
  STRIDED_SLICE: { beginMask: number; endMask: number; ellipsisMask: number; newAxisMask: number; shrinkAxisMask: number; offset: boolean };
  PACK: { axis: number; valuesCount: number };
  UNPACK: { axis: number; num: number };
  PAD: None;
  PADV2: None;
  MIRROR_PAD: { mode: 'REFLECT' | 'SYMMETRIC' };
  /** `newShape` is used when there is no second input. */
  RESHAPE: { newShape: readonly number[] | undefined };
  SQUEEZE: { squeezeDims: readonly number[] };
  EXPAND_DIMS: None;
  TRANSPOSE: None;
  TILE: None;
  BROADCAST_TO: None;
  REVERSE_V2: None;
  /** Inputs: data, block shape, paddings; crops for the inverse. */
  SPACE_TO_BATCH_ND: None;
  BATCH_TO_SPACE_ND: None;
  GATHER: { axis: number; batchDims: number };
  GATHER_ND: None;
  SHAPE: { outType: 'int32' | 'int64' };
  /** The dtypes are those of input and output. */
  CAST: None;
  RESIZE_BILINEAR: Resize;
  RESIZE_NEAREST_NEIGHBOR: Resize;
  SPACE_TO_DEPTH: { blockSize: number };
  DEPTH_TO_SPACE: { blockSize: number };
  ARG_MAX: { outputType: 'int32' | 'int64' };
  ARG_MIN: { outputType: 'int32' | 'int64' };
  MAXIMUM: None;
  MINIMUM: None;
  EQUAL: None;
  NOT_EQUAL: None;
  LESS: None;
  LESS_EQUAL: None;
  GREATER: None;
  GREATER_EQUAL: None;
  LOGICAL_AND: None;
  LOGICAL_OR: None;
  LOGICAL_NOT: None;
  /** Inputs: condition, and what is taken where it holds and where not. */
  SELECT: None;
  SELECT_V2: None;
  WHERE: None;
  /** Inputs: shape, element. */
  FILL: None;
  /** Inputs: start, limit, step. */
  RANGE: None;
  /** Inputs: indices, depth, on and off. */
  ONE_HOT: { axis: number };
  TOPK_V2: None;
  CUMSUM: { exclusive: boolean; reverse: boolean };
  L2_NORMALIZATION: { activation: Activation };
  QUANTIZE: None;
  DEQUANTIZE: None;
  FLOOR_DIV: None;
  FLOOR_MOD: None;
  POW: None;
  SQUARED_DIFFERENCE: None;
  SQRT: None;
  RSQRT: None;
  EXP: None;
  LOG: None;
  SIN: None;
  COS: None;
  SQUARE: None;
  ABS: None;
  NEG: None;
  SIGN: None;
  FLOOR: None;
  CEIL: None;
  ROUND: None;
  TFLite_Detection_PostProcess: DetectionPostProcess;
  /** `customOptions`: the options' original bytes, written back unchanged. */
  CUSTOM: { operator: CustomOperator; customOptions: Uint8Array };
}

export type OperatorType = keyof OperatorAttributes;

/** One operator. Discriminated by `type`, so that `attributes` is typed inside a switch. */
export type Node<T extends OperatorType = OperatorType> = {
  [K in T]: {
    readonly type: K;
    /** Operator index in the file; unique in its graph. */
    readonly id: number;
    attributes: OperatorAttributes[K];
    /** `undefined`: an optional input left out (index -1 in the file). */
    inputs: (Value | undefined)[];
    outputs: Value[];
    /** Operator version of the file; the writer raises it to what dtypes and options need. */
    version: number;
  };
}[T];

export interface Signature {
  key: string;
  inputs: { name: string; value: Value }[];
  outputs: { name: string; value: Value }[];
}

/** A named blob of the file, such as `TFLITE_METADATA` or `min_runtime_version`. */
export interface Metadata {
  name: string;
  data: Uint8Array;
}

/** A value that a run leaves to the next: a resource variable of the file, or a variable tensor that an operator updates. */
export interface State {
  /** Of the variable in the file. */
  name: string;
  /** What a run begins with: among the graph's inputs. */
  input: Value;
  /** What the next run begins with: among the graph's outputs, of the input's dtype and number of elements. */
  output: Value;
  /** What the first run begins with; absent: zeros. */
  initial?: TensorData;
}

/** A model: nodes in execution order over values. */
export interface Graph {
  name: string;
  description: string;
  values: Value[];
  /** Those of states last, in their order; so are the outputs. */
  inputs: Value[];
  outputs: Value[];
  /** Absent: none. */
  states?: State[];
  nodes: Node[];
  /** Of this graph; a file may have others. */
  signatures: Signature[];
  metadata: Metadata[];
  /** Bytes behind the FlatBuffer in the file, such as a zip archive of label files; may be empty. */
  trailer: Uint8Array;
}

/** Number of elements of a shape; a scalar has one. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dimension of shape) count *= dimension;
  return count;
}

/** A value in messages: `tensor 12 'conv1/Relu6'`, its id and name. */
export function describeValue(value: Value): string {
  return `tensor ${value.id} '${value.name}'`;
}

/** A node in messages: `CONV_2D #3`, its type and id. */
export function describeNode(node: Node): string {
  return `${operatorName(node)} #${node.id}`;
}

/** The type of a node, or the name of its custom operator. */
export function operatorName(node: Node): string {
  return node.type === 'CUSTOM' ? node.attributes.operator.name : node.type;
}

/** A zeroed typed array for `count` elements of `dtype`. */
export function allocate(dtype: DType, count: number): TensorData {
  return viewAs(dtype, new ArrayBuffer(count * dtypeBytes[dtype]), 0, count);
}

/** A typed view of `count` elements at `byteOffset`, which must be a multiple of the element's size. */
export function viewAs(dtype: DType, buffer: ArrayBufferLike, byteOffset: number, count: number): TensorData {
  return new typedArrays[dtype](buffer, byteOffset, count);
}
