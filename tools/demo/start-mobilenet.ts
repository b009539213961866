// Owns `npm run start:mobilenet`: a MobileNetV1 with seeded weights runs on a drawn picture, is timed and checked against the reference.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import picocolors from 'picocolors';
import { load, type Model, type OperatorProfile, type TensorData } from 'zeropoint';
import { preprocess, presets } from 'zeropoint/image';
import { mobilenetV1 } from 'zeropoint/mobilenet';
import { loadReference } from 'zeropoint/reference';
import { measureRuns } from '../model/timing';
import { type Column, renderTable } from '../report/table';

const pc = picocolors.createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);

const usage = 'npm run start:mobilenet -- [--alpha 1] [--resolution 224] [--classes 1000] [--seed 1] [--dtype uint8|int8]';

/** A sunset over water: gradients, a disc and waves, so that the network sees edges and textures. */
function drawPicture(width: number, height: number): { data: Uint8Array; width: number; height: number; channels: 3 } {
  const data = new Uint8Array(width * height * 3);
  const horizon = height * 0.6;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sun = Math.hypot(x - width * 0.6, y - height * 0.4) < height * 0.15;
      const wave = y > horizon ? Math.round(30 * Math.sin((x + y * 7) / (2 + (y - horizon) / 8))) : 0;
      const [r, g, b] = sun ? [255, 220, 120] : y < horizon ? [230 - y / 3, 110 + y / 4, 90 + y / 3] : [60 + wave, 80 + wave, 130 + wave];
      data.set([r, g, b], (y * width + x) * 3);
    }
  }
  return { data, width, height, channels: 3 };
}

function layerTable(layers: readonly OperatorProfile[]): string {
  const columns: Column[] = [
    { head: 'operator' },
    { head: 'kernel' },
    { head: 'output' },
    { head: 'mult-adds', align: 'right' },
    { head: 'ms', align: 'right' },
    { head: 'GMAC/s', align: 'right' },
  ];
  const rows = layers.map(({ name, kernel, outputs, macs, milliseconds, gmacs }) => {
    const cost = macs > 0 ? `${(macs / 1e6).toFixed(2)} M` : '';
    return [name, kernel, outputs[0].shape.join('x'), cost, milliseconds.toFixed(3), gmacs > 0 ? gmacs.toFixed(1) : ''];
  });
  return renderTable(columns, rows, { colors: pc });
}

/** Operators whose every code equals the reference's, and the first that does not. */
function compareWithReference(model: Model, bytes: Uint8Array): { equal: number; codes: number; first?: string } {
  const reference = new Map<string, TensorData>();
  loadReference(bytes).run([model.inputs[0].data.slice()], (value, data) => reference.set(value.name, data.slice()));
  let equal = 0;
  let codes = 0;
  let first: string | undefined;
  model.trace(({ name, operator }, data) => {
    const expected = reference.get(name)!;
    const same = data.length === expected.length && data.every((code: number | bigint, i: number) => code === expected[i]);
    if (same) equal++;
    else first ??= model.operators[operator].name;
    codes += data.length;
  });
  return { equal, codes, first };
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MB`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      alpha: { type: 'string', default: '1' },
      resolution: { type: 'string', default: '224' },
      classes: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      dtype: { type: 'string', default: 'uint8' },
    },
  });
  const options = {
    alpha: Number(values.alpha),
    resolution: Number(values.resolution),
    classes: Number(values.classes),
    seed: Number(values.seed),
    dtype: values.dtype as 'uint8' | 'int8',
  };
  const bytes = mobilenetV1(options);
  const started = performance.now();
  const model = await load(bytes);
  const loaded = performance.now();
  preprocess(drawPicture(320, 240), presets.inception, model.inputs[0], model.inputs[0].data);
  model.run();
  const first = performance.now();
  const { median } = measureRuns(model, 50);
  const layers = model.profile(20);

  const macs = model.operators.reduce((sum, operator) => sum + operator.macs, 0);
  const parameters = model.operators.reduce((sum, operator) => sum + operator.parameters, 0);
  const { program, weights, arena, total } = model.memory;
  console.log(
    `\n${pc.bold(`MobileNetV1 ${options.alpha} ${options.resolution}`)} ${options.dtype}, seeded weights, ${megabytes(bytes.length)} .tflite`,
  );
  console.log(pc.dim(`${(macs / 1e6).toFixed(1)} million mult-adds, ${(parameters / 1e6).toFixed(2)} million parameters\n`));
  console.log(layerTable(layers));
  console.log(
    `${pc.bold('Memory')}  ${megabytes(total)}  ${pc.dim(`= program ${program} B + weights ${megabytes(weights)} + arena ${megabytes(arena)}, known before running`)}`,
  );
  console.log(
    `${pc.bold('Speed')}   ${pc.cyan(`${median.toFixed(2)} ms`)}  ${(macs / median / 1e6).toFixed(1)} GMAC/s  ${pc.dim(`median of 50 on one thread; ${cpus()[0].model}, Node ${process.versions.node}`)}`,
  );
  console.log(`${pc.bold('Start')}   load ${(loaded - started).toFixed(1)} ms, first run ${(first - loaded).toFixed(1)} ms`);
  const { equal, codes, first: differing } = compareWithReference(model, bytes);
  const verdict = differing ? pc.red(`differs first at ${differing}`) : pc.green('equal, byte for byte');
  console.log(
    `${pc.bold('Proof')}   ${verdict}: ${equal} of ${model.operators.length} operators, ${codes.toLocaleString('en')} codes against the reference kernels`,
  );
  const best = Array.from(model.outputs[0].data as Uint8Array, (code, index) => ({ code, index }))
    .sort((a, b) => b.code - a.code)
    .slice(0, 3);
  console.log(
    `${pc.bold('Classes')} ${best.map(({ code, index }) => `#${index} (code ${code})`).join(', ')}  ${pc.dim('the weights are random: the numbers mean nothing, the speed does')}\n`,
  );
  if (differing) process.exitCode = 2;
}

main().catch((error: Error) => {
  console.error(`${error.message}\nusage: ${usage}`);
  process.exitCode = 1;
});
