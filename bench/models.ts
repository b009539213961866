// Owns the benchmark of whole models: cold start, median run and speed of built MobileNets, or of the files on the command line.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import pc from 'picocolors';
import { load } from 'zeropoint';
import { mobilenetV1 } from 'zeropoint/mobilenet';
import { renderTable } from '../tools/report/table';
import { machineLine, medianMilliseconds } from './measure';

const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };

const built = [
  { alpha: 0.25, resolution: 128 },
  { alpha: 0.5, resolution: 160 },
  { alpha: 1, resolution: 224 },
].flatMap((options) => (['uint8', 'int8'] as const).map((dtype) => ({ ...options, dtype })));

const files = process.argv.slice(2);
const models =
  files.length > 0
    ? files.map((file) => ({ name: basename(file, '.tflite'), bytes: new Uint8Array(readFileSync(file)) }))
    : built.map((options) => ({
        name: `MobileNetV1 ${options.alpha}-${options.resolution} ${options.dtype}`,
        bytes: mobilenetV1(options),
      }));

const rows: string[][] = [];
for (const { name, bytes } of models) {
  const started = performance.now();
  const model = await load(bytes);
  const loaded = performance.now();
  model.run();
  const first = performance.now();
  const median = medianMilliseconds(name, () => model.run(), 1000);
  const macs = model.operators.reduce((sum, operator) => sum + operator.macs, 0);
  const numbers = [macs / 1e6, loaded - started, first - loaded, median, macs / median / 1e6, model.memory.total / 2 ** 20];
  rows.push([name, ...numbers.map((number) => number.toFixed(2))]);
  model.dispose();
}
const heads = ['million MACs', 'load, ms', 'first run, ms', 'run, ms', 'GMAC/s', 'memory, MB'].map((head) => ({
  head,
  align: 'right' as const,
}));
console.log(renderTable([{ head: 'model' }, ...heads], rows, terminal));
console.log(`${machineLine()}; the first row's load includes compiling the core`);
