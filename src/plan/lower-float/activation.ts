// Owns the clamps of the float binary's descriptors.
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
