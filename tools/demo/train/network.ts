// Owns the demo's network: a small MobileNet on tfjs variables, for training, with the running moments of its batch normalizations.

import { Random } from '../../random';
import { digitSize } from '../digits';
import {
  depthwise,
  depthwiseGradients,
  type Image,
  moments,
  multiply,
  multiplyGradients,
  normalize,
  normalizeGradients,
  windows,
} from './kernels';
import type { Tensor, Tfjs } from './tfjs';

/** One layer: `full` and `depthwise` have 3x3 windows and SAME padding; all end in batch normalization and ReLU6. */
export interface LayerShape {
  readonly type: 'full' | 'depthwise' | 'pointwise';
  readonly stride: number;
  readonly channels: number;
}

const separable = (stride: number, from: number, to: number): LayerShape[] => [
  { type: 'depthwise', stride, channels: from },
  { type: 'pointwise', stride: 1, channels: to },
];

/** 28 -> 14 -> 14 -> 7 -> 7 -> 4 pixels a side, then a mean over the image and one fully connected layer. */
const layerShapes: readonly LayerShape[] = [
  { type: 'full', stride: 2, channels: 8 },
  ...separable(1, 8, 16),
  ...separable(2, 16, 32),
  ...separable(1, 32, 32),
  ...separable(2, 32, 64),
];

/** Share of the old running moments that a step keeps. */
const momentum = 0.98;

export interface Layer extends LayerShape {
  /** [9, channels] for 3x3 windows, [depth, channels] for pointwise ones. */
  readonly weights: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  /** Running moments, for inference. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export class Network {
  readonly layers: Layer[] = [];
  /** [features, 10] and [10]. */
  readonly classifier: { readonly weights: Tensor; readonly bias: Tensor };

  constructor(
    private readonly tf: Tfjs,
    seed: number,
  ) {
    const random = Random.stream(seed);
    const variable = (name: string, shape: number[], draw: () => number) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, draw);
      return tf.variable(tf.tensor(data, shape), true, name);
    };
    let depth = 1;
    for (const [i, shape] of layerShapes.entries()) {
      const { type, channels } = shape;
      const rows = type === 'pointwise' ? depth : 9;
      this.layers.push({
        ...shape,
        // He initialization, variance 2 / inputs: arXiv:1502.01852.
        weights: variable(`weights${i}`, [rows, channels], () => random.normal(Math.sqrt(2 / rows))),
        gamma: variable(`gamma${i}`, [channels], () => 1),
        beta: variable(`beta${i}`, [channels], () => 0),
        mean: new Float32Array(channels),
        variance: new Float32Array(channels).fill(1),
      });
      depth = channels;
    }
    this.classifier = {
      weights: variable('classifier', [depth, 10], () => random.normal(Math.sqrt(1 / depth))),
      bias: variable('bias', [10], () => 0),
    };
  }

  /** Logits [batch, 10] of pictures in 0..1, normalized by the batch's moments, which also update the running ones. */
  logits(pictures: Float32Array): Tensor {
    const { tf } = this;
    let image: Image = { batch: pictures.length / digitSize ** 2, height: digitSize, width: digitSize, channels: 1 };
    let x = tf.tensor(pictures, [pictures.length, 1]);
    for (const layer of this.layers) {
      x = this.normalization(this.convolution(x, image, layer), layer);
      image = {
        ...image,
        height: Math.ceil(image.height / layer.stride),
        width: Math.ceil(image.width / layer.stride),
        channels: layer.channels,
      };
    }
    const features = x.reshape([image.batch, image.height * image.width, image.channels]).mean(1);
    return features.matMul(this.classifier.weights).add(this.classifier.bias);
  }

  private convolution(x: Tensor, image: Image, { type, stride, channels, weights }: Layer): Tensor {
    const { tf } = this;
    if (type === 'depthwise') {
      return tf.customGrad((xs, ws) => {
        const [data, filter] = [xs.dataSync(), ws.dataSync()];
        const y = depthwise(data, filter, image, stride);
        return {
          value: tf.tensor(y, [y.length / channels, channels]),
          gradFunc: (gradient) => {
            const { dx, dw } = depthwiseGradients(data, filter, gradient.dataSync(), image, stride);
            return [tf.tensor(dx, xs.shape), tf.tensor(dw, ws.shape)];
          },
        };
      })(x, weights);
    }
    const depth = weights.shape[0];
    // The only full layer is the first one, whose input, the picture, needs no gradient.
    const rows = type === 'full' ? this.windows(x, image, stride) : x;
    return tf.customGrad((xs, ws) => {
      const [data, filter] = [xs.dataSync(), ws.dataSync()];
      return {
        value: tf.tensor(multiply(data, filter, depth, channels), [data.length / depth, channels]),
        gradFunc: (gradient) => {
          const { dx, dw } = multiplyGradients(data, filter, gradient.dataSync(), depth, channels);
          return [tf.tensor(dx, xs.shape), tf.tensor(dw, ws.shape)];
        },
      };
    })(rows, weights);
  }

  private windows(x: Tensor, image: Image, stride: number): Tensor {
    const data = windows(x.dataSync(), image, stride);
    return this.tf.tensor(data, [data.length / 9, 9]);
  }

  private normalization(x: Tensor, { channels, gamma, beta, mean, variance }: Layer): Tensor {
    const { tf } = this;
    return tf.customGrad((xs, gs, bs) => {
      const [data, scale] = [xs.dataSync(), gs.dataSync()];
      const own = moments(data, channels);
      for (let c = 0; c < channels; c++) {
        mean[c] += (1 - momentum) * (own.mean[c] - mean[c]);
        variance[c] += (1 - momentum) * (own.variance[c] - variance[c]);
      }
      const y = normalize(data, own, scale, bs.dataSync());
      return {
        value: tf.tensor(y, xs.shape),
        gradFunc: (gradient) => {
          const { dx, dgamma, dbeta } = normalizeGradients(data, y, own, scale, gradient.dataSync());
          return [tf.tensor(dx, xs.shape), tf.tensor(dgamma, gs.shape), tf.tensor(dbeta, bs.shape)];
        },
      };
    })(x, gamma, beta);
  }
}
