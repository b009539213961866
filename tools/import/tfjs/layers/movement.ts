// Owns the Keras layers that rearrange elements, and those that merge several inputs.
import { elementCount, type Value } from 'zeropoint/graph';
import type { Binary } from '../builder';
import { axisOf } from './activation';
import type { LayerCall, LayerConverter } from './call';

/** The result has the batch of the input, whatever it is. */
function reshapedTo(call: LayerCall, x: Value, target: readonly number[]): Value {
  return call.builder.reshape(x, [elementCount(target) > 0 ? -1 : x.shape[0], ...target], call.name);
}

export const flatten: LayerConverter = (call) => {
  call.requireChannelsLast();
  const { input } = call;
  return reshapedTo(call, input, [elementCount(input.shape.slice(1))]);
};

export const reshape: LayerConverter = (call) => {
  const { input, config } = call;
  const target = config.integers('target_shape', []);
  const count = elementCount(input.shape.slice(1));
  const known = elementCount(target.filter((size) => size !== -1));
  const sizes = target.map((size) => (size === -1 ? count / known : size));
  if (elementCount(sizes) !== count || sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    call.fail('bad-shape', `[${input.shape}] has no shape [${target}] of a sample`);
  }
  return reshapedTo(call, input, sizes);
};

/** dims are those of a sample, counted from 1. */
export const permute: LayerConverter = (call) => {
  const { builder, name } = call;
  const order = builder.ints(`${name}/permutation`, [0, ...call.config.integers('dims', [])]);
  return builder.node('TRANSPOSE', {}, [call.input, order], name);
};

export const repeatVector: LayerConverter = (call) => {
  const { builder, name } = call;
  const [times] = call.config.sizes('n', 1, 0);
  const row = builder.node('EXPAND_DIMS', {}, [call.inputOfRank(2), builder.ints(`${name}/axis`, [1])], `${name}/row`);
  return builder.node('TILE', {}, [row, builder.ints(`${name}/multiples`, [1, times, 1])], name);
};

export const concatenate: LayerConverter = (call) => {
  const { inputs, builder, name } = call;
  const axis = axisOf(call, call.config.integer('axis', -1), inputs[0]?.shape.length ?? 0);
  return builder.node('CONCATENATION', { axis, activation: 'NONE' }, [...inputs], name);
};

/** Inputs of fewer dimensions get some after the batch (tfjs-layers, Merge). */
function sameRank(call: LayerCall): Value[] {
  const { inputs, builder, name } = call;
  if (inputs.length < 2) call.fail('bad-graph', `it merges ${inputs.length} inputs; two are the fewest`);
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return inputs.map((x, i) => {
    const [batch, ...rest] = x.shape;
    const missing = new Array<number>(rank - x.shape.length).fill(1);
    return missing.length === 0 ? x : builder.reshape(x, [batch, ...missing, ...rest], `${name}/input${i}`);
  });
}

export function merge(type: Extract<Binary, 'ADD' | 'SUB' | 'MUL' | 'MAXIMUM' | 'MINIMUM'>): LayerConverter {
  return (call) => mergeAs(call, type, call.name);
}

function mergeAs(call: LayerCall, type: Binary, name: string): Value {
  const values = sameRank(call);
  return values.reduce((sum, value, i) => call.builder.binary(type, sum, value, i === values.length - 1 ? name : `${name}/${i}`));
}

export const average: LayerConverter = (call) => {
  const sum = mergeAs(call, 'ADD', `${call.name}/sum`);
  return call.builder.binary('MUL', sum, 1 / call.inputs.length, call.name);
};

/** Layers that do nothing in inference. */
export const identity: LayerConverter = (call) => call.input;

/** PixelShuffle2x and others of UpscalerJS: depth to space by the number in their name. */
export function pixelShuffle(blockSize: number): LayerConverter {
  return (call) => call.builder.node('DEPTH_TO_SPACE', { blockSize }, [call.inputOfRank(4)], call.name);
}

/** MultiplyBeta of UpscalerJS. */
export const multiplyBeta: LayerConverter = (call) => call.builder.binary('MUL', call.input, 0.2, call.name);
