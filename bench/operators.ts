// Owns the benchmark of operators: every core kernel of a model, timed apart, beside the reference kernel on the same tensors.
import { readFileSync } from 'node:fs';
import pc from 'picocolors';
import { loadSync } from '../src/index';
import { mobilenetV1 } from '../src/mobilenet';
import { loadReference } from '../src/reference';
import { renderTable } from '../tools/report/table';
import { convolutionGraph, layerStep } from './layers';
import { machineLine, medianMilliseconds } from './measure';

const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
const right = (head: string) => ({ head, align: 'right' as const });

/** Depthwise layers of MobileNetV1 1.0-224: rows, channels and stride. */
const depthwise = [
  [112, 32, 1],
  [112, 64, 2],
  [56, 128, 1],
  [56, 128, 2],
  [28, 256, 1],
  [28, 256, 2],
  [14, 512, 1],
  [14, 512, 2],
  [7, 1024, 1],
];

function depthwiseRows(): string[][] {
  return depthwise.map(([size, channels, stride]) => {
    const run = layerStep(convolutionGraph('DEPTHWISE_CONV_2D', [1, size, size, channels], [1, 3, 3, channels], stride), 'Depthwise');
    const milliseconds = medianMilliseconds('depthwise', run);
    const macs = (size / stride) ** 2 * channels * 9;
    return [`${size}x${size}x${channels}`, String(stride), milliseconds.toFixed(4), (macs / milliseconds / 1e6).toFixed(1)];
  });
}

/** Time per operator type in a model, core beside reference. */
function modelRows(bytes: Uint8Array): string[][] {
  const model = loadSync(bytes);
  model.profile(50);
  const totals = new Map<string, number>();
  for (const { type, kernel, milliseconds } of model.profile(50)) {
    const key = `${type}: ${kernel}`;
    totals.set(key, (totals.get(key) ?? 0) + milliseconds);
  }
  const rows = [...totals].map(([key, milliseconds]) => [key, milliseconds.toFixed(4)]);
  const reference = loadReference(bytes);
  const started = performance.now();
  reference.run(model.inputs.map((input) => input.data.slice()));
  rows.push(['all operators through the reference kernels', (performance.now() - started).toFixed(1)]);
  return rows;
}

console.log(`${machineLine()}\n\ndepthwise 3x3, ReLU6`);
console.log(renderTable([{ head: 'input' }, right('stride'), right('ms'), right('GMAC/s')], depthwiseRows(), terminal));
const [file] = process.argv.slice(2);
console.log(file ?? 'MobileNetV1 0.25-128');
const bytes = file ? new Uint8Array(readFileSync(file)) : mobilenetV1({ alpha: 0.25, resolution: 128 });
console.log(renderTable([{ head: 'operator: kernel' }, right('ms')], modelRows(bytes), terminal));
