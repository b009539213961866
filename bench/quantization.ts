// Owns the accuracy of quantized networks on labelled pictures: every scheme with the default modules, and with each one changed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { type Preprocessing, presets } from '../src/image';
import { loadSync } from '../src/index';
import { bestClass } from '../src/tasks';
import { readModel, type TensorData } from '../src/tflite';
import { pairedAccuracy } from '../tools/compare/statistics';
import type { Sample, Samples } from '../tools/dataset/dataset';
import { openDataset } from '../tools/dataset/open';
import { loadFloat } from '../tools/model/float-model';
import { setInputs } from '../tools/model/inputs';
import type { SchemeName } from '../tools/quantize/build/scheme';
import { quantizeModel } from '../tools/quantize/model';
import type { QuantizeSettings } from '../tools/quantize/settings';
import { renderTable } from '../tools/report/table';
import { plain } from './plain-quantization';

const shared = join(import.meta.dirname, '../../shared');
/** Most pictures that calibration may see; the rest judges. */
const calibrationLimit = 128;

interface Task {
  readonly model: string;
  readonly pictures: string;
  readonly preprocessing: Preprocessing;
}

const { mean, std } = presets.torchvision;
const imagenet = 'imagenet';
const tasks: readonly Task[] = [
  { model: 'mobilenet_v2_1.0_224_float', pictures: imagenet, preprocessing: presets.inception },
  { model: 'mobilenet_v1_0.25_224_float', pictures: imagenet, preprocessing: presets.inception },
  { model: 'mobilenet_v1_0.25_224_keras_float', pictures: imagenet, preprocessing: presets.inception },
  { model: 'mobilenet_v1_0.25_224_relu_scrambled_float', pictures: imagenet, preprocessing: presets.inception },
  { model: 'squeezenet1.1_float', pictures: imagenet, preprocessing: { crop: 0.875, mean, std } },
  { model: 'vww_96_float', pictures: 'vww', preprocessing: { mean: 0, std: 255 } },
  { model: 'resnet8_cifar10_float', pictures: 'cifar10', preprocessing: presets.raw },
];

/** The default set, then what changes when one module does. */
const variants: Readonly<Record<string, QuantizeSettings>> = {
  default: {},
  plain,
  'no equalization': { equalize: false },
  'no logit ranges': { logitRanges: false },
  'no refit': { refit: false },
  'no rounding': { round: false },
  'no bias correction': { biasCorrection: false },
  'min-max ranges': { calibration: { observer: 'min-max' } },
  'mse weights': { weights: 'mse' },
  int4: { scheme: { weightBits: 4 } },
  'int4 mse': { scheme: { weightBits: 4 }, weights: 'mse' },
  'int4 mse all': { scheme: { weightBits: 4 }, weights: 'mse', decide: false },
};

interface Pictures {
  readonly calibration: readonly Sample[];
  readonly rest: readonly Sample[];
}

/** Decoded once per network; calibration takes a seeded choice. */
async function readPictures({ model, pictures, preprocessing }: Task): Promise<Pictures> {
  const { inputs } = readModel(new Uint8Array(readFileSync(join(shared, 'models', `${model}.tflite`))));
  const path = join(shared, 'images', pictures);
  const open = async (limit?: number): Promise<Sample[]> => {
    const samples: Sample[] = [];
    for await (const sample of await openDataset(path, { inputs, preprocessing, limit, seed: 1 })) {
      samples.push({ ...sample, inputs: sample.inputs.map((data) => data.slice()) });
    }
    return samples;
  };
  const all = await open();
  const size = Math.min(calibrationLimit, all.length >> 2);
  const chosen = new Set((await open(size)).map(({ name }) => name));
  return { calibration: all.filter(({ name }) => chosen.has(name)), rest: all.filter(({ name }) => !chosen.has(name)) };
}

function asSamples(samples: readonly Sample[]): Samples {
  return {
    size: samples.length,
    async *[Symbol.asyncIterator]() {
      yield* samples;
    },
  };
}

type Classifier = (inputs: readonly TensorData[]) => number;

function quantizedClassifier(bytes: Uint8Array): Classifier {
  const model = loadSync(bytes);
  return (inputs) => {
    setInputs(model, inputs);
    model.run();
    return bestClass(model.outputs[0].data as Int8Array);
  };
}

/** Which samples a classifier is right on. */
function judge(samples: readonly Sample[], classes: number, classify: Classifier): boolean[] {
  const offset = classes === 1001 ? 1 : 0;
  return samples.map(({ inputs, label }) => classify(inputs) === label! + offset);
}

/** `drop points [low, high]` over the samples that both were judged on. */
function describeDrop(float: readonly boolean[], quantized: readonly boolean[]): string {
  const count = (a: boolean, b: boolean) => float.filter((right, i) => right === a && quantized[i] === b).length;
  const { drop, interval } = pairedAccuracy({
    both: count(true, true),
    floatOnly: count(true, false),
    quantizedOnly: count(false, true),
    neither: count(false, false),
  });
  const points = (share: number) => (100 * share).toFixed(1);
  return `${points(drop)} [${points(interval.low)}, ${points(interval.high)}]`;
}

async function measure(task: Task, schemes: readonly SchemeName[], names: readonly string[]): Promise<string[][]> {
  const graph = () => readModel(new Uint8Array(readFileSync(join(shared, 'models', `${task.model}.tflite`))));
  const { calibration, rest } = await readPictures(task);
  const all = [...rest, ...calibration];
  const float = loadFloat(graph());
  const classes = float.outputs[0].shape.at(-1)!;
  const expected = judge(all, classes, (inputs) => bestClass(float.run(inputs)[0] as Float32Array));
  float.dispose();
  const rows: string[][] = [];
  for (const name of schemes) {
    for (const variant of names) {
      const started = performance.now();
      const { bytes } = await quantizeModel(graph(), asSamples(calibration), {
        ...variants[variant],
        scheme: { ...variants[variant].scheme, name },
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const actual = judge(all, classes, quantizedClassifier(bytes));
      const right = (100 * expected.filter(Boolean).length) / all.length;
      const row = [task.model, name, variant, right.toFixed(1)];
      row.push(describeDrop(expected.slice(0, rest.length), actual.slice(0, rest.length)), describeDrop(expected, actual), seconds);
      rows.push(row);
      process.stderr.write(`${row.join('  ')}\n`);
    }
  }
  return rows;
}

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: tasks.map(({ model }) => model).join(',') },
    schemes: { type: 'string', default: 'int8,uint8' },
    variants: { type: 'string', default: Object.keys(variants).join(',') },
  },
});
const rows: string[][] = [];
for (const model of values.models.split(',')) {
  const task = tasks.find((entry) => entry.model === model);
  if (!task) throw new Error(`there is no task '${model}'; give some of ${tasks.map((entry) => entry.model).join(', ')}`);
  rows.push(...(await measure(task, values.schemes.split(',') as SchemeName[], values.variants.split(','))));
}
const heads = ['float top-1', 'drop on the rest', 'drop on all', 'seconds'].map((head) => ({ head, align: 'right' as const }));
const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
console.log(renderTable([{ head: 'model' }, { head: 'scheme' }, { head: 'modules' }, ...heads], rows, terminal));
console.log(`top-1 in points, 95 % intervals; calibrated on at most ${calibrationLimit} pictures, a quarter of smaller sets`);
