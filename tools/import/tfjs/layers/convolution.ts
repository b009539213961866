// Owns the Keras layers with kernels: convolutions of images and sequences, transposed and separable ones, and Dense.
import type { Value } from 'zeropoint/graph';
import { conv2d, dense, depthwise, transposedConv2d, type Window } from '../convolution';
import type { LayerCall, LayerConverter } from './call';

function windowOf(call: LayerCall): Window {
  call.requireChannelsLast();
  return { strides: call.config.sizes('strides', 2, 1), dilations: call.config.sizes('dilation_rate', 2, 1), padding: call.padding() };
}

export const convolution2d: LayerConverter = (call) => {
  const { builder, inner } = call;
  return call.activated(conv2d(builder, call.inputOfRank(4), call.constant('kernel', 0), call.bias(1), windowOf(call), inner));
};

/** Newer files call the kernel `kernel`. */
export const depthwiseConvolution2d: LayerConverter = (call) => {
  const { builder, inner } = call;
  const kernel = call.optionalWeight('depthwise_kernel', 0) ?? call.weight('kernel', 0);
  return call.activated(depthwise(builder, call.inputOfRank(4), builder.weight(kernel), call.bias(1), windowOf(call), inner));
};

/** A depthwise convolution without bias, then a pointwise one. */
export const separableConvolution2d: LayerConverter = (call) => {
  const { builder, inner, name } = call;
  const columns = depthwise(
    builder,
    call.inputOfRank(4),
    call.constant('depthwise_kernel', 0),
    undefined,
    windowOf(call),
    `${name}/depthwise`,
  );
  const pointwise: Window = { strides: [1, 1], dilations: [1, 1], padding: 'VALID' };
  return call.activated(conv2d(builder, columns, call.constant('pointwise_kernel', 1), call.bias(2), pointwise, inner));
};

/** Size of the result: all positions that some tap reaches, or `stride` times the input with SAME (tfjs-layers, deconvLength). */
export const transposedConvolution2d: LayerConverter = (call) => {
  const { builder, config, inner } = call;
  const x = call.inputOfRank(4);
  const { strides, dilations, padding } = windowOf(call);
  if (dilations.some((dilation) => dilation !== 1)) call.fail('unsupported-feature', 'dilations are not supported');
  if (config.member('output_padding') !== undefined) call.fail('unsupported-feature', 'output_padding is not supported');
  const kernel = call.constant('kernel', 0);
  const [batch, ...sizes] = x.shape;
  const [height, width] = strides.map(
    (stride, axis) => sizes[axis] * stride + (padding === 'SAME' ? 0 : Math.max(kernel.shape[axis] - stride, 0)),
  );
  const size = [batch, height, width, kernel.shape[2] ?? 0];
  const options = { strides, padding: padding === 'SAME' ? ('SAME' as const) : ('VALID' as const), size };
  return call.activated(transposedConv2d(builder, x, kernel, call.bias(1), options, inner));
};

/** A sequence [n, w, c] as an image of one row. */
export const asImage = (call: LayerCall, x: Value, name: string): Value =>
  call.builder.node('EXPAND_DIMS', {}, [x, call.builder.ints(`${name}/axis`, [1])], name);
export const asSequence = (call: LayerCall, image: Value, name: string): Value =>
  call.builder.node('SQUEEZE', { squeezeDims: [1] }, [image], name);

/** Sequences are images of one row; causal: all padding is before the first element. */
export const convolution1d: LayerConverter = (call) => {
  const { builder, config, name, inner } = call;
  call.requireChannelsLast();
  const [stride] = config.sizes('strides', 1, 1);
  const [dilation] = config.sizes('dilation_rate', 1, 1);
  const weight = call.constant('kernel', 0);
  if (weight.shape.length !== 3) call.fail('bad-shape', `its kernel has shape [${weight.shape}]; 3 dimensions are needed`);
  const kernel = builder.reshaped(weight, [1, ...weight.shape], 'kernel');
  const isCausal = config.text('padding', 'valid') === 'causal';
  const padding = isCausal ? ([0, 0, (weight.shape[0] - 1) * dilation, 0] as const) : call.padding();
  const image = asImage(call, call.inputOfRank(3), `${name}/image`);
  const window: Window = { strides: [1, stride], dilations: [1, dilation], padding };
  return call.activated(asSequence(call, conv2d(builder, image, kernel, call.bias(1), window, `${name}/row`), inner));
};

export const denseLayer: LayerConverter = (call) =>
  call.activated(dense(call.builder, call.input, call.constant('kernel', 0), call.bias(1), call.inner));
