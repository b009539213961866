// Owns the comparison of speed with other engines on the same .tflite files: interleaved, one thread, medians and ratios.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { fillRandom } from '../tools/random';
import { formatSignificant } from '../tools/report/numbers';
import { renderTable } from '../tools/report/table';
import { describeMachine, modelName, startEngines } from './peers/engines';
import { type Contestant, interleave } from './peers/interleave';
import type { Peer } from './peers/peer';

const defaultFolder = join(import.meta.dirname, '../../shared/models');
const defaultModels = [
  'mobilenet_v1_0.25_128_quant',
  'mobilenet_v1_0.25_224_quant',
  'mobilenet_v1_0.75_192_quant',
  'mobilenet_v1_1.0_224_quant_embedding_extractor',
  'mobilenet_v2_1.0_224_quant',
  'tf2_mobilenet_v2_1.0_224_ptq',
  'deeplabv3_mnv2_dm05_pascal_quant',
  'vww_96_int8',
  'kws_ref_model_int8',
  'resnet8_cifar10_int8',
].map((name) => join(defaultFolder, `${name}.tflite`));

/** A loaded model, or the engine's reason for refusing it. */
async function enter(engine: Peer, bytes: Uint8Array): Promise<Contestant | string> {
  try {
    const model = await engine.load(bytes);
    // The same bytes for every engine.
    fillRandom(model.inputs.map((input) => input.data()));
    await model.run();
    return { name: engine.name, run: () => model.run() };
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/** Milliseconds per engine, or the reason why there are none. */
async function compare(engines: readonly Peer[], path: string, rounds: number): Promise<(number | string)[]> {
  const bytes = new Uint8Array(readFileSync(path));
  const entries: (Contestant | string)[] = [];
  for (const engine of engines) entries.push(await enter(engine, bytes));
  const medians = await interleave(
    entries.filter((entry) => typeof entry !== 'string'),
    rounds,
  );
  return entries.map((entry) => (typeof entry === 'string' ? entry : (medians.shift() as number)));
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '15' } } });
const models = positionals.length > 0 ? positionals : defaultModels.filter((path) => existsSync(path));
if (models.length === 0) throw new Error('no models: name .tflite files on the command line');

const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
const engines = await startEngines();
const rows: string[][] = [];
const notes: string[] = [];
for (const path of models) {
  const results = await compare(engines, path, Number(values.rounds));
  const [ours, ...peers] = results;
  const fastest = Math.min(...peers.filter((result) => typeof result === 'number'));
  const ratio = typeof ours === 'number' && Number.isFinite(fastest) ? `${(fastest / ours).toFixed(2)}x` : '';
  rows.push([modelName(path), ...results.map((result) => (typeof result === 'number' ? formatSignificant(result, 3) : 'refused')), ratio]);
  results.forEach((result, i) => {
    if (typeof result === 'string') notes.push(`${engines[i].name} refuses ${modelName(path)}: ${result}\n`);
  });
}
const heads = [...engines.map(({ name }) => `${name}, ms`), 'faster than best peer'];
console.log(renderTable([{ head: 'model' }, ...heads.map((head) => ({ head, align: 'right' as const }))], rows, terminal));
console.log(`${notes.join('')}LiteRT.js copies inputs and outputs in every run: its API offers no views.`);
console.log(`${describeMachine()}; median of ${values.rounds} interleaved rounds`);
