// Owns the comparison on arm64, where this machine is not one: exact counts of instructions per inference under emulation, ours and the
// peers'. Counts do not depend on the load of the machine.
//   npx tsx bench/arm64.ts [--float] [--cpu max|cortex-a72] [--runs N] [MODEL.tflite ...]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { renderTable } from '../tools/report/table';
import { type Engine, totalInstructions, withInferenceCounter } from './arm64/inferences';
import { modelName } from './peers/engines';

const folder = join(import.meta.dirname, '../../shared/models');
const defaults = [
  'mobilenet_v1_0.25_128_quant',
  'mobilenet_v1_1.0_224_quant_embedding_extractor',
  'mobilenet_v2_1.0_224_quant',
  'tf2_mobilenet_v2_1.0_224_ptq',
].map((name) => join(folder, `${name}.tflite`));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cpu: { type: 'string', default: 'max' }, runs: { type: 'string', default: '2' }, float: { type: 'boolean', default: false } },
});
const models = positionals.length > 0 ? positionals : defaults.filter((path) => existsSync(path));
if (models.length === 0) throw new Error('no models: name .tflite files on the command line');

const runs = Number(values.runs);
const million = (count: number) => (count / runs / 1e6).toFixed(2);
/** `--float`: the entry for float networks, on each of its binaries. */
const engines = [
  ...(values.float ? (['zeropoint/float', 'relaxedFloat'] as const) : (['zeropoint', 'simd'] as const)),
  'LiteRT.js',
  'tfjs-tflite',
] as const;
const names: Partial<Record<Engine, string>> = { simd: 'zeropoint, simd', relaxedFloat: 'zeropoint/float, relaxedFloat' };
const rows: string[][] = [];
await withInferenceCounter((count) => {
  for (const model of models) {
    for (const engine of engines) {
      const name = [modelName(model), names[engine] ?? engine];
      try {
        const counts = count(engine, model, runs, values.cpu);
        const { dot, multiply, memory, vector, other, output } = counts;
        rows.push([...name, ...[totalInstructions(counts), dot, multiply, memory, vector, other].map(million), output]);
      } catch (error) {
        rows.push([...name, (error as Error).message.slice(-60), '', '', '', '', '', '']);
      }
    }
  }
});
const heads = ['model', 'engine', 'million instructions', 'dot', 'multiply long', 'memory', 'other vector', 'other', 'outputs'];
const columns = heads.map((head, i) => ({ head, align: i < 2 || i === 8 ? ('left' as const) : ('right' as const) }));
console.log(renderTable(columns, rows, { colors: pc.createColors(process.stdout.isTTY === true) }));
console.log(`per inference, one thread, Node 24.21.0 for arm64 under QEMU, -cpu ${values.cpu}`);
