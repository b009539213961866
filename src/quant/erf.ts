// Owns the complementary error function, which ECMAScript lacks.

/** Beyond it the continued fraction converges faster than the series, which cancels there. */
const seriesEnd = 2.5;

/**
 * erfc(x) = 2 / sqrt(pi) * integral of exp(-t^2) from x, to about 1e-12 of its value. Below 2.5 by
 * erf(x) = 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n + 1) / (2n + 1)!!, whose terms have one sign (Abramowitz and Stegun 7.1.6), above by
 * erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...)))) (7.1.14).
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < seriesEnd) {
    let sum = 0;
    for (let n = 0, term = 2 * x; term > sum * 1e-17; n++, term *= (2 * x * x) / (2 * n + 1)) sum += term;
    return 1 - scale * sum;
  }
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return scale / fraction;
}
