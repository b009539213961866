// Owns Conv: dense, grouped and depthwise convolutions of images with constant weights.
import type { Value } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { inserted, type Operand, shapeOf } from '../operand';
import { paddedWithZeros, slidingWindow, strides } from './window';

/** The bias at input `index`, or zeros: TensorFlow Lite's kernels require one. */
export function biasOf(call: Call, index: number, channels: number): Value {
  const operand = call.optional(index);
  if (!operand) return call.builder.floats(`${call.output}/bias`, [channels], (count) => new Float32Array(count));
  const shape = shapeOf(operand);
  if (shape.length !== 1 || shape[0] !== channels) call.fail('bad-shape', `its bias has shape [${shape}] for ${channels} output channels`);
  return call.weights(operand, operand.axes, call.inputName(index));
}

/** Number of groups, and the weights [first, second, kh, kw] and their shape, checked against `kernel_shape`; of a line kh is 1. */
export function weightShape(call: Call): { groups: number; shape: number[]; weights: Operand } {
  const given = call.operand(1);
  const weights = call.isLine && given.axes.length === 3 ? inserted(given, 2) : given;
  const shape = shapeOf(weights);
  if (shape.length !== 4) {
    call.fail('unsupported-feature', `its weights have shape [${shape}]; only 1-D and 2-D convolutions are supported`);
  }
  const [height, width] = call.pair('kernel_shape', [shape[2], shape[3]], 1);
  if (height !== shape[2] || width !== shape[3]) {
    call.fail('bad-shape', `kernel_shape [${call.ints('kernel_shape')}] does not fit weights [${shape}]`);
  }
  const groups = call.int('group', 1);
  if (!(Number.isInteger(groups) && groups >= 1)) call.fail('bad-option', `group is ${groups}; an integer >= 1 is needed`);
  return { groups, shape, weights };
}

/** Weights [outputs, inputs / group, kh, kw] to OHWI, or to [1, kh, kw, outputs] where every input channel is a group. */
export const conv: Converter = (call) => {
  const [, channels] = shapeOf(call.image());
  const { groups, shape, weights: source } = weightShape(call);
  const [outputs, perGroup, height, width] = shape;
  if (perGroup * groups !== channels || outputs % groups !== 0) {
    call.fail('bad-shape', `weights [${shape}] in ${groups} groups do not fit ${channels} input channels`);
  }
  const window = slidingWindow(call, [height, width]);
  const { image, padding } = paddedWithZeros(call, window);
  const [o, i, h, w] = source.axes;
  const isDepthwise = perGroup === 1 && groups > 1;
  const weights = call.weights(source, isDepthwise ? [[], h, w, o] : [o, h, w, i], call.inputName(1));
  const bias = biasOf(call, 2, outputs);
  const dilations = { dilationH: window.rows.dilation, dilationW: window.columns.dilation };
  const attributes = { padding, ...strides(window), ...dilations, activation: 'NONE' } as const;
  const inputs = [image, weights, bias];
  const value = isDepthwise
    ? call.builder.node('DEPTHWISE_CONV_2D', { ...attributes, depthMultiplier: outputs / channels }, inputs, call.output)
    : call.builder.node('CONV_2D', attributes, inputs, call.output);
  return call.imageOf(value);
};
