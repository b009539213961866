// Owns the construction of quantized MobileNetV3 models, large and small, of any width, resolution and number of classes.
import { ModelError } from '../errors';
import type { Graph, Quantization, Value } from '../graph/graph';
import { checkOptionNames } from '../options';
import { writeModel } from '../tflite/write';
import { divisible } from './channels';
import { tapsInside } from './deviations';
import { Network, perTensor, type Scheme } from './network';
import { completeOptions, type MobilenetOptions, mobilenetOptionNames } from './options';

/**
 * A layer has alpha * its channels in the paper, rounded to a multiple of 8 but not below 90 %; the layer after pooling keeps those of the
 * paper where alpha is below 1, as the authors' networks do (`finegrain_classification_mode` in their code).
 */
export type MobilenetV3Options = MobilenetOptions;

/** The two networks of the paper. */
export type MobilenetV3Size = 'small' | 'large';

/** One bottleneck: filter size, channels inside over input channels, output channels, squeeze-and-excite, activation, stride. */
type Bottleneck = readonly [size: 3 | 5, expansion: number, channels: number, squeezes: boolean, activation: Activation, stride: 1 | 2];
type Activation = 'RELU' | 'HARD_SWISH';

/** Howard et al., "Searching for MobileNetV3" (arXiv:1905.02244), tables 1 and 2, which give the channels inside instead of the factor. */
const architectures: Readonly<Record<MobilenetV3Size, { bottlenecks: readonly Bottleneck[]; lastChannels: number }>> = {
  large: {
    bottlenecks: [
      [3, 1, 16, false, 'RELU', 1],
      [3, 4, 24, false, 'RELU', 2],
      [3, 3, 24, false, 'RELU', 1],
      [5, 3, 40, true, 'RELU', 2],
      [5, 3, 40, true, 'RELU', 1],
      [5, 3, 40, true, 'RELU', 1],
      [3, 6, 80, false, 'HARD_SWISH', 2],
      [3, 2.5, 80, false, 'HARD_SWISH', 1],
      [3, 2.3, 80, false, 'HARD_SWISH', 1],
      [3, 2.3, 80, false, 'HARD_SWISH', 1],
      [3, 6, 112, true, 'HARD_SWISH', 1],
      [3, 6, 112, true, 'HARD_SWISH', 1],
      [5, 6, 160, true, 'HARD_SWISH', 2],
      [5, 6, 160, true, 'HARD_SWISH', 1],
      [5, 6, 160, true, 'HARD_SWISH', 1],
    ],
    lastChannels: 1280,
  },
  small: {
    bottlenecks: [
      [3, 1, 16, true, 'RELU', 2],
      [3, 72 / 16, 24, false, 'RELU', 2],
      [3, 88 / 24, 24, false, 'RELU', 1],
      [5, 4, 40, true, 'HARD_SWISH', 2],
      [5, 6, 40, true, 'HARD_SWISH', 1],
      [5, 6, 40, true, 'HARD_SWISH', 1],
      [5, 3, 48, true, 'HARD_SWISH', 1],
      [5, 3, 48, true, 'HARD_SWISH', 1],
      [5, 6, 96, true, 'HARD_SWISH', 2],
      [5, 6, 96, true, 'HARD_SWISH', 1],
      [5, 6, 96, true, 'HARD_SWISH', 1],
    ],
    lastChannels: 1024,
  },
};
const firstChannels = 16;
/** Channels of the convolution before pooling, over those of its input. */
const lastExpansion = 6;
const squeezeFactor = 4;

/**
 * A complete quantized MobileNetV3 as .tflite bytes: input [1, resolution, resolution, 3], output probabilities [1, classes], both in
 * `dtype`. The operators are those that TensorFlow's converter makes of the Keras network (tensorflow/compiler/mlir/lite/transforms/
 * optimize_patterns.td): HARD_SWISH; MEAN; a hard sigmoid relu6(x + 3) / 6 as the convolution before it with 3 more bias and a fused RELU6,
 * and MUL by a constant 1/6. Weights are random; the network has the shapes and the cost of a trained one, but classifies nothing.
 * @throws ModelError `bad-argument` for another `size` or options out of range
 */
export function mobilenetV3(size: MobilenetV3Size, options: MobilenetV3Options = {}): Uint8Array {
  if (size !== 'small' && size !== 'large') throw new ModelError('bad-argument', `size is ${size}, it must be 'small' or 'large'`);
  checkOptionNames<MobilenetV3Options>(options, mobilenetOptionNames, 'mobilenetV3');
  return writeModel(new Builder(size, options).graph());
}

/** A value, and the mean square of its elements, for which the weights of the layers that read it make up. */
interface Signal {
  readonly value: Value;
  readonly meanSquare: number;
}

interface Layer {
  readonly type?: 'CONV_2D' | 'DEPTHWISE_CONV_2D';
  readonly name: string;
  /** Rows and columns of the filter. */
  readonly size?: number;
  readonly stride?: number;
  readonly channels: number;
  readonly activation: Activation | 'NONE';
}

/** Mean square of pixels / 128 - 1. */
const pixelMeanSquare = 1 / 3;
/**
 * Standard deviation of sums before an activation. HARD_SWISH halves what is small and keeps what is large, so that small activations would
 * become smaller from layer to layer; with sums beyond [-3, 3], where it curves, it keeps their size nearly as RELU does.
 */
const sumDeviation = 4;
/** Of the sums before a hard sigmoid, which rises in [-3, 3]. */
const gateDeviation = 1.5;
/** Of the logits, large enough that softmax gives unequal probabilities. */
const logitDeviation = 4;
/** Ranges of codes end at this many standard deviations, as those of calibrated activations do. */
const deviationsInRange = 4;
/** Mean squares of y for normal sums x: y = x, relu(x), x relu6(x + 3) / 6, the last by numerical integration. */
const activationMeanSquare = { NONE: sumDeviation ** 2, RELU: sumDeviation ** 2 / 2, HARD_SWISH: 7.84 };
/** The same of relu6(x + 3) / 6 for the sums before a hard sigmoid, by numerical integration. */
const gateMeanSquare = 0.31;
/**
 * Measured, where neighbours are correlated: mean squares of channels' means over an image; and what a depthwise layer leaves of the mean
 * square, in the geometric mean over networks, since its filters make channels unequal.
 */
const pooledMeanSquare = { RELU: 4, HARD_SWISH: 3.5 };
const depthwiseFactor = 0.87;
/** Minimum of x relu6(x + 3) / 6, at x = -3/2. */
const hardSwishMinimum = -0.375;

/** Parameters of codes that span [low, high], which contains 0. */
function spanning(dtype: Scheme, low: number, high: number): Quantization {
  const scale = (high - low) / 255;
  return perTensor(dtype, scale, Math.round(-low / scale));
}

/** Parameters of the outputs of an activation; `part` of the range, where they are multiplied by gates or averaged. */
function activated(dtype: Scheme, activation: Activation, part = 1): Quantization {
  const high = deviationsInRange * sumDeviation * part;
  return spanning(dtype, activation === 'HARD_SWISH' ? hardSwishMinimum : 0, high);
}

/** Parameters of sums without activation. */
function linear(dtype: Scheme, meanSquare: number): Quantization {
  const high = deviationsInRange * Math.sqrt(meanSquare);
  return perTensor(dtype, (2 * high) / 255, 128);
}

class Builder {
  private readonly options: Required<MobilenetV3Options>;
  private readonly network: Network;
  /** 1/6, the factor of every hard sigmoid. */
  private readonly sixth: Value;

  constructor(
    private readonly size: MobilenetV3Size,
    options: MobilenetV3Options,
  ) {
    this.options = completeOptions(options);
    this.network = new Network(this.options.dtype, this.options.seed);
    this.sixth = this.network.scalar('MobilenetV3/sixth', 1 / 6);
  }

  graph(): Graph {
    const { network, size } = this;
    const { alpha, resolution, classes, dtype } = this.options;
    const { bottlenecks, lastChannels } = architectures[size];
    const input = network.activation('input', [1, resolution, resolution, 3], perTensor(dtype, 1 / 128, 128));
    const first = { name: 'MobilenetV3/Conv', size: 3, stride: 2, channels: divisible(firstChannels * alpha) } as const;
    let x = this.layer({ value: input, meanSquare: pixelMeanSquare }, { ...first, activation: 'HARD_SWISH' });
    bottlenecks.forEach((bottleneck, i) => {
      x = this.bottleneck(x, `MobilenetV3/expanded_conv${i === 0 ? '' : `_${i}`}`, bottleneck);
    });
    const channels = divisible(lastExpansion * x.value.shape[3]);
    x = this.layer(x, { name: 'MobilenetV3/Conv_1', channels, activation: 'HARD_SWISH' });
    x = this.pooled(x, 'MobilenetV3/AvgPool_1a', 'HARD_SWISH');
    const last = alpha > 1 ? divisible(lastChannels * alpha) : lastChannels;
    x = this.layer(x, { name: 'MobilenetV3/Conv_2', channels: last, activation: 'HARD_SWISH' });
    const deviation = logitDeviation / Math.sqrt(last * x.meanSquare);
    const output = network.predictions(x.value, 'MobilenetV3', classes, deviation);
    const description = `MobileNetV3 ${size} ${alpha} ${resolution} ${dtype}, ${classes} classes, random weights`;
    return network.graph('main', description, [input], [output]);
  }

  /** A convolution, by default pointwise, and its activation. */
  private layer(x: Signal, { name, type = 'CONV_2D', size = 1, stride = 1, channels, activation }: Layer): Signal {
    const { network } = this;
    const { dtype } = this.options;
    const [, height, width, depth] = x.value.shape;
    const isDepthwise = type === 'DEPTHWISE_CONV_2D';
    const taps = isDepthwise ? tapsInside(height, stride, size) * tapsInside(width, stride, size) : size * size * depth;
    const deviation = sumDeviation / Math.sqrt(taps * x.meanSquare);
    const meanSquare = activationMeanSquare[activation] * (isDepthwise ? depthwiseFactor : 1);
    // TensorFlow Lite fuses activations that clamp, and no others.
    const fused = activation === 'RELU' ? activation : 'NONE';
    const quantization = fused === 'RELU' ? activated(dtype, fused) : linear(dtype, activationMeanSquare.NONE);
    const sums = network.convolution(x.value, { type, name, size, stride, channels, activation: fused, quantization, deviation });
    if (activation !== 'HARD_SWISH') return { value: sums, meanSquare };
    return { value: network.hardSwish(`${name}/hard_swish`, sums, activated(dtype, activation)), meanSquare };
  }

  private bottleneck(x: Signal, name: string, [size, expansion, paperChannels, squeezes, activation, stride]: Bottleneck): Signal {
    const { alpha, dtype } = this.options;
    const depth = x.value.shape[3];
    const inside = divisible(expansion * depth);
    const channels = divisible(paperChannels * alpha);
    const expanded = expansion === 1 ? x : this.layer(x, { name: `${name}/expand`, channels: inside, activation });
    const depthwise = { type: 'DEPTHWISE_CONV_2D', name: `${name}/depthwise`, size, stride, channels: expanded.value.shape[3] } as const;
    const filtered = this.layer(expanded, { ...depthwise, activation });
    const gated = squeezes ? this.squeezeExcite(filtered, `${name}/squeeze_excite`, activation) : filtered;
    const projected = this.layer(gated, { name: `${name}/project`, channels, activation: 'NONE' });
    if (stride !== 1 || depth !== channels) return projected;
    const meanSquare = x.meanSquare + projected.meanSquare;
    const value = this.network.sum(`${name}/add`, x.value, projected.value, linear(dtype, meanSquare));
    return { value, meanSquare };
  }

  /** The mean over rows and columns, per channel. */
  private pooled({ value }: Signal, name: string, activation: Activation): Signal {
    const pooled = this.network.mean(name, value, activated(this.options.dtype, activation, 1 / 2));
    return { value: pooled, meanSquare: pooledMeanSquare[activation] };
  }

  /** x times a gate in [0, 1] per channel, which two pointwise convolutions make of the channels' means: section 5.3 of the paper. */
  private squeezeExcite(x: Signal, name: string, activation: Activation): Signal {
    const { network } = this;
    const { dtype } = this.options;
    const channels = x.value.shape[3];
    const pooled = this.pooled(x, `${name}/AvgPool`, activation);
    const squeezed = this.layer(pooled, { name: `${name}/Conv`, channels: divisible(channels / squeezeFactor), activation: 'RELU' });
    const sixfold = network.convolution(squeezed.value, {
      ...{ type: 'CONV_2D', name: `${name}/Conv_1`, size: 1, stride: 1, channels, biasMean: 3, activation: 'RELU6' },
      quantization: perTensor(dtype, 6 / 255, 0),
      deviation: gateDeviation / Math.sqrt(squeezed.value.shape[3] * squeezed.meanSquare),
    });
    const gate = network.product(`${name}/hard_sigmoid`, sixfold, this.sixth, perTensor(dtype, 1 / 255, 0));
    const value = network.product(`${name}/mul`, x.value, gate, activated(dtype, activation, 3 / 4));
    return { value, meanSquare: x.meanSquare * gateMeanSquare };
  }
}
