// Owns `npm run demo:train`: trains the demo's network on rendered digits with tfjs and writes tools/demo/digits.tflite.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadFloat } from '../../model/float-model';
import { digitSeeds, digitSize, renderDigit } from '../digits';
import { exportNetwork } from './export';
import { Network } from './network';
import { loadTfjs } from './tfjs';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '1500' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0.01' },
    seed: { type: 'string', default: '1' },
    output: { type: 'string', default: join(import.meta.dirname, '../digits.tflite') },
  },
});
const [steps, batch, peakRate, seed] = [flags.steps, flags.batch, flags.rate, flags.seed].map(Number);

/** Pictures in 0..1 and one-hot labels of the digits first .. first + batch - 1. */
function renderBatch(first: number): { pictures: Float32Array; labels: Float32Array } {
  const pictures = new Float32Array(batch * digitSize ** 2);
  const labels = new Float32Array(batch * 10);
  for (let i = 0; i < batch; i++) {
    const { label, pixels } = renderDigit(digitSeeds.training, first + i);
    pixels.forEach((pixel, at) => {
      pictures[i * pixels.length + at] = pixel / 255;
    });
    labels[i * 10 + label] = 1;
  }
  return { pictures, labels };
}

/** Accuracy of the written model on `count` digits of a set, 0 to 1. */
function accuracy(file: Uint8Array, set: number, count: number): number {
  const model = loadFloat(file);
  let right = 0;
  for (let i = 0; i < count; i++) {
    const { label, pixels } = renderDigit(set, i);
    const [scores] = model.run([Float32Array.from(pixels)]) as [Float32Array];
    if (scores.indexOf(Math.max(...scores)) === label) right++;
  }
  return right / count;
}

const tf = await loadTfjs();
const network = new Network(tf, seed);
const optimizer = tf.train.adam(peakRate);
const started = performance.now();
let smooth = Math.log(10);
for (let step = 0; step < steps; step++) {
  // No picture is repeated; the learning rate decays along half a cosine.
  optimizer.learningRate = (peakRate / 2) * (1 + Math.cos((Math.PI * step) / steps));
  const { pictures, labels } = renderBatch(step * batch);
  const loss = tf.tidy(() => {
    const cost = () => tf.losses.softmaxCrossEntropy(tf.tensor(labels, [batch, 10]), network.logits(pictures));
    return optimizer.minimize(cost, true).dataSync()[0];
  });
  smooth += 0.05 * (loss - smooth);
  if (step % 100 === 99) {
    const seconds = (performance.now() - started) / 1000;
    console.log(`step ${step + 1} of ${steps}  loss ${smooth.toFixed(4)}  ${seconds.toFixed(0)} s`);
  }
}
const file = exportNetwork(network);
writeFileSync(flags.output, file);
const share = accuracy(file, digitSeeds.heldOut, 1000);
console.log(`${flags.output}: ${file.length} bytes, ${(100 * share).toFixed(1)} % of 1000 held-out digits`);
