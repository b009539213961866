// Owns the construction of quantized MobileNetV2 models of any width, resolution and number of classes, for benchmarks and tests.
import type { Graph, Value } from '../graph/graph';
import { checkOptionNames } from '../options';
import { writeModel } from '../tflite/write';
import { divisible } from './channels';
import { firstLayerGain, heDeviation, tapsInside } from './deviations';
import { Network, perTensor } from './network';
import { completeOptions, type MobilenetOptions, mobilenetOptionNames } from './options';

/** A layer has alpha * its channels in the paper, rounded to a multiple of 8 but not below 90 %; the last convolution at least 1280. */
export type MobilenetV2Options = MobilenetOptions;

/** Sandler et al., "MobileNetV2" (arXiv:1801.04381), table 2: expansion, output channels, repetitions, first stride. */
const bottlenecks = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;
const firstChannels = 32;
const lastChannels = 1280;

/**
 * A complete quantized MobileNetV2 as .tflite bytes: input [1, resolution, resolution, 3], output probabilities [1, classes], both in
 * `dtype`. Weights are random; the network has the shapes and the cost of a trained one, but classifies nothing.
 * @throws ModelError `bad-argument` for options out of range
 */
export function mobilenetV2(options: MobilenetV2Options = {}): Uint8Array {
  checkOptionNames<MobilenetV2Options>(options, mobilenetOptionNames, 'mobilenetV2');
  return writeModel(mobilenetV2Graph(options));
}

function mobilenetV2Graph(options: MobilenetV2Options): Graph {
  const { alpha, resolution, classes, seed, dtype } = completeOptions(options);
  const network = new Network(dtype, seed);
  const input = network.activation('input', [1, resolution, resolution, 3], perTensor(dtype, 1 / 128, 128));
  const relu6 = { activation: 'RELU6', quantization: perTensor(dtype, 6 / 255, 0) } as const;
  // Outputs of bottlenecks are linear, and residuals add up: twice the range of ReLU6 on both sides.
  const linear = { activation: 'NONE', quantization: perTensor(dtype, 24 / 255, 128) } as const;
  const pointwise = (x: Value, name: string, channels: number, end: typeof relu6 | typeof linear): Value => {
    const deviation = heDeviation(x.shape[3]) * (end.activation === 'NONE' ? Math.SQRT1_2 : 1);
    return network.convolution(x, { ...end, type: 'CONV_2D', name, size: 1, stride: 1, channels, deviation });
  };
  let x = network.convolution(input, {
    ...{ ...relu6, type: 'CONV_2D', name: 'MobilenetV2/Conv', size: 3, stride: 2, channels: divisible(firstChannels * alpha) },
    deviation: firstLayerGain * heDeviation(9 * 3),
  });
  let index = 0;
  for (const [expansion, paperChannels, repetitions, firstStride] of bottlenecks) {
    const channels = divisible(paperChannels * alpha);
    for (let i = 0; i < repetitions; i++) {
      const name = `MobilenetV2/expanded_conv_${index++}`;
      const stride = i === 0 ? firstStride : 1;
      const depth = x.shape[3];
      const expanded = expansion === 1 ? x : pointwise(x, `${name}/expand`, expansion * depth, relu6);
      const [, height, width, channelsInside] = expanded.shape;
      const filtered = network.convolution(expanded, {
        ...{ ...relu6, type: 'DEPTHWISE_CONV_2D', name: `${name}/depthwise`, size: 3, stride, channels: channelsInside },
        deviation: heDeviation(tapsInside(height, stride) * tapsInside(width, stride)),
      });
      const projected = pointwise(filtered, `${name}/project`, channels, linear);
      const isResidual = stride === 1 && depth === channels;
      x = isResidual ? network.sum(`${name}/add`, x, projected, linear.quantization) : projected;
    }
  }
  x = pointwise(x, 'MobilenetV2/Conv_1', divisible(lastChannels * Math.max(alpha, 1)), relu6);
  const output = network.classifier(x, 'MobilenetV2', classes);
  return network.graph('main', `MobileNetV2 ${alpha} ${resolution} ${dtype}, ${classes} classes, random weights`, [input], [output]);
}
