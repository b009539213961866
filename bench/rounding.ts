// Owns the paired test of roundings: whether networks that the quantizer made are right more often with the rounding of the TensorFlow Lite
// reference, which this runtime has, than with XNNPACK's, for which nothing was fitted.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { loadSync } from '../src/index';
import { bestClass, labelOffset } from '../src/tasks';
import { readModel } from '../src/tflite';
import type { Sample } from '../tools/dataset/dataset';
import { setInputs } from '../tools/model/inputs';
import type { SchemeName } from '../tools/quantize/build/scheme';
import { quantizeModel } from '../tools/quantize/model';
import { renderTable } from '../tools/report/table';
import { asSamples, taskOf } from './labelled-pictures';
import { createTfjsTflite } from './peers/tfjs-tflite';

/** Samples on which one engine alone is right. */
interface Discordant {
  readonly ours: number;
  readonly theirs: number;
}

/** Two-sided p of the sign test (McNemar's exact test): so uneven a split, or more, of fair coins. */
function signTest({ ours, theirs }: Discordant): number {
  const count = ours + theirs;
  // binomial(count, k) / 2^count, by logarithms, since factorials overflow.
  let logarithm = -count * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(ours, theirs); k++) {
    tail += Math.exp(logarithm);
    logarithm += Math.log((count - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

const peer = createTfjsTflite();

/** Judges a quantized file on `samples` with both engines. */
async function compare(bytes: Uint8Array, samples: readonly Sample[]): Promise<Discordant> {
  const ours = loadSync(bytes);
  const theirs = await peer.load(bytes);
  const offset = labelOffset(ours.outputs[0].shape.at(-1)!);
  let [oursOnly, theirsOnly] = [0, 0];
  for (const { inputs, label } of samples) {
    setInputs(ours, inputs);
    ours.run();
    (theirs.inputs[0].data() as Int8Array).set(ours.inputs[0].data as Int8Array);
    await theirs.run();
    const isRight = (data: ArrayLike<number>) => bestClass(data as Int8Array) === label! + offset;
    const [here, there] = [isRight(ours.outputs[0].data as Int8Array), isRight(theirs.outputs[0].data() as Int8Array)];
    if (here && !there) oursOnly++;
    if (there && !here) theirsOnly++;
  }
  ours.dispose();
  return { ours: oursOnly, theirs: theirsOnly };
}

const names = ['mobilenet_v2_1.0_224_float', 'mobilenet_v1_0.25_224_float', 'mobilenet_v1_0.25_224_keras_float'];
const { values } = parseArgs({
  options: {
    models: { type: 'string', default: [...names, 'mobilenet_v1_0.25_224_relu_scrambled_float', 'squeezenet1.1_float'].join(',') },
    schemes: { type: 'string', default: 'int8,uint8' },
  },
});
const rows: string[][] = [];
let total: Discordant = { ours: 0, theirs: 0 };
const addRow = (title: readonly string[], found: Discordant, count: string) =>
  rows.push([...title, count, String(found.ours), String(found.theirs), signTest(found).toFixed(2)]);
for (const model of values.models.split(',')) {
  const task = taskOf(model);
  const { calibration, rest } = await task.read(1);
  for (const name of values.schemes.split(',') as SchemeName[]) {
    const { bytes } = await quantizeModel(readModel(new Uint8Array(readFileSync(task.path))), asSamples(calibration), { scheme: { name } });
    const found = await compare(bytes, rest);
    total = { ours: total.ours + found.ours, theirs: total.theirs + found.theirs };
    addRow([model, name], found, String(rest.length));
    process.stderr.write(`${rows.at(-1)!.join('  ')}\n`);
  }
}
addRow(['all', ''], total, '');
const numbers = ['pictures', 'right by the reference alone', 'by XNNPACK alone', 'p'].map((head) => ({ head, align: 'right' as const }));
console.log(
  renderTable([{ head: 'model' }, { head: 'scheme' }, ...numbers], rows, { colors: pc.createColors(process.stdout.isTTY === true) }),
);
console.log(`${peer.name}; pictures that calibration did not see; p of a two-sided sign test`);
