// Owns pointwise CONV_2D of few non-zero weights: sixteen pixels at a time, four output channels after the other.
import { SparseConvolutionDescriptor } from '../abi';
import { fromPlanes, sparseSums, toPlanes } from '../microkernels/f32-sparse';

export function sparseConvolution(d: SparseConvolutionDescriptor): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  const results = d.planes + (<usize>((d.channels + 3) & ~3) << 6);
  const lastBytes = <usize>(d.pixels - 1) << 2;
  for (let at: usize = 0; at <= lastBytes; at += 64) {
    toPlanes(d.input, d.inputOffsets + at, d.inputOffsets + lastBytes, d.channels, d.planes);
    let weights = d.weights;
    for (let channel: usize = 0; channel < <usize>d.outputs << 2; channel += 16) {
      weights = sparseSums(d.planes, weights, d.counts + channel, d.bias + channel, results, lower, upper);
      fromPlanes(results, d.output + channel, d.outputOffsets + at, d.outputOffsets + lastBytes);
    }
  }
}
