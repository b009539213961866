// Owns the quantized unary operators as functions of one code, which their kernels and lookup tables are made from.
import type { Node } from '../graph/graph';
import { type CodeType, codeRange, quantizedBound } from '../quant/activation-range';
import { erfc } from '../quant/erf';
import { roundHalfAwayFromZero } from '../quant/multiplier';
import { hardSwishParameters, identityMultiplier, rescaleMultiplier, slopeMultiplier } from '../quant/operator-multipliers';
import { type TensorParams, tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier, roundingDivideByPot, saturatingRoundingDoublingHighMul16 } from '../quant/requantize';
import { interpolated, interpolationTable, logistic16, tanh16 } from './int16-functions';

const f32 = Math.fround;

/** From an input code to the output code. */
export type CodeFunction = (code: number) => number;

/** Operators whose quantized form is a function of one code for every code. */
export type CodeOperator =
  | ('LOGISTIC' | 'TANH' | 'EXP' | 'LOG' | 'ELU' | 'GELU' | 'HARD_SWISH' | 'ABS')
  | ('RELU' | 'RELU6' | 'RELU_N1_TO_1' | 'RELU_0_TO_1' | 'LEAKY_RELU' | 'QUANTIZE');

/** Both quantizations, and the range of output codes. */
interface Mapping {
  readonly is16Bit: boolean;
  readonly input: TensorParams;
  readonly output: TensorParams;
  readonly min: number;
  readonly max: number;
}

function clamp(code: number, { min, max }: { readonly min: number; readonly max: number }): number {
  return Math.min(Math.max(code, min), max);
}

type RealFunction = (x: number) => number;

/** A float function between dequantization and quantization, all float32: `LUTPopulate` (tflite/kernels/internal/common.h), with steps for int16. */
function throughFloat(mapping: Mapping, compute: RealFunction): CodeFunction {
  const { input, output } = mapping;
  if (mapping.is16Bit) return interpolated(interpolationTable(input, output, compute));
  const inverseScale = f32(1 / output.scale);
  return (code) => {
    const x = f32(input.scale * (code - input.zeroPoint));
    const rescaled = roundHalfAwayFromZero(f32(compute(x) * inverseScale));
    return clamp(Math.trunc(f32(rescaled + output.zeroPoint)), mapping);
  };
}

/** tflite/kernels/activations.cc, the table of LOGISTIC; every step float32. */
function logistic(x: number): number {
  return f32(1 / f32(1 + f32(Math.exp(-x))));
}

/** `ReluX` on codes (tflite/kernels/internal/reference/reference_ops.h, `QuantizedReluX` in activations.cc) between two real bounds. */
function relu(mapping: Mapping, lower: number, upper: number): CodeFunction {
  const { input, output } = mapping;
  const { multiplier, shift } = identityMultiplier(input.scale, output.scale);
  const range = {
    min: Math.max(mapping.min, quantizedBound(lower, output.scale, output.zeroPoint)),
    max: upper === Number.POSITIVE_INFINITY ? mapping.max : Math.min(mapping.max, quantizedBound(upper, output.scale, output.zeroPoint)),
  };
  return (code) => clamp(output.zeroPoint + multiplyByQuantizedMultiplier(code - input.zeroPoint, multiplier, shift), range);
}

/** `AbsEvalQuantized` (tflite/kernels/elementwise.cc). */
function abs(mapping: Mapping): CodeFunction {
  const { input, output } = mapping;
  const { multiplier, shift } = identityMultiplier(input.scale, output.scale);
  return (code) => clamp(output.zeroPoint + multiplyByQuantizedMultiplier(Math.abs(code - input.zeroPoint), multiplier, shift), mapping);
}

/** `LogLUTPrepare` (tflite/kernels/elementwise.cc): the smallest code for what has no logarithm. */
function log({ min, output }: Mapping): RealFunction {
  const lowest = f32(f32(min - output.zeroPoint) * output.scale);
  return (x) => (x <= 0 ? lowest : f32(Math.log(x)));
}

/** exp in float32. */
function exp(x: number): number {
  return f32(Math.exp(x));
}

/** x below zero to exp(x) - 1 (tflite/kernels/activations.cc, EluPrepare). */
export function elu(x: number): number {
  return x < 0 ? f32(Math.expm1(x)) : x;
}

/** x * erfc(-x / sqrt(2)) / 2, each step float32 (tflite/kernels/internal/reference/gelu.h). */
function geluByErf(x: number): number {
  return f32(f32(x / 2) * f32(erfc(f32(x * f32(-Math.SQRT1_2)))));
}

/** x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2, each step float32 (gelu.h, too). */
function geluByTanh(x: number): number {
  const cubic = f32(f32(f32(f32(0.044715) * x) * x) * x);
  return f32(f32(x / 2) * f32(1 + f32(Math.tanh(f32(f32(Math.sqrt(2 / Math.PI)) * f32(x + cubic))))));
}

export function gelu({ attributes }: Node<'GELU'>): RealFunction {
  return attributes.approximate ? geluByTanh : geluByErf;
}

/** `QuantizeLeakyRelu` (tflite/kernels/internal/reference/leaky_relu.h): a negative slope is applied by magnitude, then negated. */
function leakyRelu(mapping: Mapping, alpha: number): CodeFunction {
  const { input, output } = mapping;
  const positive = identityMultiplier(input.scale, output.scale);
  const negative = slopeMultiplier(input.scale, alpha, output.scale);
  const sign = negative.multiplier < 0 ? -1 : 1;
  return (code) => {
    const x = code - input.zeroPoint;
    const scaled =
      x >= 0
        ? multiplyByQuantizedMultiplier(x, positive.multiplier, positive.shift)
        : sign * multiplyByQuantizedMultiplier(x, sign * negative.multiplier, negative.shift);
    return clamp(output.zeroPoint + scaled, mapping);
  };
}

/** To int16, saturated. */
function saturate16(x: number): number {
  return Math.min(Math.max(x, -0x8000), 0x7fff);
}

/** To int16, wrapped. */
function wrap16(x: number): number {
  return (x << 16) >> 16;
}

/** `HardSwish` on codes (tflite/kernels/internal/reference/hard_swish.h): x * relu6(x + 3) / 6 in int16 arithmetic. */
function hardSwish(mapping: Mapping): CodeFunction {
  const { input, output } = mapping;
  const { outputMultiplier, outputShift, reluishMultiplier, reluishShift } = hardSwishParameters(input.scale, output.scale);
  return (code) => {
    const hires = wrap16((code - input.zeroPoint) << 7);
    const preshift = saturatingRoundingDoublingHighMul16(hires, outputMultiplier);
    // x / 3 in Q0.15, saturated to [-1, 1): the left shift is split so that only its last bit can saturate what counts.
    let reluish = reluishShift > 0 ? saturate16(hires * 2 ** (reluishShift - 1)) : hires;
    reluish = saturatingRoundingDoublingHighMul16(reluish, reluishMultiplier);
    if (reluishShift > 0) reluish = saturate16(reluish * 2);
    if (reluishShift < 0) reluish = roundingDivideByPot(reluish, -reluishShift);
    // (x / 3 + 1) / 2 is relu6(x + 3) / 6; the product truncates, to cancel the bias of the roundings above.
    const gate = (reluish + 0x8000) >> 1;
    const product = Math.trunc((gate * preshift) / 0x8000);
    return clamp(wrap16(roundingDivideByPot(product, -outputShift) + output.zeroPoint), mapping);
  };
}

/** Code to code: `Requantize` (tflite/kernels/internal/reference/requantize.h). */
function requantize(mapping: Mapping): CodeFunction {
  const { input, output } = mapping;
  const { multiplier, shift } = rescaleMultiplier(input.scale, output.scale);
  // Codes may be int32, whose difference wraps.
  return (code) => clamp(multiplyByQuantizedMultiplier((code - input.zeroPoint) | 0, multiplier, shift) + output.zeroPoint, mapping);
}

function mappingOf(node: Node<CodeOperator>): Mapping {
  const range = codeRange(node.outputs[0].dtype as CodeType | 'int32');
  const is16Bit = node.inputs[0]!.dtype === 'int16';
  return { is16Bit, input: tensorParams(node.inputs[0]!), output: tensorParams(node.outputs[0]), ...range };
}

/** Operators that interpolate a table of 513 entries on int16. */
export type InterpolatedOperator = 'EXP' | 'LOG' | 'GELU';

/** The table of an operator on int16: entry i is the code for input code 128 i - 2^15. */
export function interpolationTableOf(node: Node<InterpolatedOperator>): Int16Array {
  const mapping = mappingOf(node);
  const compute = node.type === 'EXP' ? exp : node.type === 'LOG' ? log(mapping) : gelu(node);
  return interpolationTable(mapping.input, mapping.output, compute);
}

/** The operator of a quantized `node` as a function of one code. */
export function codeFunction(node: Node<CodeOperator>): CodeFunction {
  const mapping = mappingOf(node);
  const { is16Bit } = mapping;
  switch (node.type) {
    case 'LOGISTIC':
      return is16Bit ? logistic16(node) : throughFloat(mapping, logistic);
    case 'TANH':
      return is16Bit ? tanh16(node) : throughFloat(mapping, (x) => f32(Math.tanh(x)));
    case 'EXP':
      return throughFloat(mapping, exp);
    case 'LOG':
      return throughFloat(mapping, log(mapping));
    case 'ELU':
      return throughFloat(mapping, elu);
    case 'GELU':
      return throughFloat(mapping, gelu(node));
    case 'ABS':
      return abs(mapping);
    case 'HARD_SWISH':
      return hardSwish(mapping);
    case 'RELU':
      return relu(mapping, 0, Number.POSITIVE_INFINITY);
    case 'RELU6':
      return relu(mapping, 0, 6);
    case 'RELU_N1_TO_1':
      return relu(mapping, -1, 1);
    case 'RELU_0_TO_1':
      return relu(mapping, 0, 1);
    case 'LEAKY_RELU':
      return leakyRelu(mapping, node.attributes.alpha);
    case 'QUANTIZE':
      return requantize(mapping);
  }
}

/** The table of the operator: entry i is the output code for input code i (uint8) or i - 128 (int8). Input is 8-bit, output 8- or 16-bit, both per tensor. */
export function lookupTable(node: Node<CodeOperator>): Int16Array {
  const compute = codeFunction(node);
  const minCode = node.inputs[0]!.dtype === 'int8' ? -128 : 0;
  return Int16Array.from({ length: 256 }, (_, i) => compute(minCode + i));
}
