// Owns quantization schemes as data: dtypes, ranges of codes and granularity of activations and weights.
import { ModelError } from 'zeropoint';
import { readOptions } from '../../options';

/**
 * `int8`: TensorFlow Lite's 8-bit quantization specification (tensorflow.org/lite/performance/quantization_spec).
 * `uint8`: the scheme of the first quantized MobileNets (Jacob et al., "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference", 2018).
 */
export type SchemeName = 'int8' | 'uint8';

/** Dtypes of activations. */
export type CodeType = 'int8' | 'uint8';

/** float32 puts QUANTIZE behind the graph's inputs and DEQUANTIZE before its outputs. */
type EndType = 'float32' | CodeType;

/** A scheme as the user chooses it and as the file records it. */
export interface SchemeSettings {
  readonly name: SchemeName;
  /** Dtype of the file's inputs and outputs. */
  readonly inputs: EndType;
  readonly outputs: EndType;
}

/** real = scale * (code - zeroPoint) for weights. Only the combinations of `schemes` below exist. */
export interface WeightScheme {
  readonly dtype: CodeType;
  /** Lowest and highest code, both included. */
  readonly min: number;
  readonly max: number;
  /** One scale per output channel instead of one per tensor. */
  readonly perChannel: boolean;
  /** The zero point is 0. */
  readonly symmetric: boolean;
}

export interface Scheme {
  /** Asymmetric, per tensor, over all codes of the dtype. */
  readonly activations: { readonly dtype: CodeType };
  readonly weights: WeightScheme;
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
  uint8: {
    activations: { dtype: 'uint8' },
    weights: { dtype: 'uint8', min: 1, max: 255, perChannel: false, symmetric: false },
  },
};

export const schemeNames = Object.keys(schemes) as SchemeName[];

/**
 * Settings with defaults: int8; inputs and outputs in the dtype of the activations.
 * @throws ModelError `bad-argument` for members that SchemeSettings does not have, and for unknown schemes
 */
export function schemeSettings(given: Partial<SchemeSettings> = {}): SchemeSettings {
  const { name = 'int8', inputs, outputs } = readOptions(given, { name: 1, inputs: 1, outputs: 1 }, 'scheme');
  if (!Object.hasOwn(schemes, name)) throw new ModelError('bad-argument', `there is no scheme '${name}'; give ${schemeNames.join(' or ')}`);
  const { dtype } = schemes[name].activations;
  return { name, inputs: inputs ?? dtype, outputs: outputs ?? dtype };
}

export function schemeOf(settings: Partial<SchemeSettings>): Scheme {
  const { name, inputs, outputs } = schemeSettings(settings);
  return { ...schemes[name], inputs, outputs };
}
