// Tests that the exported file computes what training computed: the kernels with running moments against the float entry.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digitSeeds, digitSize, renderDigit } from '../../../../tools/demo/digits';
import { exportNetwork } from '../../../../tools/demo/train/export';
import { depthwise, multiply, normalize, windows } from '../../../../tools/demo/train/kernels';
import type { Layer, LayerShape, Network } from '../../../../tools/demo/train/network';
import type { Tensor } from '../../../../tools/demo/train/tfjs';
import { loadFloat } from '../../../../tools/model/float-model';
import { Random } from '../../../support/random';

const shapes: readonly LayerShape[] = [
  { type: 'full', stride: 2, channels: 4 },
  { type: 'depthwise', stride: 2, channels: 4 },
  { type: 'pointwise', stride: 1, channels: 6 },
  { type: 'depthwise', stride: 1, channels: 6 },
];

/** A network that nobody trained, on tensors that are arrays. */
function randomNetwork(seed: number): Pick<Network, 'layers' | 'classifier'> {
  const random = new Random(seed);
  const array = (count: number, draw: () => number) => Float32Array.from({ length: count }, draw);
  const tensor = (count: number, draw = () => random.normal()) => {
    const data = array(count, draw);
    return { dataSync: () => data } as unknown as Tensor;
  };
  let depth = 1;
  const layers = shapes.map((shape): Layer => {
    const { channels, type } = shape;
    const rows = type === 'pointwise' ? depth : 9;
    depth = channels;
    return {
      ...shape,
      weights: tensor(rows * channels),
      gamma: tensor(channels, () => 0.5 + random.real()),
      beta: tensor(channels),
      mean: array(channels, () => random.normal()),
      variance: array(channels, () => 0.1 + random.real()),
    };
  });
  return { layers, classifier: { weights: tensor(depth * 10), bias: tensor(10) } };
}

/** Probabilities of one picture by the kernels of training. */
function infer({ layers, classifier }: Pick<Network, 'layers' | 'classifier'>, pixels: Uint8Array): number[] {
  let x: Float32Array = Float32Array.from(pixels, (pixel) => pixel / 255);
  let image = { batch: 1, height: digitSize, width: digitSize, channels: 1 };
  for (const layer of layers) {
    const { type, stride, channels } = layer;
    const weights = layer.weights.dataSync();
    const height = Math.ceil(image.height / stride);
    if (type === 'full') x = multiply(windows(x, image, stride), weights, 9, channels);
    else x = type === 'depthwise' ? depthwise(x, weights, image, stride) : multiply(x, weights, image.channels, channels);
    x = normalize(x, layer, layer.gamma.dataSync(), layer.beta.dataSync());
    image = { batch: 1, height, width: height, channels };
  }
  const features = new Float32Array(image.channels);
  x.forEach((value, i) => {
    features[i % image.channels] += value / (image.height * image.width);
  });
  const bias = classifier.bias.dataSync();
  const powers = multiply(features, classifier.weights.dataSync(), image.channels, 10).map((logit, c) => Math.exp(logit + bias[c]));
  const sum = powers.reduce((a, b) => a + b);
  return [...powers].map((power) => power / sum);
}

for (const seed of [1, 2, 3]) {
  test(`exportNetwork: a random network of seed ${seed} on ten digits`, () => {
    const network = randomNetwork(seed);
    const model = loadFloat(exportNetwork(network));
    for (let i = 0; i < 10; i++) {
      const { pixels } = renderDigit(digitSeeds.training, i);
      const expected = infer(network, pixels);
      const [actual] = model.run([Float32Array.from(pixels)]) as [Float32Array];
      const difference = Math.max(...expected.map((value, c) => Math.abs(value - actual[c])));
      assert.ok(difference < 1e-4, `digit ${i}: ${[...actual]} instead of ${expected}`);
    }
    model.dispose();
  });
}

test.run();
