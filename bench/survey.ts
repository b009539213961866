// Owns the survey of model files: whether each loads, is right, what runs on the host, and its speed beside tfjs-tflite, which gets a
// TensorFlow.js model as the .tflite file that it becomes, or ONNX Runtime for ONNX files (one thread, SIMD).
//   npm run survey -- FOLDER|FILE ... [--rounds N] [--share MS] [--json] [--shape NAME=SIZES] [--constant NAME=NUMBER]
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { addImportOptions, type ImportFlags, importOptions } from '../tools/commands/import';
import { modelFileName } from '../tools/import/tfjs/files';
import { formatSignificant } from '../tools/report/numbers';
import { renderTable } from '../tools/report/table';
import { describeMachine } from './peers/engines';
import type { Examination, Numbers } from './survey/examination';

interface Flags extends ImportFlags {
  rounds: string;
  share: string;
  json: boolean;
}

const command = addImportOptions(new Command('npm run survey --'))
  .argument('<path...>', 'model files, or folders of them')
  .option('--rounds <n>', 'interleaved rounds, of which medians are shown', '9')
  .option('--share <ms>', 'milliseconds of every contestant in a round', '40')
  .option('--json', 'print the examinations as JSON', false)
  .parse();
const values = command.opts<Flags>();
const positionals = command.args;

/** Of the root mean square of an output: beyond it, results count as different. XNNPACK rounds otherwise than the reference. */
const tolerances: Readonly<Record<Numbers, number>> = { '8-bit': 0.25, int16: 0.01, hybrid: 0.1, float16: 1e-3, float32: 1e-3 };

/** Files of models at `path`, or below it. */
function modelFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tflite|onnx)$/.test(name) || basename(name) === modelFileName)
    .sort()
    .map((name) => join(path, name));
}

/** In a process of its own, whose crash is a result. */
function examine(file: string): Examination {
  const script = join(import.meta.dirname, 'survey/examine.ts');
  const words = [script, file, values.rounds, values.share, JSON.stringify(importOptions(values))];
  const options = { encoding: 'utf8' as const, maxBuffer: 2 ** 26 };
  const { stdout, signal, status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ...words], options);
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (line.startsWith('{')) return JSON.parse(line);
  const cause = stderr.split('\n').find((text) => text.includes('Error')) ?? `exit ${status ?? signal}`;
  return { file, refused: { code: 'crashed', message: cause } };
}

function verdict({ numbers, peer }: Examination): string {
  if (!peer || peer.refused !== undefined || peer.difference === undefined) return 'no peer';
  return peer.difference <= tolerances[numbers!] ? 'right' : 'differs';
}

const ratioOf = ({ milliseconds, peer }: Examination): number | undefined =>
  milliseconds && peer?.milliseconds ? peer.milliseconds / milliseconds : undefined;

const root = positionals.length === 1 ? positionals[0] : '.';

function row(examination: Examination): string[] {
  const { file, numbers, refused, milliseconds, peer, host = {} } = examination;
  const name = relative(root, file) || file;
  if (refused) return [name, '', refused.code, '', '', '', '', refused.message.split('\n')[0].slice(0, 100)];
  const ratio = ratioOf(examination);
  const number = (value: number | undefined) => (value === undefined ? '' : formatSignificant(value, 3));
  const hosts = Object.entries(host).map(([type, count]) => (count > 1 ? `${count} ${type}` : type));
  const note = peer?.refused !== undefined ? `the peer refuses it: ${peer.refused.slice(0, 60)}` : hosts.join(', ');
  const difference = peer?.difference === undefined ? '' : peer.difference.toExponential(1);
  return [
    name,
    numbers!,
    verdict(examination),
    difference,
    number(milliseconds),
    number(peer?.milliseconds),
    ratio ? `${ratio.toFixed(2)}x` : '',
    note,
  ];
}

function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

/** One line for each kind of numbers: networks that both run, the mean of ratios, and those that are slower than the peer. */
function summary(examinations: readonly Examination[]): string[] {
  const kinds = [...new Set(examinations.flatMap(({ numbers }) => numbers ?? []))].sort();
  return kinds.map((kind) => {
    const timed = examinations.filter((examination) => examination.numbers === kind && ratioOf(examination) !== undefined);
    const slower = timed.filter((examination) => ratioOf(examination)! < 1).map(({ file }) => relative(root, file));
    const mean = timed.length > 0 ? `, geometric mean ${geometricMean(timed.map((examination) => ratioOf(examination)!)).toFixed(2)}x` : '';
    return `${kind}: ${timed.length} beside the peer${mean}, ${slower.length} slower${slower.length > 0 ? ` (${slower.join(', ')})` : ''}`;
  });
}

/** Refusals by code, with how many files each has. */
function refusals(examinations: readonly Examination[]): string {
  const counts = new Map<string, number>();
  for (const { refused } of examinations) if (refused) counts.set(refused.code, (counts.get(refused.code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ') || 'none';
}

function hosts(examinations: readonly Examination[]): string {
  const counts = new Map<string, number>();
  for (const { host = {} } of examinations) for (const type of Object.keys(host)) counts.set(type, (counts.get(type) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return sorted.map(([type, count]) => `${type} (${count})`).join(', ') || 'none';
}

const files = positionals.flatMap(modelFiles);
const examinations = files.map((file) => {
  const examination = examine(file);
  process.stderr.write(`${relative(root, file) || file}: ${examination.refused?.code ?? verdict(examination)}\n`);
  return examination;
});
if (values.json) console.log(JSON.stringify(examinations, undefined, 2));
else {
  const texts = ['file', 'numbers', 'result'].map((head) => ({ head }));
  const numbers = ['difference', 'zeropoint, ms', 'peer, ms', 'faster'].map((head) => ({ head, align: 'right' as const }));
  const columns = [...texts, ...numbers, { head: 'on the host, or why not' }];
  console.log(renderTable(columns, examinations.map(row), { colors: pc.createColors(process.stdout.isTTY === true) }));
  const loaded = examinations.filter(({ refused }) => !refused);
  const count = (result: string) => loaded.filter((examination) => verdict(examination) === result).length;
  console.log(
    `${files.length} files: ${loaded.length} load; ${count('right')} right, ${count('differs')} differ, ${count('no peer')} without a peer`,
  );
  for (const line of summary(loaded)) console.log(line);
  console.log(`refused: ${refusals(examinations)}`);
  console.log(`on the host, by networks: ${hosts(loaded)}`);
  console.log(`${describeMachine()}; medians of ${values.rounds} interleaved rounds`);
}
