// Owns the clamp of centred results: a dtype's codes or a fused activation, minus the zero point.
import type { Activation, Value } from '../graph/graph';
import { activationRange } from '../quant/activation-range';
import { tensorParams } from '../quant/params';

export interface CentredClamp {
  readonly lower: number;
  readonly upper: number;
}

export function centredClamp(value: Value, activation: Activation = 'NONE'): CentredClamp {
  const { scale, zeroPoint } = tensorParams(value);
  const { min, max } = activationRange(activation, scale, zeroPoint, value.dtype as 'int8' | 'uint8');
  return { lower: min - zeroPoint, upper: max - zeroPoint };
}
