// Owns the clamp of centred results: a dtype's codes or a fused activation, minus the zero point.
import type { Activation, Value } from '../graph/graph';
import { activationRange } from '../quant/activation-range';

export interface CentredClamp {
  readonly lower: number;
  readonly upper: number;
}

export function centredClamp(value: Value, activation: Activation = 'NONE'): CentredClamp {
  const { scale, zeroPoint } = value.quantization!;
  const range = activationRange(activation, scale[0], zeroPoint[0], value.dtype as 'int8' | 'uint8');
  return { lower: range.min - zeroPoint[0], upper: range.max - zeroPoint[0] };
}
