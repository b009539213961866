// Owns the attributes that each operator has, the kind and range of each, and the check of a node's.
import type { ExplicitPadding, Node, OperatorType } from './graph';
import { reject } from './reject';

/** Enum attributes: names in the order of their numbers in schema.fbs; undefined: a number that is not supported. */
export const enums = {
  padding: ['SAME', 'VALID'],
  activation: ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH', 'SIGN_BIT'],
  mirrorMode: ['REFLECT', 'SYMMETRIC'],
  /** TensorType, of which indices may have two. */
  indexType: [undefined, undefined, 'int32', undefined, 'int64'],
} as const;

type AttributeKind = 'int' | 'bool' | 'float' | 'ints' | keyof typeof enums;

export interface Attribute {
  readonly kind: AttributeKind;
  /** What is wrong with a value, as the predicate of a message, such as `must be finite`; undefined: nothing. */
  readonly fault: (value: unknown) => string | undefined;
  /** Its value in files that leave it out, where that is not 0. */
  readonly default?: number;
  /** Whether nodes leave it out, too, where it has that value. */
  readonly isOptional?: boolean;
}

const maxInt32 = 2 ** 31 - 1;
/** Larger paddings overflow TensorFlow Lite's int32 arithmetic. */
const maxPadding = 2 ** 30;
/** Detections, classes of one, and their product: the slots of an output, which a hostile file could make huge. */
export const maxSlots = 2 ** 20;

function integerFrom(min: number, max = maxInt32): Attribute {
  return {
    kind: 'int',
    fault: (value) =>
      Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? undefined : `must be an integer in ${min}..${max}`,
  };
}

function numberIn(range: string, fits: (value: number) => boolean): Attribute {
  return { kind: 'float', fault: (value) => (Number.isFinite(value) && fits(value as number) ? undefined : `must be ${range}`) };
}

function oneOf(kind: keyof typeof enums, names: readonly unknown[]): Attribute {
  return { kind, fault: (value) => (value !== undefined && names.includes(value) ? undefined : `must be one of ${names.filter(Boolean)}`) };
}

const integer = integerFrom(-maxInt32 - 1);
const positive = integerFrom(1);
const dilation = { ...positive, default: 1 };
const finite = numberIn('finite', () => true);
const scale = numberIn('finite and > 0', (value) => value > 0);
const flag: Attribute = { kind: 'bool', fault: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false') };
const indexType = oneOf('indexType', enums.indexType);
/** A file's 0 is float32 and means that it is left out. */
const biasType: Attribute = {
  kind: 'indexType',
  isOptional: true,
  fault: (value) => (value === undefined ? undefined : indexType.fault(value)),
};
const trueByDefault: Attribute = {
  kind: 'bool',
  default: 1,
  isOptional: true,
  fault: (value) => (value === undefined ? undefined : flag.fault(value)),
};
const named = oneOf('padding', enums.padding);

/** Entries that are all integers; absent is allowed. */
const integers: Attribute = {
  kind: 'ints',
  fault: (value = []) => (Array.isArray(value) ? value.map(integer.fault).find(Boolean) : 'must be a list of integers'),
};

const padding: Attribute = {
  kind: 'padding',
  fault: (value) => {
    if (typeof value !== 'object' || value === null) return named.fault(value);
    const { top, bottom, left, right } = value as ExplicitPadding;
    return [top, bottom, left, right].map(integerFrom(0, maxPadding).fault).find(Boolean);
  },
};

/** By name: an attribute has one kind and range in all operators. */
const attributes: Readonly<Record<string, Attribute>> = {
  padding,
  strideW: positive,
  strideH: positive,
  dilationW: dilation,
  dilationH: dilation,
  filterW: positive,
  filterH: positive,
  depthMultiplier: integerFrom(0),
  // Without TANH and SIGN_BIT, which TensorFlow Lite's 8-bit kernels treat as NONE (CalculateActivationRangeQuantized).
  activation: oneOf('activation', enums.activation.slice(0, 4)),
  keepNumDims: flag,
  quantizedBiasType: biasType,
  potScaleInt16: trueByDefault,
  adjX: flag,
  adjY: flag,
  keepDims: flag,
  approximate: flag,
  exclusive: flag,
  reverse: flag,
  beta: finite,
  alpha: finite,
  axis: integer,
  numSplits: positive,
  beginMask: integer,
  endMask: integer,
  ellipsisMask: integer,
  newAxisMask: integer,
  shrinkAxisMask: integer,
  offset: flag,
  valuesCount: positive,
  num: positive,
  mode: oneOf('mirrorMode', enums.mirrorMode),
  newShape: integers,
  squeezeDims: integers,
  batchDims: integer,
  outType: indexType,
  outputType: indexType,
  alignCorners: flag,
  halfPixelCenters: flag,
  // The square of a block size stays an exact integer.
  blockSize: integerFrom(1, 2 ** 15),
  maxDetections: integerFrom(1, maxSlots),
  maxClassesPerDetection: integerFrom(1, maxSlots),
  detectionsPerClass: positive,
  useRegularNms: flag,
  nmsScoreThreshold: finite,
  // detection_postprocess.cc
  nmsIouThreshold: numberIn('in (0, 1]', (value) => value > 0 && value <= 1),
  numClasses: positive,
  yScale: scale,
  xScale: scale,
  hScale: scale,
  wScale: scale,
};

/** Names in the order of the fields in schema.fbs; `-`: a field that is not read. Operators that are not listed have no attributes. */
const names: Readonly<Partial<Record<OperatorType, string>>> = {
  CONV_2D: 'padding strideW strideH activation dilationW dilationH quantizedBiasType',
  DEPTHWISE_CONV_2D: 'padding strideW strideH depthMultiplier activation dilationW dilationH',
  TRANSPOSE_CONV: 'padding strideW strideH activation quantizedBiasType',
  FULLY_CONNECTED: 'activation - keepNumDims - quantizedBiasType',
  BATCH_MATMUL: 'adjX adjY',
  ADD: 'activation potScaleInt16',
  SUB: 'activation potScaleInt16',
  MUL: 'activation',
  DIV: 'activation',
  AVERAGE_POOL_2D: 'padding strideW strideH filterW filterH activation',
  MAX_POOL_2D: 'padding strideW strideH filterW filterH activation',
  MEAN: 'keepDims',
  SUM: 'keepDims',
  REDUCE_MAX: 'keepDims',
  REDUCE_MIN: 'keepDims',
  REDUCE_PROD: 'keepDims',
  REDUCE_ANY: 'keepDims',
  REDUCE_ALL: 'keepDims',
  SOFTMAX: 'beta',
  LEAKY_RELU: 'alpha',
  GELU: 'approximate',
  CONCATENATION: 'axis activation',
  SPLIT: 'numSplits',
  SPLIT_V: 'numSplits',
  STRIDED_SLICE: 'beginMask endMask ellipsisMask newAxisMask shrinkAxisMask offset',
  PACK: 'valuesCount axis',
  UNPACK: 'num axis',
  MIRROR_PAD: 'mode',
  RESHAPE: 'newShape',
  SQUEEZE: 'squeezeDims',
  GATHER: 'axis batchDims',
  SHAPE: 'outType',
  RESIZE_BILINEAR: '- - alignCorners halfPixelCenters',
  RESIZE_NEAREST_NEIGHBOR: 'alignCorners halfPixelCenters',
  SPACE_TO_DEPTH: 'blockSize',
  DEPTH_TO_SPACE: 'blockSize',
  ARG_MAX: 'outputType',
  ARG_MIN: 'outputType',
  ONE_HOT: 'axis',
  CUMSUM: 'exclusive reverse',
  L2_NORMALIZATION: 'activation',
  TFLite_Detection_PostProcess:
    'maxDetections maxClassesPerDetection detectionsPerClass useRegularNms nmsScoreThreshold nmsIouThreshold numClasses ' +
    'yScale xScale hScale wScale',
};

/** Name, position in the file's options and description of every attribute of an operator. */
export function attributesOf(type: OperatorType): { name: string; slot: number; attribute: Attribute }[] {
  const list = (names[type] ?? '-').split(' ').map((name, slot) => ({ name, slot, attribute: attributes[name] }));
  return list.filter(({ attribute }) => attribute);
}

/** Throws `bad-option` naming the first attribute out of its range. */
export function checkAttributes(node: Node): void {
  const values = node.attributes as Readonly<Record<string, unknown>>;
  for (const { name, attribute } of attributesOf(node.type)) {
    const fault = attribute.fault(values[name]);
    if (fault) reject('bad-option', node, `${name} is ${values[name]}; it ${fault}`);
  }
  if (node.type === 'TRANSPOSE_CONV' && typeof values.padding === 'object') {
    reject('bad-option', node, 'its padding must be SAME or VALID');
  }
  if (values.alignCorners && values.halfPixelCenters && node.type === 'RESIZE_BILINEAR') {
    reject('bad-option', node, 'align_corners and half_pixel_centers exclude each other');
  }
  const { activation = 'NONE' } = values;
  if (activation === 'NONE') return;
  // concatenation.cc and l2norm.cc refuse any; the kernels clamp int64 nowhere.
  if (node.type === 'CONCATENATION' || node.type === 'L2_NORMALIZATION') reject('bad-option', node, 'it takes no activation');
  if (node.outputs[0].dtype === 'int64') reject('unsupported-feature', node, `activation ${activation} is not supported on int64`);
}
