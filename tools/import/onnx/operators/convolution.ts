// Owns Conv: dense, grouped and depthwise convolutions of images with constant weights.
import type { Value } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { shapeOf } from '../operand';
import { paddedWithZeros, slidingWindow, strides } from './window';

/** The bias at input `index`, or zeros: TensorFlow Lite's kernels require one. */
export function biasOf(call: Call, index: number, channels: number): Value {
  const operand = call.optional(index);
  if (!operand) return call.builder.floats(`${call.output}/bias`, [channels], (count) => new Float32Array(count));
  const shape = shapeOf(operand);
  if (shape.length !== 1 || shape[0] !== channels) call.fail('bad-shape', `its bias has shape [${shape}] for ${channels} output channels`);
  return call.weights(operand, operand.axes, call.inputName(index));
}

/** Number of groups, and the weights' shape [first, second, kh, kw], checked against `kernel_shape`. */
export function weightShape(call: Call): { groups: number; shape: number[] } {
  const shape = shapeOf(call.operand(1));
  if (shape.length !== 4) call.fail('unsupported-feature', `its weights have shape [${shape}]; only 2-D convolutions are supported`);
  const kernel = call.ints('kernel_shape');
  if (kernel && (kernel.length !== 2 || kernel[0] !== shape[2] || kernel[1] !== shape[3])) {
    call.fail('bad-shape', `kernel_shape [${kernel}] does not fit weights [${shape}]`);
  }
  const groups = call.int('group', 1);
  if (!(Number.isInteger(groups) && groups >= 1)) call.fail('bad-option', `group is ${groups}; an integer >= 1 is needed`);
  return { groups, shape };
}

/** Weights [outputs, inputs / group, kh, kw] to OHWI, or to [1, kh, kw, outputs] where every input channel is a group. */
export const conv: Converter = (call) => {
  const [, channels] = shapeOf(call.image(0));
  const { groups, shape } = weightShape(call);
  const [outputs, perGroup, height, width] = shape;
  if (perGroup * groups !== channels || outputs % groups !== 0) {
    call.fail('bad-shape', `weights [${shape}] in ${groups} groups do not fit ${channels} input channels`);
  }
  const window = slidingWindow(call, [height, width]);
  const { image, padding } = paddedWithZeros(call, window);
  const [o, i, h, w] = call.operand(1).axes;
  const isDepthwise = perGroup === 1 && groups > 1;
  const weights = call.weights(call.operand(1), isDepthwise ? [[], h, w, o] : [o, h, w, i], call.inputName(1));
  const bias = biasOf(call, 2, outputs);
  const dilations = { dilationH: window.rows.dilation, dilationW: window.columns.dilation };
  const attributes = { padding, ...strides(window), ...dilations, activation: 'NONE' } as const;
  const inputs = [image, weights, bias];
  const value = isDepthwise
    ? call.builder.node('DEPTHWISE_CONV_2D', { ...attributes, depthMultiplier: outputs / channels }, inputs, call.output)
    : call.builder.node('CONV_2D', attributes, inputs, call.output);
  return call.imageOf(value);
};
