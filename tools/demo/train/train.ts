// Owns `npm run demo:train`: trains one of the demo's networks on rendered pictures with tfjs and writes it as a .tflite.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadFloat } from '../../model/float-model';
import { architectures, type NetworkName } from './architectures';
import { pictureSets } from './data';
import { exportNetwork } from './export';
import { Network } from './network';
import { endStep } from './scratch';
import { loadTfjs } from './tfjs';

/** What a run without flags does, and the file that is committed. */
const defaults: Readonly<Record<NetworkName, { steps: number; rate: number; file: string }>> = {
  digits: { steps: 1500, rate: 0.01, file: 'digits.tflite' },
  v3: { steps: 2000, rate: 0.01, file: 'figures-v3.tflite' },
  efficientnet: { steps: 2000, rate: 0.01, file: 'figures-efficientnet.tflite' },
};

const { values: flags } = parseArgs({
  options: {
    network: { type: 'string', default: 'digits' },
    steps: { type: 'string' },
    batch: { type: 'string', default: '32' },
    rate: { type: 'string' },
    seed: { type: 'string', default: '1' },
    output: { type: 'string' },
  },
});
const name = flags.network as NetworkName;
if (!Object.hasOwn(architectures, name))
  throw new Error(`there is no network '${name}'; give one of ${Object.keys(architectures).join(', ')}`);
const own = defaults[name];
const [batch, seed] = [flags.batch, flags.seed].map(Number);
const steps = Number(flags.steps ?? own.steps);
const peakRate = Number(flags.rate ?? own.rate);
const output = flags.output ?? join(import.meta.dirname, '..', own.file);
const { render, seeds } = pictureSets[name];
const { classes } = architectures[name];

/** Pictures in 0..1 and one-hot labels of the pictures first .. first + batch - 1. */
function renderBatch(first: number): { pictures: Float32Array; labels: Float32Array } {
  const rendered = Array.from({ length: batch }, (_, i) => render(seeds.training, first + i));
  const elements = rendered[0].pixels.length;
  const pictures = new Float32Array(batch * elements);
  const labels = new Float32Array(batch * classes);
  for (const [i, { label, pixels }] of rendered.entries()) {
    for (let at = 0; at < elements; at++) pictures[i * elements + at] = pixels[at] / 255;
    labels[i * classes + label] = 1;
  }
  return { pictures, labels };
}

/** Accuracy of the written model on `count` held-out pictures, 0 to 1. */
function accuracy(file: Uint8Array, count: number): number {
  const model = loadFloat(file);
  let right = 0;
  for (let i = 0; i < count; i++) {
    const { label, pixels } = render(seeds.heldOut, i);
    const [scores] = model.run([Float32Array.from(pixels)]) as [Float32Array];
    if (scores.indexOf(Math.max(...scores)) === label) right++;
  }
  return right / count;
}

const tf = await loadTfjs();
const network = new Network(tf, architectures[name], seed);
const optimizer = tf.train.adam(peakRate);
const cpuSeconds = () => process.cpuUsage().user / 1e6;
const started = cpuSeconds();
let smooth = Math.log(classes);
for (let step = 0; step < steps; step++) {
  // No picture is repeated; the learning rate decays along half a cosine.
  optimizer.learningRate = (peakRate / 2) * (1 + Math.cos((Math.PI * step) / steps));
  const { pictures, labels } = renderBatch(step * batch);
  const loss = tf.tidy(() => {
    const cost = () => tf.losses.softmaxCrossEntropy(tf.tensor(labels, [batch, classes]), network.logits(pictures));
    return optimizer.minimize(cost, true).dataSync()[0];
  });
  endStep();
  smooth += 0.05 * (loss - smooth);
  if (step % 100 === 99) {
    console.log(`step ${step + 1} of ${steps}  loss ${smooth.toFixed(4)}  ${(cpuSeconds() - started).toFixed(0)} s of CPU`);
  }
}
const file = exportNetwork(network);
writeFileSync(output, file);
const share = accuracy(file, 1000);
console.log(`${output}: ${file.length} bytes, ${(100 * share).toFixed(1)} % of 1000 held-out pictures`);
