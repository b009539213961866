// Owns the comparison on x86-64 with AVX-VNNI, where this machine has none: exact counts of instructions per inference under emulation, ours
// and the peers', with and without AVX-VNNI. Counts do not depend on the load of the machine.
//   npx tsx bench/vnni.ts [--runs N] [MODEL.tflite ...]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { renderTable } from '../tools/report/table';
import { withInferenceBundle } from './arm64/inferences';
import { modelName } from './peers/engines';
import { installCounter } from './vnni/emulator';

const folder = join(import.meta.dirname, '../../shared/models');
const defaults = [
  'mobilenet_v1_0.25_128_quant',
  'mobilenet_v1_1.0_224_quant_embedding_extractor',
  'mobilenet_v2_1.0_224_quant',
  'tf2_mobilenet_v2_1.0_224_ptq',
].map((name) => join(folder, `${name}.tflite`));

const { values, positionals } = parseArgs({ allowPositionals: true, options: { runs: { type: 'string', default: '2' } } });
const models = positionals.length > 0 ? positionals : defaults.filter((path) => existsSync(path));
if (models.length === 0) throw new Error('no models: name .tflite files on the command line');

const runs = Number(values.runs);
const million = (count: number) => (count / runs / 1e6).toFixed(2);
const rows: string[][] = [];
const count = installCounter();
await withInferenceBundle((bundle) => {
  for (const model of models) {
    for (const engine of ['zeropoint', 'LiteRT.js', 'tfjs-tflite']) {
      for (const hasVnni of [true, false]) {
        const name = [modelName(model), engine, hasVnni ? 'yes' : 'no'];
        try {
          const { dot, vector, other, output } = count(bundle, [engine, model, String(runs)], hasVnni);
          rows.push([...name, ...[dot + vector + other, dot, vector, other].map(million), output]);
        } catch (error) {
          rows.push([...name, (error as Error).message.slice(-60), '', '', '', '']);
        }
      }
    }
  }
});
const heads = ['model', 'engine', 'AVX-VNNI', 'million instructions', 'vpdpbusd', 'other vector', 'other', 'outputs'];
const columns = heads.map((head, i) => ({ head, align: i < 3 || i === 7 ? ('left' as const) : ('right' as const) }));
console.log(renderTable(columns, rows, { colors: pc.createColors(process.stdout.isTTY === true) }));
console.log('per inference, one thread, Node 24.21.0 for x64 under QEMU, -cpu max');
