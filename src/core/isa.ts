// Owns the question which core this engine can run.
import { ModelError } from '../errors';

/** Which binary executes 8-bit operators. */
export type Isa = 'simd';

/** A module whose only function uses i8x16.popcnt, one of the last instructions of the SIMD proposal. */
// prettier-ignore
const simdProbe = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  10,
  1,
  8,
  0,
  65,
  0,
  253,
  15,
  253,
  98,
  11,
);

/** The fastest core that is exact on this engine. Throws `simd-required` where WebAssembly has no SIMD. */
export function chooseIsa(): Isa {
  if (!WebAssembly.validate(simdProbe)) {
    throw new ModelError(
      'simd-required',
      'this engine has no WebAssembly SIMD; use Node >= 20, Chrome >= 91, Firefox >= 89 or Safari >= 16.4',
    );
  }
  return 'simd';
}
