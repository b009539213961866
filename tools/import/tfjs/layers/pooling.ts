// Owns the Keras layers that pool, pad, crop and scale images and sequences.
import type { OperatorType, Value } from 'zeropoint/graph';
import { padded, pool } from '../convolution';
import type { LayerCall, LayerConverter } from './call';
import { asImage, asSequence } from './convolution';

type Pool = 'MAX_POOL_2D' | 'AVERAGE_POOL_2D';

export function pooling2d(type: Pool): LayerConverter {
  return (call) => {
    call.requireChannelsLast();
    const size = call.config.sizes('pool_size', 2, 2);
    const strides = call.config.member('strides') === undefined ? size : call.config.sizes('strides', 2, 1);
    return pool(call.builder, type, call.inputOfRank(4), { size, strides, padding: call.padding() }, call.name);
  };
}

export function pooling1d(type: Pool): LayerConverter {
  return (call) => {
    call.requireChannelsLast();
    const [size] = call.config.sizes('pool_size', 1, 2);
    const [stride] = call.config.member('strides') === undefined ? [size] : call.config.sizes('strides', 1, 1);
    const image = asImage(call, call.inputOfRank(3), `${call.name}/image`);
    const window = { size: [1, size], strides: [1, stride], padding: call.padding() } as const;
    return asSequence(call, pool(call.builder, type, image, window, `${call.name}/row`), call.name);
  };
}

/** Over all positions of an image (rank 4) or a sequence (rank 3). */
export function globalPooling(type: 'MEAN' | ('REDUCE_MAX' & OperatorType), rank: 3 | 4): LayerConverter {
  return (call) => {
    call.requireChannelsLast();
    const axes = call.builder.ints(`${call.name}/axes`, rank === 4 ? [1, 2] : [1]);
    return call.builder.node(type, { keepDims: call.config.flag('keepdims', false) }, [call.inputOfRank(rank), axes], call.name);
  };
}

export const zeroPadding2d: LayerConverter = (call) => {
  call.requireChannelsLast();
  const [[top, bottom], [left, right]] = call.config.amounts('padding', 2, 1);
  return padded(call.builder, call.inputOfRank(4), [top, bottom, left, right], call.name);
};

export const zeroPadding1d: LayerConverter = (call) => {
  const [[before, after]] = call.config.amounts('padding', 1, 1);
  const amounts = call.builder.ints(`${call.name}/paddings`, [0, 0, before, after, 0, 0], [3, 2]);
  return call.builder.node('PAD', {}, [call.inputOfRank(3), amounts], call.name);
};

function cropped(call: LayerCall, x: Value, amounts: readonly (readonly [number, number])[]): Value {
  const sizes = amounts.map(([before, after], i) => x.shape[i + 1] - before - after);
  if (sizes.some((size) => size < 1)) call.fail('bad-shape', `it leaves nothing of [${x.shape}]`);
  const begin = call.builder.ints(`${call.name}/begin`, [0, ...amounts.map(([before]) => before), 0]);
  const size = call.builder.ints(`${call.name}/size`, [-1, ...sizes, -1]);
  return call.builder.node('SLICE', {}, [x, begin, size], call.name);
}

export const cropping2d: LayerConverter = (call) => {
  call.requireChannelsLast();
  return cropped(call, call.inputOfRank(4), call.config.amounts('cropping', 2, 0));
};

export const cropping1d: LayerConverter = (call) => cropped(call, call.inputOfRank(3), call.config.amounts('cropping', 1, 1));

function resized(call: LayerCall, x: Value, isNearest: boolean, size: readonly [number, number], name: string): Value {
  // TensorFlow.js resizes without half-pixel centers, unlike Keras (tfjs-layers, UpSampling2D).
  const flags = { alignCorners: false, halfPixelCenters: false };
  const inputs = [x, call.builder.ints(`${name}/size`, size)];
  return call.builder.node(isNearest ? 'RESIZE_NEAREST_NEIGHBOR' : 'RESIZE_BILINEAR', flags, inputs, name);
}

export const upSampling2d: LayerConverter = (call) => {
  call.requireChannelsLast();
  const x = call.inputOfRank(4);
  const [rows, columns] = call.config.sizes('size', 2, 2);
  const interpolation = call.config.text('interpolation', 'nearest');
  if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
    call.fail('unsupported-feature', `interpolation '${interpolation}' is not supported; use nearest or bilinear`);
  }
  return resized(call, x, interpolation === 'nearest', [x.shape[1] * rows, x.shape[2] * columns], call.name);
};

export const upSampling1d: LayerConverter = (call) => {
  const [size] = call.config.sizes('size', 1, 2);
  const image = asImage(call, call.inputOfRank(3), `${call.name}/image`);
  return asSequence(call, resized(call, image, true, [1, image.shape[2] * size], `${call.name}/row`), call.name);
};
