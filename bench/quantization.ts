// Owns the accuracy of quantized networks on labelled pictures: every scheme with the default modules, and with each one changed.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { bestClass, labelOffset } from '../src/tasks';
import { type Graph, readModel } from '../src/tflite';
import { pairedAccuracy } from '../tools/compare/statistics';
import { loadFloat } from '../tools/model/float-model';
import type { SchemeName } from '../tools/quantize/build/scheme';
import { type HeldSample, headErrors, withLogits } from '../tools/quantize/decide/held';
import { quantizeModel } from '../tools/quantize/model';
import { quantizedClassifier } from '../tools/quantize/search/accuracy';
import type { QuantizeSettings } from '../tools/quantize/settings';
import { renderTable } from '../tools/report/table';
import { countSteps } from '../tools/steps';
import { asSamples, calibrationLimit, type Task, taskOf, tasks } from './labelled-pictures';
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

/** One row of the table, and its numbers in points for the mean over seeds. */
interface Measured {
  readonly cells: string[];
  readonly dropOfRest: number;
  readonly agreement: number;
}

async function measure(task: Task, schemes: readonly SchemeName[], names: readonly string[], seed: number): Promise<Measured[]> {
  const graph = () => readModel(new Uint8Array(readFileSync(task.path)));
  const { calibration, rest } = await task.read(seed);
  const all = [...rest, ...calibration];
  const float = loadFloat(graph());
  const offset = labelOffset(float.outputs[0].shape.at(-1)!);
  const rightOf = (classes: readonly number[]) => classes.map((best, i) => best === all[i].label! + offset);
  const floatClasses = all.map(({ inputs }) => bestClass(float.run(inputs)[0] as Float32Array));
  const expected = rightOf(floatClasses);
  float.dispose();
  const logits = loadFloat(withLogits(graph()).graph);
  const held = rest.map(({ inputs }): HeldSample => ({ inputs, outputs: logits.run(inputs).map((data) => data.slice()) }));
  logits.dispose();
  const rows: Measured[] = [];
  for (const name of schemes) {
    for (const variant of names) {
      const started = performance.now();
      const { bytes, graph: quantized } = await quantizeModel(graph(), asSamples(calibration), {
        ...variants[variant],
        scheme: { ...variants[variant].scheme, name },
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const classify = quantizedClassifier(bytes);
      const classes = all.map(({ inputs }) => classify(inputs));
      const actual = rightOf(classes);
      const share = (flags: readonly boolean[]) => (100 * flags.filter(Boolean).length) / flags.length;
      const agreement = share(rest.map((_, i) => classes[i] === floatClasses[i]));
      const [before, after] = [expected.slice(0, rest.length), actual.slice(0, rest.length)];
      const cells = [task.model, name, variant, String(seed), share(expected).toFixed(1), describeDrop(before, after)];
      cells.push(describeDrop(expected, actual), agreement.toFixed(1), (await outputSqnr(quantized, held)).toFixed(1), seconds);
      rows.push({ cells, dropOfRest: share(before) - share(after), agreement });
      process.stderr.write(`${cells.join('  ')}\n`);
    }
  }
  return rows;
}

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: tasks.map(({ model }) => model).join(',') },
    schemes: { type: 'string', default: 'int8,uint8' },
    variants: { type: 'string', default: Object.keys(variants).join(',') },
    seeds: { type: 'string', default: '1' },
  },
});
const seeds = values.seeds.split(',').map(Number);
const rows: string[][] = [];
for (const model of values.models.split(',')) {
  const task = taskOf(model);
  const ofSeeds: Measured[][] = [];
  for (const seed of seeds) ofSeeds.push(await measure(task, values.schemes.split(',') as SchemeName[], values.variants.split(','), seed));
  rows.push(...ofSeeds.flat().map(({ cells }) => cells));
  if (seeds.length < 2) continue;
  for (const [i, { cells }] of ofSeeds[0].entries()) {
    const mean = (pick: (row: Measured) => number) => ofSeeds.reduce((sum, rows) => sum + pick(rows[i]), 0) / seeds.length;
    const [drop, agreement] = [mean((row) => row.dropOfRest), mean((row) => row.agreement)];
    rows.push([...cells.slice(0, 3), 'mean', '', drop.toFixed(2), '', agreement.toFixed(1), '', '']);
  }
}
const titles = ['seed', 'float top-1', 'drop on the rest', 'drop on all', 'same class on the rest, %', 'SQNR of logits in dB', 'seconds'];
const heads = titles.map((head) => ({ head, align: 'right' as const }));
const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
console.log(renderTable([{ head: 'model' }, { head: 'scheme' }, { head: 'modules' }, ...heads], rows, terminal));
console.log(`top-1 in points, 95 % intervals; calibrated on at most ${calibrationLimit} pictures, a quarter of smaller sets`);
