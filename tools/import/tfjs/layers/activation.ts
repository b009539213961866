// Owns the Keras layers of one function: Activation, ReLU and its relatives, Softmax, and those of normalization.
import type { Value } from 'zeropoint/graph';
import { clipped, elu } from '../activation';
import { batchNormalization } from '../convolution';
import type { LayerCall, LayerConverter } from './call';

export const activation: LayerConverter = (call) => call.activated(call.input);

/** TensorFlow.js leaves negative_slope and threshold out, so that a model which has them is refused rather than computed differently. */
export const relu: LayerConverter = (call) => {
  for (const name of ['negative_slope', 'threshold']) {
    if (call.config.numbers(name)?.some((value) => value !== 0))
      call.fail('unsupported-feature', `${name} is not supported by TensorFlow.js`);
  }
  const most = call.config.member('max_value') === undefined ? Number.POSITIVE_INFINITY : call.config.number('max_value', 0);
  return clipped(call.builder, call.input, 0, most, call.name);
};

/** Keras 3 calls alpha negative_slope. */
export const leakyRelu: LayerConverter = (call) => {
  const alpha = call.config.number('alpha', call.config.number('negative_slope', 0.3));
  return call.builder.node('LEAKY_RELU', { alpha }, [call.input], call.name);
};

export const eluLayer: LayerConverter = (call) => elu(call.builder, call.input, call.config.number('alpha', 1), call.name);

/** alpha has the dimensions of one sample, 1 along shared axes. */
export const prelu: LayerConverter = (call) => call.builder.binary('PRELU', call.input, call.constant('alpha', 0), call.name);

/** x where it is above theta, else 0. */
export const thresholdedRelu: LayerConverter = (call) => {
  const { builder, name, input } = call;
  const isAbove = builder.binary('GREATER', input, call.config.number('theta', 1), `${name}/above`);
  return builder.binary('MUL', input, builder.nodes('CAST', {}, [isAbove], [`${name}/factor`], 'float32')[0], name);
};

export const softmax: LayerConverter = (call) => {
  const { input } = call;
  const axis = axisOf(call, call.config.integers('axis', [-1])[0], input.shape.length);
  if (axis !== input.shape.length - 1) call.fail('unsupported-feature', `axis ${axis} of [${input.shape}] is not the last one`);
  return call.builder.node('SOFTMAX', { beta: 1 }, [input], call.name);
};

/** An axis of `rank`, negative ones counted from the end. */
export function axisOf(call: LayerCall, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  return resolved >= 0 && resolved < rank ? resolved : call.fail('bad-option', `axis ${axis} is not one of ${rank}`);
}

export const batchNormalizationLayer: LayerConverter = (call) => {
  const { builder, config, input, name } = call;
  const axis = axisOf(call, config.integers('axis', [-1])[0], input.shape.length);
  const isScaled = config.flag('scale', true);
  const isCentred = config.flag('center', true);
  const parameters = [isScaled && 'gamma', isCentred && 'beta', 'moving_mean', 'moving_variance'].filter((role) => role !== false);
  const data = (role: string) =>
    parameters.includes(role) ? builder.constant(call.constant(role, parameters.indexOf(role)), role) : undefined;
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map(data);
  return batchNormalization(
    builder,
    input,
    { gamma, beta, mean: mean!, variance: variance!, epsilon: config.number('epsilon', 1e-3), axis },
    name,
  );
};

/** gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of each sample over the last axis. */
export const layerNormalization: LayerConverter = (call) => {
  const { builder, config, input, name } = call;
  const axis = axisOf(call, config.integers('axis', [-1])[0], input.shape.length);
  if (axis !== input.shape.length - 1 || config.integers('axis', [-1]).length !== 1)
    call.fail('unsupported-feature', 'only the last axis is supported');
  const mean = (x: Value, part: string) =>
    builder.node('MEAN', { keepDims: true }, [x, builder.ints(`${name}/axes`, [axis])], `${name}/${part}`);
  const centred = builder.binary('SUB', input, mean(input, 'mean'), `${name}/centred`);
  const variance = mean(builder.unary('SQUARE', centred, `${name}/square`), 'variance');
  const shifted = builder.binary('ADD', variance, config.number('epsilon', 1e-3), `${name}/shifted`);
  let result = builder.binary('MUL', centred, builder.unary('RSQRT', shifted, `${name}/rsqrt`), `${name}/normal`);
  if (config.flag('scale', true)) result = builder.binary('MUL', result, call.constant('gamma', 0), `${name}/scaled`);
  return config.flag('center', true)
    ? builder.binary('ADD', result, call.constant('beta', config.flag('scale', true) ? 1 : 0), name)
    : result;
};

/** (x - mean) / max(sqrt(variance), 1e-7), by adapted weights or by the configuration (Keras, Normalization). */
export const normalization: LayerConverter = (call) => {
  const { builder, config, input, name } = call;
  const listOf = (role: string, index: number): ArrayLike<number> => {
    const weight = call.optionalWeight(role, index);
    if (weight) return builder.constant(builder.weight(weight), role);
    return config.numbers(role) ?? call.fail('malformed', `neither weights nor configuration hold its ${role}`);
  };
  const [mean, variance] = [listOf('mean', 0), listOf('variance', 1)];
  const channels = input.shape.at(-1) ?? 1;
  const at = (list: ArrayLike<number>, c: number) => list[list.length === 1 ? 0 : c];
  for (const list of [mean, variance]) {
    if (list.length !== 1 && list.length !== channels)
      call.fail('unsupported-feature', 'only one value for all, or one per channel, is supported');
  }
  const deviation = (c: number) => Math.max(Math.sqrt(at(variance, c)), 1e-7);
  const factors = builder.floats(`${name}/factor`, [channels], (count) => Float32Array.from({ length: count }, (_, c) => 1 / deviation(c)));
  const offsets = builder.floats(`${name}/offset`, [channels], (count) =>
    Float32Array.from({ length: count }, (_, c) => -at(mean, c) / deviation(c)),
  );
  return builder.binary('ADD', builder.binary('MUL', input, factors, `${name}/scaled`), offsets, name);
};

/** scale x + offset, one number or one per channel. */
export const rescaling: LayerConverter = (call) => {
  const { builder, config, input, name } = call;
  const perChannel = (role: string, fallback: number) => {
    const list = config.numbers(role) ?? [fallback];
    return builder.floats(`${name}/${role}`, [list.length], () => Float32Array.from(list));
  };
  const scaled = builder.binary('MUL', input, perChannel('scale', 1), `${name}/scaled`);
  return builder.binary('ADD', scaled, perChannel('offset', 0), name);
};
