// Owns the accuracy of quantized networks on labelled pictures: every scheme with the default modules, and with each one changed.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { loadSync } from '../src/index';
import { bestClass } from '../src/tasks';
import { type Graph, readModel, type TensorData } from '../src/tflite';
import { pairedAccuracy } from '../tools/compare/statistics';
import type { Sample, Samples } from '../tools/dataset/dataset';
import { loadFloat } from '../tools/model/float-model';
import { setInputs } from '../tools/model/inputs';
import type { SchemeName } from '../tools/quantize/build/scheme';
import { type HeldSample, headErrors, withLogits } from '../tools/quantize/decide/held';
import { quantizeModel } from '../tools/quantize/model';
import type { QuantizeSettings } from '../tools/quantize/settings';
import { renderTable } from '../tools/report/table';
import { countSteps } from '../tools/steps';
import { calibrationLimit, type Task, tasks } from './labelled-pictures';
import { plain } from './plain-quantization';

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

/** SQNR of the outputs in dB, of probabilities that a SOFTMAX computes that of their logits. */
async function outputSqnr(graph: Graph, held: readonly HeldSample[]): Promise<number> {
  const errors = await headErrors(withLogits(graph).graph, held, countSteps(held.length, {}));
  const head = errors.at(-1)!;
  return 10 * Math.log10(head.signal / head.errors.reduce((sum, error) => sum + error));
}

async function measure(task: Task, schemes: readonly SchemeName[], names: readonly string[]): Promise<string[][]> {
  const graph = () => readModel(new Uint8Array(readFileSync(task.path)));
  const { calibration, rest } = await task.read();
  const all = [...rest, ...calibration];
  const float = loadFloat(graph());
  const classes = float.outputs[0].shape.at(-1)!;
  const expected = judge(all, classes, (inputs) => bestClass(float.run(inputs)[0] as Float32Array));
  float.dispose();
  const logits = loadFloat(withLogits(graph()).graph);
  const held = rest.map(({ inputs }): HeldSample => ({ inputs, outputs: logits.run(inputs).map((data) => data.slice()) }));
  logits.dispose();
  const rows: string[][] = [];
  for (const name of schemes) {
    for (const variant of names) {
      const started = performance.now();
      const { bytes, graph: quantized } = await quantizeModel(graph(), asSamples(calibration), {
        ...variants[variant],
        scheme: { ...variants[variant].scheme, name },
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const actual = judge(all, classes, quantizedClassifier(bytes));
      const right = (100 * expected.filter(Boolean).length) / all.length;
      const row = [task.model, name, variant, right.toFixed(1)];
      row.push(describeDrop(expected.slice(0, rest.length), actual.slice(0, rest.length)), describeDrop(expected, actual));
      row.push((await outputSqnr(quantized, held)).toFixed(1), seconds);
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
const heads = ['float top-1', 'drop on the rest', 'drop on all', 'SQNR of logits in dB', 'seconds'].map((head) => ({
  head,
  align: 'right' as const,
}));
const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
console.log(renderTable([{ head: 'model' }, { head: 'scheme' }, { head: 'modules' }, ...heads], rows, terminal));
console.log(`top-1 in points, 95 % intervals; calibrated on at most ${calibrationLimit} pictures, a quarter of smaller sets`);
