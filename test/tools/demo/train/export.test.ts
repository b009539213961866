// Tests that the exported file computes what training computed: the kernels with running moments against the float entry.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Architecture, architectures, type NetworkName } from '../../../../tools/demo/train/architectures';
import { depthwise, type Image, windows } from '../../../../tools/demo/train/depthwise';
import { exportNetwork } from '../../../../tools/demo/train/export';
import { multiply } from '../../../../tools/demo/train/kernels';
import type { Connection, TrainedNetwork, TrainedStage } from '../../../../tools/demo/train/network';
import { applyGates, normalize, pool } from '../../../../tools/demo/train/normalization';
import type { Tensor } from '../../../../tools/demo/train/tfjs';
import { loadFloat } from '../../../../tools/model/float-model';
import { Random as Drawing } from '../../../../tools/random';
import { Random } from '../../../support/random';

/** A network that nobody trained, on tensors that are arrays. */
function randomNetwork(architecture: Architecture, seed: number): TrainedNetwork {
  const random = new Random(seed);
  const array = (count: number, draw: () => number) => Float32Array.from({ length: count }, draw);
  const tensor = (shape: number[], draw = () => random.normal()) => {
    const data = array(
      shape.reduce((a, b) => a * b),
      draw,
    );
    return { shape, dataSync: () => data } as unknown as Tensor;
  };
  const connection = (inputs: number, outputs: number, deviation = 1): Connection => ({
    weights: tensor([inputs, outputs], () => (deviation * random.normal()) / Math.sqrt(inputs)),
    bias: tensor([outputs]),
  });
  let depth: number = architecture.picture[1];
  const stages = architecture.stages.map((stage): TrainedStage => {
    if (stage.type === 'keep' || stage.type === 'add') return stage;
    if (stage.type === 'gate') return { ...stage, squeeze: connection(depth, stage.squeezed), excite: connection(stage.squeezed, depth) };
    const { channels, type, size } = stage;
    const rows = size * size * (type === 'depthwise' ? 1 : depth);
    depth = channels;
    return {
      ...stage,
      weights: tensor([rows, channels], () => random.normal() / Math.sqrt(rows)),
      gamma: tensor([channels], () => 0.5 + random.real()),
      beta: tensor([channels]),
      mean: array(channels, () => random.normal()),
      variance: array(channels, () => 0.1 + random.real()),
    };
  });
  return { architecture, stages, classifier: connection(depth, architecture.classes, 0.1) };
}

const connect = (x: Float32Array, { weights, bias }: Connection): Float32Array =>
  multiply(x, weights.dataSync(), weights.shape[0], weights.shape[1]).map((value, c) => value + bias.dataSync()[c]);

/** Probabilities of one picture by the kernels of training. */
function infer({ architecture, stages, classifier }: TrainedNetwork, pixels: Uint8Array): number[] {
  let x: Float32Array = Float32Array.from(pixels, (pixel) => pixel / 255);
  const [side, depth] = architecture.picture;
  let image: Image = { batch: 1, height: side, width: side, channels: depth };
  let kept = x;
  const pooled = () => pool(x, image.height * image.width, image.channels);
  for (const stage of stages) {
    if (stage.type === 'keep') kept = x;
    else if (stage.type === 'add') x = x.map((value, i) => value + kept[i]);
    else if (stage.type === 'gate') {
      const isV3 = stage.style === 'v3';
      const squeezed = connect(pooled(), stage.squeeze).map((z) => (isV3 ? Math.max(z, 0) : z / (1 + Math.exp(-z))));
      const gates = connect(squeezed, stage.excite).map((z) => (isV3 ? Math.min(Math.max(z + 3, 0), 6) / 6 : 1 / (1 + Math.exp(-z))));
      x = applyGates(x, gates, image.height * image.width, image.channels);
    } else {
      const { type, stride, channels, gamma, beta, activation } = stage;
      const weights = stage.weights.dataSync();
      const height = Math.ceil(image.height / stride);
      if (type === 'full') x = multiply(windows(x, image, stage), weights, stage.weights.shape[0], channels);
      else x = type === 'depthwise' ? depthwise(x, weights, image, stage) : multiply(x, weights, image.channels, channels);
      x = normalize(x, stage, gamma.dataSync(), beta.dataSync(), activation);
      image = { batch: 1, height, width: height, channels };
    }
  }
  const powers = connect(pooled(), classifier).map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return [...powers].map((power) => power / sum);
}

for (const name of Object.keys(architectures) as NetworkName[]) {
  test(`exportNetwork: ${name} with random weights of seeds 1 and 2, five random pictures each`, () => {
    for (const seed of [1, 2]) {
      const architecture = architectures[name];
      const network = randomNetwork(architecture, seed);
      const model = loadFloat(exportNetwork(network));
      const [side, depth] = architecture.picture;
      for (let i = 0; i < 5; i++) {
        const random = Drawing.stream(seed, i);
        const pixels = Uint8Array.from({ length: side * side * depth }, () => random.index(256));
        const expected = infer(network, pixels);
        const [actual] = model.run([Float32Array.from(pixels)]) as [Float32Array];
        const difference = Math.max(...expected.map((value, c) => Math.abs(value - actual[c])));
        assert.ok(difference < 1e-4, `seed ${seed}, picture ${i}: ${[...actual]} instead of ${expected}`);
        assert.ok(Math.max(...expected) < 0.999, `seed ${seed}, picture ${i} saturates: ${expected}`);
      }
      model.dispose();
    }
  });
}

test.run();
