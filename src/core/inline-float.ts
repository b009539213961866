// Owns the float binaries that the package contains as text: decoded and compiled once, on first use.
import { decodeText } from './byte-text';
import type { Cores } from './choose';
import { patch } from './delta';
import { floatRelaxedDelta } from './float-relaxed-wasm';
import { floatText } from './float-wasm';
import { compiledOnce } from './inline';

/**
 * The bytes of each. `simd` rounds products before they are added; `relaxed` adds them by f32x4.relaxed_madd, which rounds once or twice.
 */
export const floatBytes = {
  simd: () => decodeText(floatText),
  relaxed: () => patch(decodeText(floatText), decodeText(floatRelaxedDelta)),
};

/** Both float binaries; only what a model runs on is compiled. */
export function inlineFloats(): Required<Cores> {
  return { simd: compiledOnce(floatBytes.simd), relaxed: compiledOnce(floatBytes.relaxed) };
}
