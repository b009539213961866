// Owns the construction of quantized MobileNetV1 models of any width, resolution and number of classes, for benchmarks and tests.
import type { Graph } from '../graph/graph';
import { checkOptionNames } from '../options';
import { writeModel } from '../tflite/write';
import { firstLayerGain, heDeviation, tapsInside } from './deviations';
import { Network, perTensor } from './network';
import { completeOptions, type MobilenetOptions, mobilenetOptionNames } from './options';

/** A layer has floor(alpha * its channels in the paper) channels, at least 8. */
export type MobilenetV1Options = MobilenetOptions;

/** Output channels and strides of the 13 depthwise-separable blocks: Howard et al., "MobileNets" (arXiv:1704.04861), table 1. */
const blockChannels = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
const blockStrides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];

/**
 * A complete quantized MobileNetV1 as .tflite bytes: input [1, resolution, resolution, 3], output probabilities [1, classes], both in
 * `dtype`. Weights are random with He's variance, so that activations keep their size from layer to layer; the network has the shapes and
 * the cost of a trained one, but classifies nothing.
 * @throws ModelError `bad-argument` for options out of range
 */
export function mobilenetV1(options: MobilenetV1Options = {}): Uint8Array {
  checkOptionNames<MobilenetV1Options>(options, mobilenetOptionNames, 'mobilenetV1');
  return writeModel(mobilenetV1Graph(options));
}

function mobilenetV1Graph(options: MobilenetV1Options): Graph {
  const { alpha, resolution, classes, seed, dtype } = completeOptions(options);
  const width = (channels: number) => Math.max(8, Math.floor(channels * alpha));
  const network = new Network(dtype, seed);
  const input = network.activation('input', [1, resolution, resolution, 3], perTensor(dtype, 1 / 128, 128));
  // The codes of ReLU6 outputs span exactly [0, 6].
  const relu6 = { activation: 'RELU6', quantization: perTensor(dtype, 6 / 255, 0) } as const;
  const prefix = 'MobilenetV1/MobilenetV1/Conv2d_';
  let x = network.convolution(input, {
    ...relu6,
    type: 'CONV_2D',
    name: `${prefix}0`,
    size: 3,
    stride: 2,
    channels: width(32),
    deviation: firstLayerGain * heDeviation(9 * 3),
  });
  blockChannels.forEach((channels, i) => {
    const stride = blockStrides[i];
    const depth = x.shape[3];
    const block = `${prefix}${i + 1}`;
    const depthwise = { type: 'DEPTHWISE_CONV_2D', name: `${block}_depthwise`, size: 3, stride, channels: depth } as const;
    x = network.convolution(x, {
      ...relu6,
      ...depthwise,
      deviation: heDeviation(tapsInside(x.shape[1], stride) * tapsInside(x.shape[2], stride)),
    });
    const pointwise = { type: 'CONV_2D', name: `${block}_pointwise`, size: 1, stride: 1, channels: width(channels) } as const;
    x = network.convolution(x, { ...relu6, ...pointwise, deviation: heDeviation(depth) });
  });
  const output = network.classifier(x, 'MobilenetV1', classes);
  return network.graph('main', `MobileNetV1 ${alpha} ${resolution} ${dtype}, ${classes} classes, random weights`, [input], [output]);
}
