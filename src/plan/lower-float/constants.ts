// Owns the table of constants that kernels of exponentials and HARD_SWISH read (FUNCTION_CONSTANTS of assembly/float/abi.ts).
import { functionConstants } from '../../core/abi-float';
import type { Lowering } from '../lowering';
import type { Address } from '../region';

/** The argument of exp may be no smaller and no larger: the result is a normal float. */
const expBounds = [-87.3, 88];
/** Adding it leaves the nearest integer, plus the bias of exponents, in the lowest bits of a float32. */
const shift = 1.5 * 2 ** 23 + 127;
/** The first part has so few bits that products with exponents are exact. */
const minusLn2 = [-0.693145752, -1.42860677e-6];
/** Of r^5 to r, the minimax polynomial of XNNPACK (f32-raddstoreexpminusmax, rr2-p5). */
const coefficients = [8.28929059e-3, 4.18978222e-2, 1.66676521e-1, 4.99991506e-1, 9.99999702e-1];
const hardSwish = [3, 6, 1 / 6];

export function constantsOf(lowering: Lowering): Address {
  return lowering.shared('function constants', functionConstants, () => {
    const table = new Float32Array(functionConstants);
    table.set([...expBounds, Math.LOG2E, shift, ...minusLn2, ...coefficients, 1, ...hardSwish]);
    return table;
  });
}
