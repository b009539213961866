// Owns the tables of constants that kernels of functions read (FUNCTION_CONSTANTS and the like of assembly/float/abi.ts).
import { fourOverPiBytes, functionConstants, logarithmConstants, softmaxConstants } from '../../core/abi-float';
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

/** -2 sqrt(2 / pi) and the factor of the cube (tflite/kernels/internal/reference/gelu.h). */
const geluByTanh = [-2 * Math.sqrt(2 / Math.PI), 0.044715];
/** p / sqrt(2) and halves of a5 to a1 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26). */
const geluByErf = [0.3275911 * Math.SQRT1_2, 1.061405429 / 2, -1.453152027 / 2, 1.421413741 / 2, -0.284496736 / 2, 0.254829592 / 2];
/** Of z^8 to z^0, ln 2 in two parts; of the Cephes library (logf). */
const logarithmCoefficients = [
  ...[7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1],
  ...[2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1, -2.1219444e-4, 0.693359375],
];
/** Of f^5 to f, the minimax polynomial of 2^f for |f| <= 1 / 2 that is 1 at 0: relative errors of 9.1e-8 at most. */
const powerOfTwo = [1.326472731307149e-3, 9.671512991189957e-3, 5.550733581185341e-2, 2.4022242426872253e-1, 6.931470036506653e-1];
/** 4 / pi in hexadecimal, from the second digit on. */
const fourOverPi = 'a2f9836e4e441529fc2757d1f534ddc0db6295993c439041';

function table(length: number, constants: readonly number[]): Float32Array {
  const result = new Float32Array(length);
  result.set(constants);
  return result;
}

export function constantsOf(lowering: Lowering, isTanh = false): Address {
  return lowering.shared(`function constants ${isTanh}`, functionConstants, () => {
    const exponentials = [...expBounds, Math.LOG2E, shift, ...minusLn2, ...coefficients, 1, ...hardSwish, 0];
    return table(functionConstants, [...exponentials, ...(isTanh ? geluByTanh : geluByErf)]);
  });
}

/** The smallest normal float, what denormals are multiplied by, and sqrt(1/2); then the coefficients. */
export function logarithmsOf(lowering: Lowering): Address {
  return lowering.shared('logarithm constants', logarithmConstants, () => {
    return table(logarithmConstants, [2 ** -126, 2 ** 25, Math.SQRT1_2, ...logarithmCoefficients]);
  });
}

export function softmaxConstantsOf(lowering: Lowering): Address {
  return lowering.shared('softmax constants', softmaxConstants, () => table(softmaxConstants, [-126, 1.5 * 2 ** 23, ...powerOfTwo, 1]));
}

export function fourOverPiOf(lowering: Lowering): Address {
  return lowering.shared('4 / pi', fourOverPiBytes, () => {
    const bytes = new Uint8Array(fourOverPiBytes);
    for (let i = 0; i < fourOverPi.length; i += 2) bytes[(fourOverPi.length - i) / 2 - 1] = Number.parseInt(fourOverPi.slice(i, i + 2), 16);
    return bytes;
  });
}
