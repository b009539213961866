// Owns the linear form of ADD and SUB: one sum of products that the core proves exact (assembly/operators/sum-scale.ts).
import { operators, sumScaleWorkspaceBytes } from '../core/abi';
import type { Scratch } from '../core/scratch';
import type { QuantizedMultiplier } from '../quant/multiplier';
import { addMultipliers } from '../quant/operator-multipliers';

/** One operand: its scale and the range of its centred elements. */
export interface Operand {
  readonly scale: number;
  readonly low: number;
  readonly high: number;
}

/** (p left + q right + rounding) >> 28. */
const fraction = 2 ** 28;
/** Of p and q: their upper bits are int16. The core makes them greater by up to 2^-22. */
const maxFactor = 2 ** 30 - 2 ** 9;
/** Exponents of the sum's multiplier for which the proof's integers fit. */
const maxExponent = 22;

const isHalf = ({ multiplier, shift }: QuantizedMultiplier) => multiplier === 2 ** 30 && shift === 0;

/**
 * Constants of addLinearSpan for left + sign * right and results in [lower, upper]; undefined where no sum of products is proven.
 */
export function linearSum(
  scratch: Scratch,
  left: Operand,
  right: Operand,
  sign: 1 | -1,
  outputScale: number,
  lower: number,
  upper: number,
): Int16Array | undefined {
  const { input1, input2, output } = addMultipliers(left.scale, right.scale, outputScale);
  // The operand with the larger scale is multiplied by 1/2 exactly.
  const isLeft = isHalf(input1);
  const [larger, other, otherMultiplier] = isLeft ? [left, right, input2] : [right, left, input1];
  const [largerSign, otherSign] = isLeft ? [1, sign] : [sign, 1];
  const factor = Math.round((larger.scale / outputScale) * fraction);
  const otherFactor = otherSign * Math.round((other.scale / outputScale) * fraction);
  if (!(isLeft || isHalf(input2)) || output.shift > -1 || output.shift < -maxExponent) return undefined;
  if (factor < 2 ** 10 || factor >= maxFactor) return undefined;
  const found = scratch.begin;
  const workspace = found + 64;
  const buffer = scratch.reserve(workspace + sumScaleWorkspaceBytes);
  scratch.run(operators.SumScale, {
    low: largerSign === 1 ? larger.low : -larger.high,
    high: largerSign === 1 ? larger.high : -larger.low,
    otherLow: other.low,
    otherHigh: other.high,
    otherSign,
    otherMultiplier: otherMultiplier.multiplier,
    otherShift: otherMultiplier.shift,
    ...output,
    ...{ lower, upper, factor, otherFactor, output: found, workspace },
  });
  const [rounding, largerFactor, smallerFactor] = new Int32Array(buffer, found, 3);
  if (rounding === 0) return undefined;
  const factors = isLeft ? [largerFactor, smallerFactor] : [smallerFactor, largerSign * largerFactor];
  const constants = new Int16Array(24);
  for (let i = 0; i < 8; i++) {
    constants[i] = factors[i & 1] >> 15;
    constants[8 + i] = factors[i & 1] & 0x7fff;
  }
  new Int32Array(constants.buffer).fill(rounding, 8);
  return constants;
}
