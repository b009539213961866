// Owns the comparison of float networks and of single float operators with tfjs-tflite (XNNPACK, SIMD): interleaved, one thread, medians.
//   npx tsx bench/float-peers.ts [--operators [--only WORD]] [--rounds N] [--share MS] [MODEL.tflite ...]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { loadSync } from '../src/float';
import { writeModel } from '../src/tflite/write';
import { fillRandom } from '../tools/random';
import { formatSignificant } from '../tools/report/numbers';
import { renderTable } from '../tools/report/table';
import { floatCases } from './float-operators';
import { describeMachine, modelName } from './peers/engines';
import { interleave } from './peers/interleave';
import type { Peer, PeerModel } from './peers/peer';
import { createTfjsTflite } from './peers/tfjs-tflite';
import { createZeropointFloat } from './peers/zeropoint';

const folder = join(import.meta.dirname, '../../shared/models');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    operators: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '15' },
    share: { type: 'string', default: '40' },
  },
});

interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function models(): Entry[] {
  const defaults = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('float.tflite')) : [];
  const files = positionals.length > 0 ? positionals : defaults.map((file) => join(folder, file));
  return files.map((file) => ({ name: modelName(file), bytes: new Uint8Array(readFileSync(file)) }));
}

function operators(): Entry[] {
  return floatCases().map(({ name, graph }) => ({ name, bytes: writeModel(graph) }));
}

/** The engine's model on the same inputs as every other's. */
async function enter(engine: Peer, bytes: Uint8Array): Promise<PeerModel> {
  const model = await engine.load(bytes);
  fillRandom(model.inputs.map((input) => input.data()));
  await model.run();
  return model;
}

/** The largest difference of outputs, relative to their largest magnitude. */
function difference(ours: PeerModel, theirs: PeerModel): number {
  let result = 0;
  for (const [i, output] of ours.outputs.entries()) {
    const [a, b] = [output.data(), theirs.outputs[i].data()];
    let magnitude = 0;
    let largest = a.length === b.length ? 0 : Infinity;
    for (let k = 0; k < a.length; k++) {
      magnitude = Math.max(magnitude, Math.abs(b[k]));
      if (a[k] !== b[k]) largest = Math.max(largest, Math.abs(a[k] - b[k]));
    }
    result = Math.max(result, largest / (magnitude || 1));
  }
  return result;
}

/** Operators that have no kernel, as `PAD, 2 SLICE`. */
function onHost(bytes: Uint8Array): string {
  const counts = new Map<string, number>();
  const model = loadSync(bytes);
  for (const { type, kernel } of model.operators) if (kernel === 'host') counts.set(type, (counts.get(type) ?? 0) + 1);
  model.dispose();
  return [...counts].map(([type, count]) => (count > 1 ? `${count} ${type}` : type)).join(', ');
}

const engines = [createZeropointFloat(), createTfjsTflite()];
const rows: string[][] = [];
const ratios: number[] = [];
for (const { name, bytes } of (values.operators ? operators() : models()).filter((entry) => entry.name.includes(values.only))) {
  try {
    const [ours, theirs] = [await enter(engines[0], bytes), await enter(engines[1], bytes)];
    const contestants = [ours, theirs].map((model, i) => ({ name: engines[i].name, run: () => model.run() }));
    const milliseconds = await interleave(contestants, Number(values.rounds), Number(values.share));
    const ratio = milliseconds[1] / milliseconds[0];
    ratios.push(ratio);
    const numbers = milliseconds.map((time) => formatSignificant(time, 3));
    rows.push([name, ...numbers, `${ratio.toFixed(2)}x`, difference(ours, theirs).toExponential(0), onHost(bytes)]);
  } catch (error) {
    rows.push([name, '', '', '', '', (error as Error).message.split('\n')[0].slice(0, 90)]);
  }
}
const heads = [...engines.map((engine) => `${engine.name}, ms`), 'faster', 'difference'];
const columns = [{ head: 'model' }, ...heads.map((head) => ({ head, align: 'right' as const })), { head: 'on the host' }];
console.log(renderTable(columns, rows, { colors: pc.createColors(process.stdout.isTTY === true) }));
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(`geometric mean ${mean.toFixed(2)}x, below 1.0x: ${ratios.filter((ratio) => ratio < 1).length} of ${ratios.length}`);
console.log(`${describeMachine()}; median of ${values.rounds} interleaved rounds`);
