// Owns the ranges of node attributes, as a table, for graphs from files and graphs built by hand alike.
import type { ExplicitPadding, Node, OperatorAttributes, OperatorType } from '../graph';
import { reject } from '../reject';

const maxInt32 = 2 ** 31 - 1;
/** Beyond this, sums of padding overflow TensorFlow Lite's int32 arithmetic. */
const maxPadding = 2 ** 30;

type Fault = string | undefined;
type Check = (attribute: unknown) => Fault;

function integerFrom(least: number, most = maxInt32): Check {
  return (attribute) =>
    Number.isInteger(attribute) && (attribute as number) >= least && (attribute as number) <= most
      ? undefined
      : `must be an integer in ${least}..${most}`;
}

const integer = integerFrom(-maxInt32 - 1);
const positive = integerFrom(1);
const finite: Check = (attribute) => (Number.isFinite(attribute) ? undefined : 'must be a finite number');
const scale: Check = (attribute) => (Number.isFinite(attribute) && (attribute as number) > 0 ? undefined : 'must be finite and > 0');
const flag: Check = (attribute) => (typeof attribute === 'boolean' ? undefined : 'must be true or false');

function oneOf(...names: string[]): Check {
  return (attribute) => (names.includes(attribute as string) ? undefined : `must be one of ${names.join(', ')}`);
}

/** TANH and SIGN_BIT exist in files, but TensorFlow Lite's 8-bit kernels silently ignore them. */
const activation = oneOf('NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6');
const indexType = oneOf('int32', 'int64');

const padding: Check = (attribute) => {
  if (typeof attribute !== 'object' || attribute === null) return oneOf('SAME', 'VALID')(attribute);
  const { top, bottom, left, right } = attribute as ExplicitPadding;
  return [top, bottom, left, right].map(integerFrom(0, maxPadding)).find(Boolean);
};

/** Entries that are all integers; absent is allowed. */
const integers: Check = (attribute) =>
  attribute === undefined ? undefined : Array.isArray(attribute) ? attribute.map(integer).find(Boolean) : 'must be a list of integers';

const strides = { strideH: positive, strideW: positive, activation };
const slider = { ...strides, padding };
const convolution = { ...slider, dilationH: positive, dilationW: positive };
const pool = { ...slider, filterH: positive, filterW: positive };
const resize = { alignCorners: flag, halfPixelCenters: flag };

type Checks = { readonly [T in OperatorType]?: { readonly [K in keyof OperatorAttributes[T]]?: Check } };

/** Operators that are missing have no attributes, or informational ones only. */
const checks: Checks = {
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: convolution,
  TRANSPOSE_CONV: { ...strides, padding: oneOf('SAME', 'VALID') },
  FULLY_CONNECTED: { activation, keepNumDims: flag },
  ADD: { activation },
  SUB: { activation },
  MUL: { activation },
  DIV: { activation },
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  MEAN: { keepDims: flag },
  SUM: { keepDims: flag },
  SOFTMAX: { beta: finite },
  LEAKY_RELU: { alpha: finite },
  // concatenation.cc refuses any other.
  CONCATENATION: { axis: integer, activation: oneOf('NONE') },
  SPLIT: { numSplits: positive },
  SPLIT_V: { numSplits: positive },
  STRIDED_SLICE: {
    beginMask: integer,
    endMask: integer,
    ellipsisMask: integer,
    newAxisMask: integer,
    shrinkAxisMask: integer,
    offset: flag,
  },
  PACK: { axis: integer, valuesCount: positive },
  UNPACK: { axis: integer, num: positive },
  MIRROR_PAD: { mode: oneOf('REFLECT', 'SYMMETRIC') },
  RESHAPE: { newShape: integers },
  SQUEEZE: { squeezeDims: integers },
  GATHER: { axis: integer, batchDims: integer },
  SHAPE: { outType: indexType },
  RESIZE_BILINEAR: resize,
  RESIZE_NEAREST_NEIGHBOR: resize,
  // The square of a block size stays an exact integer.
  SPACE_TO_DEPTH: { blockSize: integerFrom(1, 2 ** 15) },
  DEPTH_TO_SPACE: { blockSize: integerFrom(1, 2 ** 15) },
  ARG_MAX: { outputType: indexType },
  ARG_MIN: { outputType: indexType },
  L2_NORMALIZATION: { activation: oneOf('NONE') },
  TFLite_Detection_PostProcess: {
    maxDetections: integerFrom(1, 2 ** 20),
    maxClassesPerDetection: integerFrom(1, 2 ** 20),
    detectionsPerClass: positive,
    useRegularNms: flag,
    nmsScoreThreshold: finite,
    // detection_postprocess.cc demands (0, 1].
    nmsIouThreshold: (attribute) => ((attribute as number) > 0 && (attribute as number) <= 1 ? undefined : 'must be in (0, 1]'),
    numClasses: positive,
    yScale: scale,
    xScale: scale,
    hScale: scale,
    wScale: scale,
  },
};

/** Throws `bad-option` naming the first attribute out of its range. */
export function checkAttributes(node: Node): void {
  const attributes = node.attributes as Readonly<Record<string, unknown>>;
  for (const [name, check] of Object.entries<Check>(checks[node.type] ?? {})) {
    const fault = check(attributes[name]);
    if (fault) reject('bad-option', node, `attribute ${name} is ${attributes[name]}; it ${fault}`);
  }
  if (node.type === 'RESIZE_BILINEAR' && node.attributes.alignCorners && node.attributes.halfPixelCenters) {
    reject('bad-option', node, 'align_corners and half_pixel_centers exclude each other');
  }
  // The kernels clamp int64 nowhere.
  if ('activation' in node.attributes && node.attributes.activation !== 'NONE' && node.outputs[0].dtype === 'int64') {
    reject('unsupported-feature', node, `activation ${node.attributes.activation} is not supported on int64`);
  }
}
