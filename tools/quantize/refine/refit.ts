// Owns refitting a layer's weights by linear regression, so that its outputs on quantized inputs are nearest to those on float inputs.
import type { InputMatrices } from '../../kernels/input-matrices';
import type { LayerRows } from './layer-inputs';
import { multiplyTransposed } from './linear-algebra';

/** The change of the weights of one matrix's outputs, estimated on two halves of the samples. */
export interface Refit {
  /** Mean of both halves' changes d1 and d2, [outputs, size]. */
  readonly change: Float32Array;
  /** Sum over the outputs of d1 H d2ᵀ, where H is the covariance of the inputs: the variance that both halves' changes have in common. */
  readonly agreement: number;
  /** Sum over the outputs of (d1 H d1ᵀ + d2 H d2ᵀ) / 2. */
  readonly square: number;
}

/**
 * The least squares solution for the asymmetric reconstruction of Nagel et al. ("Up or Down? Adaptive Rounding for Post-Training
 * Quantization", 2020), which minimizes the mean of |w f - v x|² over the weights v, where f are the float network's inputs of a layer, x
 * the quantized network's and w the weights: v = w + d with d = w cov(f - x, x) cov(x)⁻¹. `inputs` hold x, factorized, and the errors f - x,
 * in steps of the quantized input. Rows below `half` are from other samples than the rest. `weights` [outputs, size].
 */
export function refit(weights: Float32Array, inputs: InputMatrices, { rows, size }: Pick<LayerRows, 'rows' | 'size'>, half: number): Refit {
  const inverse = inputs.inverse();
  const halves = [
    [0, half],
    [half, rows],
  ].map(([begin, end]) => {
    const part = inputs.cut(begin, end);
    // cov(x, f - x), the transpose of cov(f - x, x), since multiplyTransposed transposes its second operand.
    const cross = multiplyTransposed(part.inputs, part.errors, end - begin);
    for (let i = 0; i < cross.length; i++) cross[i] /= end - begin;
    // gradient = w cov(f - x, x) = d H.
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
 * The share of the changes to apply, in [0, 1]. Model: the change of each half is s + e, with a signal s in common and independent noise e
 * of variance 2 n. Then agreement = s², square = s² + 2 n, the mean of both halves has noise of variance n, and the multiple of that mean
 * nearest to s in the mean square is s² / (s² + n) (Wiener filter). One share for all outputs of a layer.
 */
export function refitShare(refits: readonly Pick<Refit, 'agreement' | 'square'>[]): number {
  const agreement = refits.reduce((sum, refit) => sum + refit.agreement, 0);
  const square = refits.reduce((sum, refit) => sum + refit.square, 0);
  if (!(agreement > 0)) return 0;
  return agreement / (agreement + Math.max(0, square - agreement) / 2);
}
