// Owns what the families draw their operands from: codes, zero points, scales, weights and biases that reach every edge.
import type { Graph, Quantization, TensorData, Value } from '../../../src/graph/graph';
import { allocate, elementCount } from '../../../src/graph/graph';
import type { GraphBuilder } from '../../support/build';
import { perChannel, quantized } from '../../support/build';
import type { Random } from '../../support/random';

export type CodeType = 'int8' | 'uint8';

export const codeTypes = ['int8', 'uint8'] as const;
/** Where the zero point lies in the range of codes. */
export const zeroPoints = ['first', 'middle', 'last'] as const;
export const patterns = ['random', 'extremes', 'lowest', 'highest'] as const;
export const activations = ['NONE', 'RELU', 'RELU6', 'RELU_N1_TO_1'] as const;

export function zeroPointOf(dtype: CodeType, place: (typeof zeroPoints)[number]): number {
  const lowest = dtype === 'int8' ? -128 : 0;
  return lowest + { first: 0, middle: 121, last: 255 }[place];
}

/** `count` codes of a dtype: anywhere, at both ends, or all at one end. */
export function codes(dtype: CodeType, count: number, pattern: (typeof patterns)[number], random: Random): number[] {
  const lowest = dtype === 'int8' ? -128 : 0;
  const draw = {
    random: () => random.integer(0, 255),
    extremes: () => random.pick([0, 0, 255, 255, 1, 254]),
    lowest: () => 0,
    highest: () => 255,
  }[pattern];
  return Array.from({ length: count }, () => lowest + draw());
}

/** Of weights: `sparse` has mostly zeros, and some weights at both ends of int8 and beside them. */
const weightPatterns = [...patterns, 'sparse'] as const;

/** `count` codes of weights with a zero point. */
function weightCodes(
  dtype: CodeType,
  count: number,
  pattern: (typeof weightPatterns)[number],
  zeroPoint: number,
  random: Random,
): number[] {
  if (pattern !== 'sparse') return codes(dtype, count, pattern, random);
  const lowest = dtype === 'int8' ? -128 : 0;
  const draw = () => zeroPoint + (random.integer(0, 15) === 0 ? random.pick([1, -1, 127, 128, -127, -128, -129]) : 0);
  return Array.from({ length: count }, () => Math.min(Math.max(draw(), lowest), lowest + 255));
}

/** `count` int16 codes, likewise. */
export function wideCodes(count: number, pattern: (typeof patterns)[number], random: Random): number[] {
  const draw = {
    random: () => random.integer(-32768, 32767),
    extremes: () => random.pick([-32768, -32768, 32767, 32767, -32767, 0, 1, -1]),
    lowest: () => -32768,
    highest: () => 32767,
  }[pattern];
  return Array.from({ length: count }, draw);
}

/** Elements for every graph input: codes, or reals. */
export function inputCodes(graph: Graph, pattern: (typeof patterns)[number], random: Random): TensorData[] {
  return graph.inputs.map(({ dtype, shape }) => {
    const data = allocate(dtype, elementCount(shape)) as Int16Array;
    if (dtype === 'float32') data.set(Array.from(data, () => (random.real() - 0.5) * 100));
    else data.set(dtype === 'int16' ? wideCodes(data.length, pattern, random) : codes(dtype as CodeType, data.length, pattern, random));
    return data;
  });
}

/** Weights and their quantization: int8 per tensor, int8 with one scale per channel, legacy uint8. */
export const schemes = ['int8', 'int8 per channel', 'uint8'] as const;
export type Scheme = (typeof schemes)[number];

export function activationType(scheme: Scheme): CodeType {
  return scheme === 'uint8' ? 'uint8' : 'int8';
}

/**
 * The ratio of input times weight scale to output scale. `typical` spreads results over all codes; `left` asks for left shifts;
 * `tiny` for the largest right shifts and multipliers flushed to zero; `spread` for channels that differ by up to 2^24.
 */
export const ratios = ['typical', 'left', 'tiny', 'spread'] as const;
/** `huge` saturates every result; `wrapping` overflows 32 bits. */
export const biases = ['none', 'typical', 'huge', 'wrapping'] as const;

export interface LayerOptions {
  readonly scheme: Scheme;
  readonly outputZero: (typeof zeroPoints)[number];
  readonly weightZero: (typeof zeroPoints)[number];
  readonly weightData: (typeof weightPatterns)[number];
  readonly ratio: (typeof ratios)[number];
  readonly bias: (typeof biases)[number];
}

/** Parameters that everything with weights has. */
export const layerGrid = {
  scheme: schemes,
  inputZero: zeroPoints,
  outputZero: zeroPoints,
  weightZero: zeroPoints,
  data: patterns,
  weightData: weightPatterns,
  ratio: ratios,
  bias: biases,
  activation: activations,
} as const;

interface Layer {
  readonly weights: Value;
  readonly bias: Value | undefined;
  readonly output: Quantization;
}

/** One scale per channel, or one for all. */
function weightScales(options: LayerOptions, channels: number, random: Random): number[] {
  if (options.scheme !== 'int8 per channel') return [0.01];
  const octaves = options.ratio === 'spread' ? 24 : 2;
  return Array.from({ length: channels }, () => Math.fround(0.01 * 2 ** (-octaves * random.real())));
}

function biasCodes({ bias }: LayerOptions, channels: number, depth: number, random: Random): number[] {
  const limit = { none: 0, typical: 5000 * Math.sqrt(depth), huge: 2 ** 30, wrapping: 2 ** 31 - 1 }[bias];
  return Array.from({ length: channels }, () => {
    const value = Math.round(limit * random.pick([-1, 1, 2 * random.real() - 1]));
    return bias === 'wrapping' && random.integer(0, 3) === 0 ? -(2 ** 31) : value;
  });
}

/**
 * Weights of `shape` whose channels run along `axis`, a bias, and the output's quantization, for sums of `depth` products with an
 * input of scale `inputScale`.
 */
export function drawLayer(
  builder: GraphBuilder,
  options: LayerOptions,
  shape: readonly number[],
  axis: number,
  depth: number,
  inputScale: number,
  random: Random,
): Layer {
  const dtype = activationType(options.scheme);
  const channels = shape[axis];
  const scales = weightScales(options, channels, random);
  const zeroPoint = zeroPointOf(dtype, options.weightZero);
  const quantization = scales.length > 1 ? perChannel(scales, axis) : quantized(scales[0], zeroPoint);
  const weights = builder.constant(
    dtype,
    shape,
    weightCodes(
      dtype,
      shape.reduce((a, b) => a * b, 1),
      options.weightData,
      zeroPoint,
      random,
    ),
    quantization,
  );
  const biasScale = Math.fround(Math.fround(inputScale) * Math.fround(scales[0]));
  const bias =
    options.bias === 'none'
      ? undefined
      : builder.constant('int32', [channels], biasCodes(options, channels, depth, random), quantized(biasScale));
  const typical = 2 ** (-6 + 3 * random.real()) / (75 * Math.sqrt(depth));
  const ratio = { typical, spread: typical, left: 2 ** (9 * random.real() - 1), tiny: 2 ** -random.integer(24, 35) * (1 + random.real()) }[
    options.ratio
  ];
  return { weights, bias, output: quantized((inputScale * scales[0]) / ratio, zeroPointOf(dtype, options.outputZero)) };
}
