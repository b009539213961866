// Owns what each kind of processor computes exactly by dot products of bytes.
import type { Isa } from '../core/isa';

/** What the dot products of an engine compute exactly. */
export interface DotRules {
  /** Terms are unsigned bytes, code + 128 where codes are int8; otherwise signed ones. */
  readonly unsigned: boolean;
  /** The least weight; the greatest is 127. */
  readonly minWeight: number;
  /** Two products are added in int16, which saturates: magnitudes of two weights may add up to 128. */
  readonly saturates: boolean;
}

const rules: Readonly<Record<Isa, DotRules | undefined>> = {
  simd: undefined,
  'relaxed-signed': { unsigned: false, minWeight: -128, saturates: false },
  'relaxed-signed-wrapping': { unsigned: false, minWeight: -127, saturates: false },
  'relaxed-unsigned': { unsigned: true, minWeight: -128, saturates: false },
  'relaxed-saturating': { unsigned: true, minWeight: -128, saturates: true },
};

export function dotRules(isa: Isa): DotRules | undefined {
  return rules[isa];
}

/** What is added to a centred element: terms are codes as int8, or as uint8. */
export function termDelta(zeroPoint: number, dtype: 'int8' | 'uint8', { unsigned }: DotRules): number {
  return zeroPoint + (dtype === 'uint8' ? 0 : 128) - (unsigned ? 0 : 128);
}
