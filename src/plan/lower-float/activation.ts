// Owns the clamps of the float binary's descriptors, and TANH beside them in recurrent layers.
import type { Activation } from '../../graph/graph';
import { plainActivationRange } from '../../quant/activation-range';

interface ClampFields {
  readonly lower: number;
  readonly upper: number;
}

/** Every float, infinities included. */
export const unclamped: ClampFields = { lower: -Infinity, upper: Infinity };

/** A fused activation; even NONE ends at the largest float, as in the reference kernels. */
export function clampFields(activation: Activation): ClampFields {
  const { min, max } = plainActivationRange(activation, 'float32');
  return { lower: min, upper: max };
}

/** Of the codes NONE, RELU, RELU_N1_TO_1 and RELU6 of ActivationFunctionType in schema.fbs. */
const clamps: readonly ClampFields[] = [unclamped, { lower: 0, upper: Infinity }, { lower: -1, upper: 1 }, { lower: 0, upper: 6 }];
const tanh = 4;

/** The activation of a recurrent layer by its code, one of those of custom/hybrid.ts: TANH, or a clamp. */
export function recurrentActivation(code: number): ClampFields & { readonly isTanh: number } {
  return { ...(code === tanh ? unclamped : clamps[code]), isTanh: Number(code === tanh) };
}
