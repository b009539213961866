// Owns the quantizer beside its own modules: output SQNR of the default, of plain ranges and of each module alone, on samples that no
// calibration saw, with the CPU time of each.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { type Preprocessing, presets } from '../src/image';
import type { TensorData } from '../src/tflite';
import type { Sample } from '../tools/dataset/dataset';
import { openDataset } from '../tools/dataset/open';
import { readFloatModel } from '../tools/import/index';
import { loadFloat, sampleBatch } from '../tools/model/float-model';
import type { SchemeName } from '../tools/quantize/build/scheme';
import { type HeldSample, headErrors, withLogits } from '../tools/quantize/decide/held';
import { quantizeModel } from '../tools/quantize/model';
import type { QuantizeSettings } from '../tools/quantize/settings';
import { decisionLine } from '../tools/report/decisions';
import { renderTable } from '../tools/report/table';
import { countSteps } from '../tools/steps';
import { asSamples } from './labelled-pictures';
import { plain } from './plain-quantization';

const shared = join(import.meta.dirname, '../../shared');

/** Pictures and preprocessing by the beginning of a file's name; the first that fits. */
const tasks: readonly (readonly [RegExp, string, Preprocessing])[] = [
  [/^mobilenet/, 'imagenet', presets.inception],
  [/^squeezenet/, 'imagenet', { crop: 0.875, mean: presets.torchvision.mean, std: presets.torchvision.std }],
  [/^vww/, 'vww', { mean: 0, std: 255 }],
  [/^resnet8/, 'cifar10', presets.raw],
  [/^yunet/, 'vww', { colors: 'bgr' }],
  [/^FastestDet/, 'vww', { mean: 0, std: 255, colors: 'bgr' }],
  [/face_detection|pose_detection|palm|recrop/, 'imagenet', { mean: 127.5, std: 127.5 }],
  [/deeplab/, 'imagenet', { mean: 127.5, std: 127.5 }],
  [/face|hand|pose|selfie/, 'imagenet', { mean: 0, std: 255 }],
];

const variants: Readonly<Record<string, QuantizeSettings>> = {
  default: {},
  plain,
  percentile: { ...plain, calibration: { observer: 'percentile' } },
  mse: { ...plain, calibration: { observer: 'mse' } },
  'bias correction': { ...plain, biasCorrection: true },
  equalization: { ...plain, equalize: true },
  rounding: { ...plain, round: true },
  refit: { ...plain, refit: true },
  'logit ranges': { ...plain, logitRanges: true },
};

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

interface Result {
  /** SQNR per output in dB, of probabilities that a SOFTMAX computes that of their logits. */
  readonly heads: readonly number[];
  readonly seconds: number;
  readonly decided?: string;
}

async function measure(path: string, scheme: SchemeName, counts: { calibration: number; unseen: number }): Promise<Record<string, Result>> {
  const file = basename(path);
  const [, pictures, preprocessing] = tasks.find(([pattern]) => pattern.test(file))!;
  const graph = () => readFloatModel(new Uint8Array(readFileSync(path)), file);
  const samples: Sample[] = [];
  const limit = counts.calibration + counts.unseen;
  const { inputs } = graph();
  for await (const sample of await openDataset(join(shared, 'images', pictures), { inputs, preprocessing, limit, seed: 1 })) {
    samples.push({ ...sample, inputs: sample.inputs.map((data) => data.slice()) });
  }
  const calibration = samples.filter((_, i) => i % (limit / counts.calibration) < 1);
  const unseen = samples.filter((sample) => !calibration.includes(sample));
  const judged = withLogits(graph());
  const float = loadFloat(judged.graph, { batch: sampleBatch(judged.graph) });
  const held = unseen.map(
    (sample): HeldSample => ({ inputs: sample.inputs, outputs: float.run(sample.inputs) as TensorData[], limits: judged.limits }),
  );
  float.dispose();
  const results: Record<string, Result> = {};
  for (const [name, settings] of Object.entries(variants)) {
    const started = cpuSeconds();
    const { graph: quantized, decisions } = await quantizeModel(graph(), asSamples(calibration), { ...settings, scheme: { name: scheme } });
    const seconds = cpuSeconds() - started;
    const errors = await headErrors(withLogits(quantized).graph, held, countSteps(held.length, {}));
    const outputs = quantized.outputs.map((_, i) => errors[judged.logitsOf.get(i) ?? i]);
    const heads = outputs.map(({ errors: list, signal }) => 10 * Math.log10(signal / list.reduce((sum, error) => sum + error, 1e-30)));
    results[name] = { heads, seconds, decided: decisionLine(decisions) };
  }
  return results;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    schemes: { type: 'string', default: 'int8,uint8' },
    calibration: { type: 'string', default: '24' },
    unseen: { type: 'string', default: '48' },
  },
});
const folder = join(shared, 'models');
const found = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('_float.tflite') && !name.startsWith('ad01')) : [];
const files = positionals.length > 0 ? positionals : found.map((name) => join(folder, name));
const names = Object.keys(variants);
const rows: string[][] = [];
for (const path of files) {
  for (const scheme of values.schemes.split(',') as SchemeName[]) {
    const results = await measure(path, scheme, { calibration: Number(values.calibration), unseen: Number(values.unseen) });
    const heads = results.default.heads.map((_, i) => names.map((name) => results[name].heads[i]));
    // Of several outputs the one that falls shortest.
    const shortfalls = heads.map(([own, ...others]) => Math.max(...others) - own);
    const worst = shortfalls.indexOf(Math.max(...shortfalls));
    const row = [basename(path, '.tflite'), scheme, String(heads.length), ...heads[worst].map((decibels) => decibels.toFixed(1))];
    row.push(
      shortfalls[worst].toFixed(1),
      results.default.seconds.toFixed(1),
      (results.default.seconds / results.plain.seconds).toFixed(1),
    );
    rows.push(row);
    process.stderr.write(`${row.join('  ')}\n  ${results.default.decided ?? 'nothing decided'}\n`);
  }
}
const right = (head: string) => ({ head, align: 'right' as const });
const columns = [{ head: 'network' }, { head: 'scheme' }, ...['outputs', ...names, 'below best', 'CPU s', 'times plain'].map(right)];
console.log(renderTable(columns, rows, { colors: pc.createColors(process.stdout.isTTY === true) }));
console.log(
  `SQNR in dB on ${values.unseen} samples that were not among the ${values.calibration} for calibration; of several outputs the one that falls shortest of its best; of SOFTMAX its logits`,
);
