// Owns a network on tfjs variables, for training, with the running moments of its batch normalizations.

import { Random } from '../../random';
import type { Architecture, GateShape, LayerShape } from './architectures';
import { depthwise, depthwiseGradients, type Image, windows } from './depthwise';
import { multiply, multiplyGradients } from './kernels';
import { applyGates, gateGradients, moments, normalize, normalizeGradients, pool, poolGradient } from './normalization';
import type { Tensor, Tfjs } from './tfjs';

/** Share of the old running moments that a step keeps. */
const momentum = 0.98;

export interface Layer extends LayerShape {
  /** [size^2 x depth, channels] of a full layer, [size^2, channels] of a depthwise, [depth, channels] of a pointwise one. */
  readonly weights: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  /** Running moments, for inference. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Weights [inputs, outputs] and bias [outputs]. */
export interface Connection {
  readonly weights: Tensor;
  readonly bias: Tensor;
}

export interface Gate extends GateShape {
  readonly squeeze: Connection;
  readonly excite: Connection;
}

export type TrainedStage = Layer | Gate | { readonly type: 'keep' } | { readonly type: 'add' };

export interface TrainedNetwork {
  readonly architecture: Architecture;
  readonly stages: readonly TrainedStage[];
  /** From features to logits. */
  readonly classifier: Connection;
}

export class Network implements TrainedNetwork {
  readonly stages: TrainedStage[] = [];
  readonly classifier: Connection;
  private readonly random: Random;

  constructor(
    private readonly tf: Tfjs,
    readonly architecture: Architecture,
    seed: number,
  ) {
    this.random = Random.stream(seed);
    const { picture, stages, classes } = architecture;
    let depth: number = picture[1];
    for (const [i, stage] of stages.entries()) {
      if (stage.type === 'gate') this.stages.push(this.gateOf(stage, depth, i));
      else if ('channels' in stage) {
        this.stages.push(this.layerOf(stage, depth, i));
        depth = stage.channels;
      } else this.stages.push(stage);
    }
    this.classifier = {
      weights: this.variable('classifier', [depth, classes], Math.sqrt(1 / depth)),
      bias: this.variable('bias', [classes], 0),
    };
  }

  /** Normal with that standard deviation around `mean`. */
  private variable(name: string, shape: number[], deviation: number, mean = 0): Tensor {
    const { tf, random } = this;
    const draw = () => (deviation > 0 ? random.normal(deviation) : mean);
    return tf.variable(tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, draw), shape), true, name);
  }

  private layerOf(shape: LayerShape, depth: number, i: number): Layer {
    const { type, size, channels } = shape;
    const rows = size * size * (type === 'depthwise' ? 1 : depth);
    return {
      ...shape,
      // He initialization, variance 2 / inputs: arXiv:1502.01852.
      weights: this.variable(`weights${i}`, [rows, channels], Math.sqrt(2 / rows)),
      gamma: this.variable(`gamma${i}`, [channels], 0, 1),
      beta: this.variable(`beta${i}`, [channels], 0),
      mean: new Float32Array(channels),
      variance: new Float32Array(channels).fill(1),
    };
  }

  private gateOf(shape: GateShape, channels: number, i: number): Gate {
    const connection = (name: string, inputs: number, outputs: number): Connection => ({
      weights: this.variable(`${name}${i}`, [inputs, outputs], Math.sqrt(1 / inputs)),
      bias: this.variable(`${name}Bias${i}`, [outputs], 0),
    });
    return { ...shape, squeeze: connection('squeeze', channels, shape.squeezed), excite: connection('excite', shape.squeezed, channels) };
  }

  /** Logits [batch, classes] of pictures in 0..1, normalized by the batch's moments, which also update the running ones. */
  logits(pictures: Float32Array): Tensor {
    const [size, depth] = this.architecture.picture;
    let image: Image = { batch: pictures.length / (size * size * depth), height: size, width: size, channels: depth };
    let x = this.tf.tensor(pictures, [pictures.length / depth, depth]);
    let kept = x;
    for (const stage of this.stages) {
      if (stage.type === 'keep') kept = x;
      else if (stage.type === 'add') x = x.add(kept);
      else if (stage.type === 'gate') x = this.gated(x, image, stage);
      else {
        x = this.normalization(this.convolution(x, image, stage), stage);
        const { stride, channels } = stage;
        image = { ...image, height: Math.ceil(image.height / stride), width: Math.ceil(image.width / stride), channels };
      }
    }
    return this.connected(this.pooled(x, image), this.classifier);
  }

  private connected(x: Tensor, { weights, bias }: Connection): Tensor {
    return x.matMul(weights).add(bias);
  }

  private pooled(x: Tensor, { height, width, channels }: Image): Tensor {
    const { tf } = this;
    const pixels = height * width;
    return tf.customGrad((xs) => ({
      value: tf.tensor(pool(xs.dataSync(), pixels, channels), [xs.shape[0] / pixels, channels]),
      gradFunc: (gradient) => [tf.tensor(poolGradient(gradient.dataSync(), pixels, channels), xs.shape)],
    }))(x);
  }

  private gated(x: Tensor, image: Image, { style, squeeze, excite }: Gate): Tensor {
    const { tf } = this;
    const squeezed = this.connected(this.pooled(x, image), squeeze);
    const isV3 = style === 'v3';
    const logits = this.connected(isV3 ? squeezed.relu() : squeezed.mul(squeezed.sigmoid()), excite);
    const gates = isV3
      ? logits
          .add(tf.scalar(3))
          .clipByValue(0, 6)
          .mul(tf.scalar(1 / 6))
      : logits.sigmoid();
    const [pixels, { channels }] = [image.height * image.width, image];
    return tf.customGrad((xs, gs) => {
      const [data, factors] = [xs.dataSync(), gs.dataSync()];
      return {
        value: tf.tensor(applyGates(data, factors, pixels, channels), xs.shape),
        gradFunc: (gradient) => {
          const { dx, dgates } = gateGradients(data, factors, gradient.dataSync(), pixels, channels);
          return [tf.tensor(dx, xs.shape), tf.tensor(dgates, gs.shape)];
        },
      };
    })(x, gates);
  }

  private convolution(x: Tensor, image: Image, layer: Layer): Tensor {
    const { tf } = this;
    const { type, channels, weights } = layer;
    if (type === 'depthwise') {
      return tf.customGrad((xs, ws) => {
        const [data, filter] = [xs.dataSync(), ws.dataSync()];
        const y = depthwise(data, filter, image, layer);
        return {
          value: tf.tensor(y, [y.length / channels, channels]),
          gradFunc: (gradient) => {
            const { dx, dw } = depthwiseGradients(data, filter, gradient.dataSync(), image, layer);
            return [tf.tensor(dx, xs.shape), tf.tensor(dw, ws.shape)];
          },
        };
      })(x, weights);
    }
    const depth = weights.shape[0];
    // The only full layer is the first one, whose input, the picture, needs no gradient.
    const rows = type === 'full' ? this.windows(x, image, layer) : x;
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

  private windows(x: Tensor, image: Image, layer: Layer): Tensor {
    const data = windows(x.dataSync(), image, layer);
    const columns = layer.size ** 2 * image.channels;
    return this.tf.tensor(data, [data.length / columns, columns]);
  }

  private normalization(x: Tensor, { channels, activation, gamma, beta, mean, variance }: Layer): Tensor {
    const { tf } = this;
    return tf.customGrad((xs, gs, bs) => {
      const [data, scale, shift] = [xs.dataSync(), gs.dataSync(), bs.dataSync()];
      const own = moments(data, channels);
      for (let c = 0; c < channels; c++) {
        mean[c] += (1 - momentum) * (own.mean[c] - mean[c]);
        variance[c] += (1 - momentum) * (own.variance[c] - variance[c]);
      }
      const y = normalize(data, own, scale, shift, activation);
      return {
        value: tf.tensor(y, xs.shape),
        gradFunc: (gradient) => {
          const normalized = { x: data, moments: own, gamma: scale, beta: shift, activation };
          const { dx, dgamma, dbeta } = normalizeGradients(normalized, gradient.dataSync());
          return [tf.tensor(dx, xs.shape), tf.tensor(dgamma, gs.shape), tf.tensor(dbeta, bs.shape)];
        },
      };
    })(x, gamma, beta);
  }
}
