// Owns activations with parameters, Clip, HardSigmoid, LeakyRelu and ThresholdedRelu; and Identity and Dropout.
import type { Call, Converter } from '../call';
import { constantOperand } from '../operand';
import { pair, withNumber } from './elementwise';
import { joined } from './unary';

export const leakyRelu: Converter = (call) => call.apply('LEAKY_RELU', { alpha: call.float('alpha', 0.01) }, call.operand(0), call.output);

/** max(0, min(1, alpha x + beta)) as relu6(6 alpha x + 6 beta) / 6: RELU6 fuses into the addition before it. */
export const hardSigmoid: Converter = (call) => {
  const alpha = call.float('alpha', 0.2);
  const beta = call.float('beta', 0.5);
  const { output } = call;
  // alpha = 1/6 is rounded in the file, so a slope within rounding of 1 is taken as 1.
  const slope = Math.abs(6 * alpha - 1) < 1e-6 ? 1 : 6 * alpha;
  const scaled = slope === 1 ? call.operand(0) : withNumber(call, 'MUL', call.operand(0), slope, `${output}/scaled`);
  const shifted = withNumber(call, 'ADD', scaled, 6 * beta, `${output}/shifted`);
  return withNumber(call, 'MUL', call.apply('RELU6', {}, shifted, `${output}/clipped`), 1 / 6, output);
};

/** x above alpha, else 0. */
export const thresholdedRelu: Converter = (call) => {
  const x = call.operand(0);
  const { output } = call;
  const threshold = constantOperand(Float32Array.of(call.float('alpha', 1)), []);
  const isAbove = pair(call, 'GREATER', {}, [x, threshold], [call.inputName(0), `${output}/threshold`], `${output}/above`);
  const mask = { ...isAbove, value: call.builder.node('CAST', {}, [isAbove.value], `${output}/mask`, 'float32') };
  return joined(call, 'MUL', x, mask, output);
};

/** A bound from the attribute (opset < 11) or the input; bounds of FLT_MAX and beyond count as none. */
function bound(call: Call, name: 'min' | 'max', index: 1 | 2, none: number): number {
  const values = call.reals(index);
  if (values && values.length !== 1) call.fail('bad-shape', `its ${name} has ${values.length} elements; one is needed`);
  const value = values ? values[0] : call.float(name, none);
  return Math.abs(value) >= 3.4028234e38 ? none : value;
}

/** RELU, RELU6 or RELU_N1_TO_1 where the bounds are theirs, else MAXIMUM and MINIMUM. */
export const clip: Converter = (call) => {
  const min = bound(call, 'min', 1, Number.NEGATIVE_INFINITY);
  const max = bound(call, 'max', 2, Number.POSITIVE_INFINITY);
  const x = call.operand(0);
  const { output } = call;
  if (min === 0 && max === 6) return call.apply('RELU6', {}, x, output);
  if (min === -1 && max === 1) return call.apply('RELU_N1_TO_1', {}, x, output);
  if (max === Number.POSITIVE_INFINITY) {
    if (min === Number.NEGATIVE_INFINITY) return x;
    return min === 0 ? call.apply('RELU', {}, x, output) : withNumber(call, 'MAXIMUM', x, min, output);
  }
  if (min === Number.NEGATIVE_INFINITY) return withNumber(call, 'MINIMUM', x, max, output);
  const name = `${output}/low`;
  const low = min === 0 ? call.apply('RELU', {}, x, name) : withNumber(call, 'MAXIMUM', x, min, name);
  return withNumber(call, 'MINIMUM', low, max, output);
};

export const identity: Converter = (call) => call.operand(0);

/** The identity, as in inference. */
export const dropout: Converter = (call) => {
  if (call.integers(2)?.[0]) call.fail('unsupported-feature', 'it is exported for training; export the model for inference');
  return call.operand(0);
};
