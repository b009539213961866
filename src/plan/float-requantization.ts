// Owns the float32 scales that requantize exactly; the core looks for them (assembly/operators/float-scale.ts).
import { operators } from '../core/abi';
import type { Scratch } from '../core/scratch';

/** 1.5 x 2^23: float32 near it are integers, so adding it rounds to the nearest integer, ties to even. */
export const floatInteger = 12582912;
/** Upper bound of |x scale|, below which that addition is exact. */
export const floatLimit = 2 ** 21;
/** Larger exponents make numerators inexact in a double, and float32 is never exact for them. */
const maxExponent = 12;

interface FloatScale {
  readonly scale: number;
  /** Half of the second rounding's bias, 2^-(e + 1); 0 without one. */
  readonly offset: number;
}

/** A scale and offset whose results equal the normative ones for all accumulators and results in [lower, upper], if one is found. */
export function findFloatScale(scratch: Scratch, multiplier: number, shift: number, lower: number, upper: number): FloatScale | undefined {
  const exponent = -shift;
  if (multiplier < 2 ** 30 || exponent > maxExponent || exponent < -8) return undefined;
  const output = scratch.begin;
  const buffer = scratch.reserve(output + 4);
  scratch.run(operators.FloatScale, { multiplier, shift, lower, upper, output });
  const [scale] = new Float32Array(buffer, output, 1);
  return scale === 0 ? undefined : { scale, offset: exponent > 0 ? 2 ** -(exponent + 1) : 0 };
}
