// Owns the convolutions, products of matrices, pools and batch normalizations of graph models, fused activations included.
import type { Padding, Value } from 'zeropoint/graph';
import { activationOf } from '../../activation';
import { batchNormalization, conv2d, dense, depthwise, pool, requireRank, transposedConv2d, type Window } from '../../convolution';
import type { Converter, NodeCall } from '../call';

function windowOf(call: NodeCall): Window {
  call.requireChannelsLast();
  return { strides: call.pair('strides'), dilations: call.pair('dilations'), padding: call.padding() };
}

/** Padding of operators that have no explicit one. */
function namedPadding(call: NodeCall): Padding {
  const padding = call.padding();
  return typeof padding === 'string' ? (padding as Padding) : call.fail('unsupported-feature', 'explicit padding is not supported');
}

type Layer = (bias: Value | undefined, name: string) => Value;

/** The layer with what `fused_ops` names: BiasAdd first, then an activation; their operands follow those of the layer. */
function fused(call: NodeCall, layer: Layer): Value {
  const { builder, name } = call;
  const operators = call.texts('fused_ops');
  const hasBias = operators[0] === 'BiasAdd';
  const [activation, ...more] = operators.slice(hasBias ? 1 : 0);
  if (more.length > 0) call.fail('unsupported-feature', `fused operators [${operators}] are not supported`);
  const bias = hasBias ? call.input(2) : undefined;
  if (activation === undefined) return layer(bias, name);
  const x = layer(bias, `${name}/linear`);
  if (activation === 'LeakyRelu') return builder.node('LEAKY_RELU', { alpha: call.float('leakyrelu_alpha', 0.2) }, [x], name);
  if (activation === 'Prelu') return builder.binary('PRELU', x, call.input(hasBias ? 3 : 2), name);
  const activate = activationOf(activation) ?? call.fail('unsupported-operator', `fused activation ${activation} is not supported`);
  return activate(builder, x, name);
}

export const convolution: Converter = (call) =>
  fused(call, (bias, name) => conv2d(call.builder, call.input(0), call.input(1), bias, windowOf(call), name));

export const depthwiseConvolution: Converter = (call) =>
  fused(call, (bias, name) => depthwise(call.builder, call.input(0), call.input(1), bias, windowOf(call), name));

/** Inputs: shape of the result, kernel [h, w, outputs, inputs], data. */
export const transposedConvolution: Converter = (call) => {
  call.requireChannelsLast();
  const options = { strides: call.pair('strides'), padding: namedPadding(call), size: call.integers(0) };
  if (call.pair('dilations').some((dilation) => dilation !== 1)) call.fail('unsupported-feature', 'dilations are not supported');
  return transposedConv2d(call.builder, call.input(2), call.input(1), undefined, options, call.name);
};

/** By constant weights FULLY_CONNECTED, else BATCH_MATMUL. */
export const matMul: Converter = (call) => {
  const { builder } = call;
  const isBatch = call.operator.startsWith('Batch');
  const [adjX, adjY] = isBatch ? ['adj_x', 'adj_y'] : ['transpose_a', 'transpose_b'];
  const [isLeftTurned, isRightTurned] = [call.flag(adjX), call.flag(adjY)];
  const [a, b] = [call.input(0), call.input(1)];
  return fused(call, (bias, name) => {
    if (b.data && b.shape.length === 2 && !isLeftTurned) return dense(builder, a, b, bias, name, isRightTurned);
    const product = builder.node('BATCH_MATMUL', { adjX: isLeftTurned, adjY: isRightTurned }, [a, b], bias ? `${name}/product` : name);
    return bias ? builder.binary('ADD', product, bias, name) : product;
  });
};

export function pooling(type: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D'): Converter {
  return (call) => {
    call.requireChannelsLast();
    const window = { size: call.pair('ksize'), strides: call.pair('strides'), padding: namedPadding(call) };
    return pool(call.builder, type, call.input(0), window, call.name);
  };
}

/** Inputs: x, scale, offset, mean, variance; the other outputs are for training. */
export const fusedBatchNorm: Converter = (call) => {
  call.requireChannelsLast();
  if (call.flag('is_training')) call.fail('unsupported-feature', 'it is exported for training; export the model for inference');
  const x = call.input(0);
  requireRank(x, 4, 'input');
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) => call.builder.constant(call.input(index), `input ${index}`));
  return batchNormalization(call.builder, x, { gamma, beta, mean, variance, epsilon: call.float('epsilon', 1e-4), axis: 3 }, call.name);
};
