// Owns the fixed-point parameters of operators without weights, from their scales, which are float32 values.
import { ModelError } from '../errors';
import type { Node } from '../graph/graph';
import { type QuantizedMultiplier, quantizeMultiplier, roundHalfAwayFromZero } from './multiplier';
import { scaleOf } from './params';

const f32 = Math.fround;

/** Codes minus zero points are shifted left by this many bits before ADD and SUB scale them (tflite/kernels/add.cc). */
export const addLeftShift = 20;
/** The same for int16. */
export const addLeftShift16 = 15;

/** ADD and SUB: each operand shifted left by `addLeftShift` and scaled, added, then scaled to the output. No shift is positive. */
interface AddMultipliers {
  readonly input1: QuantizedMultiplier;
  readonly input2: QuantizedMultiplier;
  readonly output: QuantizedMultiplier;
}

/**
 * Parameters of ADD and SUB (tflite/kernels/add.cc, sub.cc; double arithmetic).
 * Throws `unsupported-feature` where the output scale is below 2^-19 of the larger input scale: TFLite aborts on it.
 */
export function addMultipliers(scale1: number, scale2: number, outputScale: number, leftShift = addLeftShift): AddMultipliers {
  return shiftedMultipliers(scale1, scale2, outputScale, (2 * Math.max(scale1, scale2)) / 2 ** leftShift);
}

/** `CheckedLog2` (tflite/kernels/internal/quantization_util.cc; float32): the logarithm of about a power of two, else undefined. */
function checkedLog2(x: number): number | undefined {
  const log = f32(f32(Math.log(x)) * f32(1 / f32(Math.log(2))));
  const rounded = roundHalfAwayFromZero(log);
  return Math.abs(f32(log - rounded)) < f32(1e-3) ? rounded : undefined;
}

/**
 * Of ADD and SUB of int16 whose option `potScaleInt16` and scales allow it: the right shifts of both operands, which are then added with
 * saturation, one of them 0 (tflite/kernels/add.cc, sub.cc). Undefined: the general form. Throws `unsupported-feature` for other shifts.
 */
export function potShifts({ attributes, inputs, outputs }: Node<'ADD' | 'SUB'>): readonly [number, number] | undefined {
  if (attributes.potScaleInt16 === false) return undefined;
  const [a, b, output] = [...inputs, ...outputs].map((value) => checkedLog2(scaleOf(value!)));
  if (a === undefined || b === undefined || output === undefined) return undefined;
  // 0 - x, so that no shift is -0.
  const shifts = [0 - (a - output), 0 - (b - output)] as const;
  if (Math.min(...shifts) !== 0) {
    throw new ModelError(
      'unsupported-feature',
      'its scales are powers of two: one operand must have the scale of the output, the other a smaller one',
    );
  }
  return shifts;
}

/** Codes minus zero points are shifted left by this many bits before SQUARED_DIFFERENCE scales them (tflite/kernels/squared_difference.cc). */
export const squaredDifferenceLeftShift = 7;

/**
 * SQUARED_DIFFERENCE: as ADD up to the difference, whose square is then scaled to the output (tflite/kernels/squared_difference.cc; double).
 * Throws `unsupported-feature` where TFLite aborts: the output scale is too small.
 */
export function squaredDifferenceMultipliers(scale1: number, scale2: number, outputScale: number): AddMultipliers {
  const twiceMax = 2 * Math.max(scale1, scale2);
  return shiftedMultipliers(scale1, scale2, outputScale, (twiceMax * twiceMax) / 2 ** (2 * squaredDifferenceLeftShift));
}

/** Multipliers of both operands to half of the larger scale at most, and of `unit`, which one step of the result stands for. */
function shiftedMultipliers(scale1: number, scale2: number, outputScale: number, unit: number): AddMultipliers {
  const twiceMax = 2 * Math.max(scale1, scale2);
  const output = quantizeMultiplier(unit / outputScale);
  if (output.shift > 0) {
    throw new ModelError(
      'unsupported-feature',
      `its output scale ${outputScale} is too small for its input scales ${scale1} and ${scale2}`,
    );
  }
  return { input1: quantizeMultiplier(scale1 / twiceMax), input2: quantizeMultiplier(scale2 / twiceMax), output };
}

/** MUL, from the product of centred codes to output codes (tflite/kernels/mul.cc; float32 arithmetic). */
export function mulMultiplier(scale1: number, scale2: number, outputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(f32(f32(scale1 * scale2) / outputScale));
}

/** BATCH_MATMUL, from sums of products (`GetQuantizedConvolutionMultipler` in tflite/kernels/kernel_util.cc: a float32 product, then double). */
export function matMulMultiplier(scale1: number, scale2: number, outputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(f32(scale1 * scale2) / outputScale);
}

/** DIV, from the quotient of centred codes to output codes (tflite/kernels/div.cc; float32 arithmetic). */
export function divMultiplier(scale1: number, scale2: number, outputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(f32(scale1 / f32(scale2 * outputScale)));
}

/** Codes minus zero points are shifted left by this many bits before comparisons scale them (tflite/kernels/comparisons.cc). */
export const comparisonLeftShift = 8;

/** Comparisons, from centred codes to multiples of 2^-8 (tflite/kernels/comparisons.cc, `ComparisonQuantized`). */
export function comparisonMultiplier(scale: number): QuantizedMultiplier {
  return quantizeMultiplier(scale);
}

/** RELU, RELU6, RELU_N1_TO_1, ABS and the positive side of LEAKY_RELU and PRELU (tflite/kernels/activations.cc; float32 division). */
export function identityMultiplier(inputScale: number, outputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(f32(inputScale / outputScale));
}

/** The negative side of LEAKY_RELU with `slope` = alpha, of PRELU with the scale of alpha (tflite/kernels/activations.cc; float32). */
export function slopeMultiplier(inputScale: number, slope: number, outputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(f32(f32(inputScale * slope) / outputScale));
}

/** QUANTIZE between 8- and 16-bit codes, and SUM (tflite/kernels/quantize.cc, reduce.cc; double division). */
export function rescaleMultiplier(inputScale: number, outputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(inputScale / outputScale);
}

/**
 * MEAN over `count` >= 1 elements: the multiplier of SUM with 1 / count folded in, possibly below 2^30
 * (`QuantizedMeanOrSum` in tflite/kernels/internal/reference/reduce.h).
 */
export function meanMultiplier(inputScale: number, outputScale: number, count: number): QuantizedMultiplier {
  const { multiplier, shift } = rescaleMultiplier(inputScale, outputScale);
  const bits = Math.min(31 - Math.clz32(count), 31 + shift);
  // Up to 2^62: beyond doubles, and computed once per node.
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(count)), shift: shift - bits };
}

/** RSQRT int8: from 1 / sqrt(centred code) to output codes (tflite/kernels/elementwise.cc, `SetRsqrtOutputMultiplier`). */
export function rsqrtMultiplier(inputScale: number, outputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(1 / f32(f32(Math.sqrt(inputScale)) * outputScale));
}

interface SoftmaxParameters {
  /** Takes code differences, shifted left by `leftShift`, to Q5.26. */
  readonly multiplier: number;
  readonly leftShift: number;
  /** Differences to the row's maximum below this give code 0 and are left out of the sum. */
  readonly diffMin: number;
}

/**
 * SOFTMAX in fixed point: `PreprocessSoftmaxScaling` and `CalculateInputRadius` (tflite/kernels/internal/quantization_util.cc)
 * with 5 integer bits. Throws `unsupported-feature` when beta * inputScale <= 2^-26: TFLite aborts on it.
 */
export function softmaxParameters(beta: number, inputScale: number): SoftmaxParameters {
  const real = Math.min(beta * inputScale * 2 ** 26, 0x7fffffff);
  if (!(real > 1)) {
    throw new ModelError('unsupported-feature', `beta ${beta} * input scale ${inputScale} must be above 2^-26`);
  }
  const { multiplier, shift } = quantizeMultiplier(real);
  // 0 - x, not -x, so that an empty radius is 0 rather than -0.
  return { multiplier, leftShift: shift, diffMin: 0 - Math.floor((31 * 2 ** 26) / 2 ** shift) };
}

/** SOFTMAX of int16, from code differences to multiples of 10 / 65535 (tflite/kernels/activations.cc, `SoftmaxPrepare`). */
export function softmaxMultiplier16(beta: number, inputScale: number): QuantizedMultiplier {
  return quantizeMultiplier(f32(inputScale * beta) / (10 / 65535));
}

/**
 * LOGISTIC and TANH of int16: codes times `multiplier`, shifted right by `shift` with rounding, are multiples of 1 / 12288
 * (tflite/kernels/activations.cc, `SigmoidPrepare`, `TanhPrepare`). Throws `unsupported-feature` where a product would leave int32.
 */
export function sigmoidInput(type: 'LOGISTIC' | 'TANH', inputScale: number): { multiplier: number; shift: number } {
  const log = checkedLog2(inputScale);
  const left = log === undefined ? undefined : 15 - 3 + log;
  if (left === 0 || (left === 1 && type === 'TANH')) return { multiplier: 3 << left, shift: 0 };
  let real = inputScale * 4096 * 3;
  let shift = 0;
  for (; real <= 32767 / 2 && shift <= 30; shift++) real *= 2;
  const multiplier = Math.trunc(real);
  if (multiplier > 65535) throw new ModelError('unsupported-feature', `its input scale is ${inputScale}; it must be smaller`);
  return { multiplier, shift };
}

interface HardSwishParameters {
  /** Q0.15; the product is then shifted by `outputShift` <= 0. */
  readonly outputMultiplier: number;
  readonly outputShift: number;
  /** Q0.15: from codes to x / 3, with a shift by `reluishShift` of either sign. */
  readonly reluishMultiplier: number;
  readonly reluishShift: number;
}

/** The upper 16 bits, rounded and saturated: `DownScaleInt32ToInt16Multiplier` (tflite/kernels/internal/common.h). */
function downscaleTo16(multiplier: number): number {
  return multiplier >= 0x7fff7fff ? 0x7fff : (multiplier + 0x8000) >> 16;
}

/**
 * HARD_SWISH on codes shifted left by 7 (tflite/kernels/activations.cc, `HardSwishPrepare`; float32 arithmetic).
 * Throws `unsupported-feature` when the output scale is below 1/128 of the input scale: TFLite refuses it.
 */
export function hardSwishParameters(inputScale: number, outputScale: number): HardSwishParameters {
  const hiresInputScale = f32(inputScale / 128);
  const output = quantizeMultiplier(f32(hiresInputScale / outputScale));
  const reluish = quantizeMultiplier(f32(hiresInputScale / f32(3 / 32768)));
  if (output.shift > 0) {
    throw new ModelError('unsupported-feature', `its output scale ${outputScale} is too small for its input scale ${inputScale}`);
  }
  return {
    outputMultiplier: downscaleTo16(output.multiplier),
    outputShift: output.shift,
    reluishMultiplier: downscaleTo16(reluish.multiplier),
    reluishShift: reluish.shift,
  };
}
