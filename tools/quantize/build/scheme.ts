// Owns quantization schemes as data: dtypes, ranges of codes and granularity of activations and weights.
import { ModelError } from 'zeropoint';
import type { Node, WeightedNode } from 'zeropoint/graph';
import { readOptions } from '../../options';

/**
 * `int8`: TensorFlow Lite's 8-bit quantization specification (tensorflow.org/lite/performance/quantization_spec).
 * `uint8`: the scheme of the first quantized MobileNets (Jacob et al., "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference", 2018).
 * `int16x8`: activations of 16 bits, symmetric, with the weights of int8 and biases of 64 bits (tensorflow.org/lite/performance/
 * post_training_integer_quant_16x8).
 */
export type SchemeName = 'int8' | 'uint8' | 'int16x8';

/** Dtypes of activations. */
export type CodeType = 'int8' | 'uint8' | 'int16';

/** float32 puts QUANTIZE behind the graph's inputs and DEQUANTIZE before its outputs. */
type EndType = 'float32' | CodeType;

/** A scheme as the user chooses it and as the file records it. */
export interface SchemeSettings {
  readonly name: SchemeName;
  /** Dtype of the file's inputs and outputs. */
  readonly inputs: EndType;
  readonly outputs: EndType;
  /** Of the scheme int8: bits of the weights of large layers CONV_2D and FULLY_CONNECTED; absent: 8. */
  readonly weightBits?: 4;
}

/** real = scale * (code - zeroPoint) for weights. Only the combinations of `schemes` below exist. */
export interface WeightScheme {
  readonly dtype: 'int8' | 'uint8';
  /** Lowest and highest code, both included. */
  readonly min: number;
  readonly max: number;
  /** One scale per output channel instead of one per tensor. */
  readonly perChannel: boolean;
  /** The zero point is 0. */
  readonly symmetric: boolean;
  /** Bits of a code in the file, where they are fewer than those of the dtype. */
  readonly storedBits?: 4;
}

export interface Scheme {
  /** Per tensor, over all codes of the dtype: of 8 bits asymmetric, of 16 symmetric. */
  readonly activations: { readonly dtype: CodeType };
  readonly weights: WeightScheme;
  /** Of the layers that most weights of a network are in (see weightSchemeOf); absent: `weights`. */
  readonly largeWeights?: WeightScheme;
  readonly inputs: EndType;
  readonly outputs: EndType;
}

/**
 * Weight codes leave out the lowest code of their dtype. int8: the specification demands it. uint8: gemmlowp multiplies weights as
 * int8 in pairs, whose sum overflows int16 for -128 * -128 twice (gemmlowp, L8R8WithLhsNonzeroBitDepthParams).
 */
const schemes: Readonly<Record<SchemeName, Pick<Scheme, 'activations' | 'weights'>>> = {
  int8: {
    activations: { dtype: 'int8' },
    weights: { dtype: 'int8', min: -127, max: 127, perChannel: true, symmetric: true },
  },
  int16x8: {
    activations: { dtype: 'int16' },
    weights: { dtype: 'int8', min: -127, max: 127, perChannel: true, symmetric: true },
  },
  uint8: {
    activations: { dtype: 'uint8' },
    weights: { dtype: 'uint8', min: 1, max: 255, perChannel: false, symmetric: false },
  },
};

/** Nodes of a float graph that are exceptions from the scheme; none is in two of the sets. */
export interface Exceptions {
  /** Stay float although they have an 8-bit form. */
  readonly skip: ReadonlySet<Node>;
  /** Of the scheme int8: activations of 16 bits, as in int16x8; nodes without such a form stay float. */
  readonly int16: ReadonlySet<Node>;
  /** Of the scheme int8: layers with weights of 4 bits, whatever their share of all weights. */
  readonly int4: ReadonlySet<Node>;
}

export const noExceptions: Exceptions = { skip: new Set(), int16: new Set(), int4: new Set() };

/** Symmetric without the lowest code, as the weights of int8. */
export const int4Weights: WeightScheme = { ...schemes.int8.weights, min: -7, max: 7, storedBits: 4 };

export const schemeNames = Object.keys(schemes) as SchemeName[];

/**
 * Settings with defaults: int8; inputs and outputs in the dtype of the activations; weights of 8 bits.
 * @throws ModelError `bad-argument` for members that SchemeSettings does not have, for unknown schemes, and for weights or ends that
 * they do not have
 */
export function schemeSettings(given: Partial<SchemeSettings> = {}): SchemeSettings {
  const {
    name = 'int8',
    inputs,
    outputs,
    weightBits,
  } = readOptions<Partial<SchemeSettings>>(given, { name: 1, inputs: 1, outputs: 1, weightBits: 1 }, 'scheme');
  if (!Object.hasOwn(schemes, name)) throw new ModelError('bad-argument', `there is no scheme '${name}'; give ${schemeNames.join(' or ')}`);
  const { dtype } = schemes[name].activations;
  if (weightBits !== undefined && (weightBits !== 4 || name !== 'int8')) {
    throw new ModelError('bad-argument', `weights of ${weightBits} bits are not of the scheme ${name}; int8 has 8 or 4`);
  }
  const bad = [inputs, outputs].find((end) => end && end !== 'float32' && (end === 'int16') !== (dtype === 'int16'));
  if (bad) throw new ModelError('bad-argument', `inputs and outputs of ${name} are float32 or ${dtype}, not ${bad}`);
  return { name, inputs: inputs ?? dtype, outputs: outputs ?? dtype, ...(weightBits && { weightBits }) };
}

export function schemeOf(settings: Partial<SchemeSettings>): Scheme {
  const { name, inputs, outputs, weightBits } = schemeSettings(settings);
  return { ...schemes[name], inputs, outputs, ...(weightBits && { largeWeights: int4Weights }) };
}

/**
 * Layers with a smaller share of all weights keep 8 bits: together they have a fifth of MobileNetV2's. With shares of 1/64 and 1/256 it loses
 * 3.6 and 3.0 points of top-1, so 2.0 (npm run bench:quantization, variant `int4 mse all`, 500 pictures).
 */
const largeShare = 1 / 32;

/**
 * Whether a layer's weights may have 4 bits. Depthwise layers keep 8: their sums are of so few products that errors do not cancel, and
 * TFLite's depthwise kernels do not unpack them (tensorflow/lite/kernels/depthwise_conv.cc).
 */
export const canHaveInt4Weights = ({ type }: Node): boolean => type === 'CONV_2D' || type === 'FULLY_CONNECTED';

/** The weights of a layer, of which it has the given share of all weights. */
export function weightSchemeOf(
  { weights, largeWeights }: Scheme,
  layer: WeightedNode,
  share: number,
  { int16, int4 }: Exceptions,
): WeightScheme {
  if (int4.has(layer)) return int4Weights;
  return largeWeights && share >= largeShare && canHaveInt4Weights(layer) && !int16.has(layer) ? largeWeights : weights;
}
