// Owns the construction of quantized MobileNetV1 models of any width, resolution and number of classes, for benchmarks and tests.
import { ModelError } from '../errors';
import type { Graph } from '../graph/graph';
import { checkOptionNames } from '../options';
import { writeModel } from '../tflite/write';
import { Network, perTensor, type Scheme } from './network';

/** All options may be left out. */
export interface MobilenetV1Options {
  /** Width multiplier, > 0 and at most 4; 1 by default. A layer has floor(alpha * its channels in the paper) of them, at least 8. */
  alpha?: number;
  /** Rows and columns of the input image, an integer in [32, 4096]; 224 by default. */
  resolution?: number;
  /** Number of classes, an integer in [1, 65536]; 1000 by default. */
  classes?: number;
  /** Any int32; equal options give equal bytes on every engine. 1 by default. */
  seed?: number;
  /** `uint8`: per-tensor asymmetric (default). `int8`: weights per channel and symmetric. */
  dtype?: Scheme;
}

/** Output channels and strides of the 13 depthwise-separable blocks: Howard et al., "MobileNets" (arXiv:1704.04861), table 1. */
const blockChannels = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
const blockStrides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1];

/** Inputs are pixels / 128 - 1, of mean square 1/3; with this factor the first layer's outputs fill the range of ReLU6. */
const firstLayerGain = 3;
/** Standard deviation of the logits, large enough that softmax gives unequal probabilities. */
const logitGain = 3;

/**
 * A complete quantized MobileNetV1 as .tflite bytes: input [1, resolution, resolution, 3], output probabilities [1, classes], both in
 * `dtype`. Weights are random with He's variance, so that activations keep their size from layer to layer; the network has the shapes and
 * the cost of a trained one, but classifies nothing.
 * @throws ModelError `bad-argument` for options out of range
 */
export function mobilenetV1(options: MobilenetV1Options = {}): Uint8Array {
  checkOptionNames<MobilenetV1Options>(options, { alpha: 1, resolution: 1, classes: 1, seed: 1, dtype: 1 }, 'mobilenetV1');
  return writeModel(mobilenetV1Graph(options));
}

function mobilenetV1Graph({ alpha = 1, resolution = 224, classes = 1000, seed = 1, dtype = 'uint8' }: MobilenetV1Options): Graph {
  check(typeof alpha === 'number' && alpha > 0 && alpha <= 4, `alpha is ${alpha}, it must be a number > 0 and at most 4`);
  checkInteger('resolution', resolution, 32, 4096);
  checkInteger('classes', classes, 1, 65536);
  checkInteger('seed', seed, -(2 ** 31), 2 ** 31 - 1);
  check(dtype === 'uint8' || dtype === 'int8', `dtype is ${dtype}, it must be 'uint8' or 'int8'`);
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
  const [, height, , depth] = x.shape;
  const pooled = network.activation('MobilenetV1/Logits/AvgPool_1a/AvgPool', [1, 1, 1, depth], relu6.quantization);
  const pool = { padding: 'VALID', strideH: 2, strideW: 2, filterH: height, filterW: height, activation: 'NONE' } as const;
  network.node('AVERAGE_POOL_2D', pool, [x], pooled);
  const logits = network.convolution(pooled, {
    type: 'CONV_2D',
    name: 'MobilenetV1/Logits/Conv2d_1c_1x1',
    size: 1,
    stride: 1,
    channels: classes,
    activation: 'NONE',
    quantization: perTensor(dtype, 1 / 8, 128),
    deviation: logitGain * heDeviation(depth),
  });
  const flat = network.activation('MobilenetV1/Logits/SpatialSqueeze', [1, classes], logits.quantization!);
  network.node('RESHAPE', { newShape: [1, classes] }, [logits, network.operand('MobilenetV1/Logits/Shape', [1, classes])], flat);
  const output = network.activation('MobilenetV1/Predictions/Reshape_1', [1, classes], perTensor(dtype, 1 / 256, 0));
  network.node('SOFTMAX', { beta: 1 }, [flat], output);
  return network.graph('main', `MobileNetV1 ${alpha} ${resolution} ${dtype}, ${classes} classes, random weights`, [input], [output]);
}

/** Keeps the mean square of activations through ReLU: He et al., "Delving Deep into Rectifiers" (arXiv:1502.01852). */
function heDeviation(fanIn: number): number {
  return Math.sqrt(2 / fanIn);
}

/**
 * Mean number of taps of a 3-tap filter that lie inside a row of `length` elements, under SAME padding: the fan-in of the outputs. In an
 * image of 1 x 1 all taps but one multiply padding.
 */
function tapsInside(length: number, stride: number): number {
  const outputs = Math.ceil(length / stride);
  const before = Math.floor(Math.max((outputs - 1) * stride + 3 - length, 0) / 2);
  let taps = 0;
  for (let output = 0; output < outputs; output++) {
    const first = output * stride - before;
    taps += Math.min(first + 3, length) - Math.max(first, 0);
  }
  return taps / outputs;
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new ModelError('bad-argument', message);
}

function checkInteger(name: string, value: number, low: number, high: number): void {
  check(Number.isInteger(value) && value >= low && value <= high, `${name} is ${value}, it must be an integer in [${low}, ${high}]`);
}
