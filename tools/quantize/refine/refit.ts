// Owns refitting weights to quantized inputs: what earlier layers' errors have in common with their signal, the weights take back.
import { type InputCovariance, inverseCovariance } from './input-covariance';
import { centre, cutRows, multiplyTransposed } from './linear-algebra';

/** A change of the weights of one matrix's outputs, and how much of it two halves of the samples agree on. */
export interface Refit {
  /** [outputs, size] */
  readonly change: Float32Array;
  /** Inner product of the halves' changes, and the mean of their squares, in the metric of the outputs' variance. */
  readonly agreement: number;
  readonly square: number;
}

/**
 * With inputs f in the float network and x in the quantized one, the weights w + w cov(f - x, x) / cov(x) come nearest to w f in the
 * mean square (the asymmetric reconstruction of Nagel et al., "AdaRound", 2020, solved in closed form). `errors` is f - x and `columns` is
 * x, centred, both [size, rows] in steps of the quantized input; rows before `half` are from other samples than those behind.
 * `weights` [outputs, size].
 */
export function refit(
  weights: Float32Array,
  errors: Float32Array,
  columns: Float32Array,
  rows: number,
  half: number,
  covariance: InputCovariance,
): Refit {
  const { size } = covariance;
  const inverse = inverseCovariance(covariance);
  const halves = [
    [0, half],
    [half, rows],
  ].map(([first, last]) => {
    const part = cutRows(errors, size, rows, first, last);
    centre(part, last - first);
    // cov(x, f - x), whose rows the weights are multiplied with.
    const cross = multiplyTransposed(cutRows(columns, size, rows, first, last), part, last - first);
    for (let i = 0; i < cross.length; i++) cross[i] /= last - first;
    const gradient = multiplyTransposed(weights, cross, size);
    return { gradient, change: multiplyTransposed(gradient, inverse, size) };
  });
  const [a, b] = halves;
  let [agreement, square] = [0, 0];
  const change = new Float32Array(weights.length);
  for (let i = 0; i < change.length; i++) {
    change[i] = (a.change[i] + b.change[i]) / 2;
    agreement += a.change[i] * b.gradient[i];
    square += (a.change[i] * a.gradient[i] + b.change[i] * b.gradient[i]) / 2;
  }
  return { change, agreement, square };
}

/**
 * The share of the changes to make, 0..1: halves that measure a signal s with noise of variance 2 n each agree on s² and have squares
 * of s² + 2 n, so that their mean is nearest to the signal times s² / (s² + n).
 */
export function refitShare(refits: readonly Refit[]): number {
  const agreement = refits.reduce((sum, refit) => sum + refit.agreement, 0);
  const square = refits.reduce((sum, refit) => sum + refit.square, 0);
  if (!(agreement > 0)) return 0;
  return agreement / (agreement + Math.max(0, square - agreement) / 2);
}
