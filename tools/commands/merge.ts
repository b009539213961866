// Owns `zeropoint merge`: flags, help and action; shards of a calibration or comparison to the result of the whole.
import type { Command } from 'commander';
import { ModelError } from 'zeropoint';
import { formatRanges } from '../calibrate/ranges';
import { mergeStates, parseState, type ShardState } from '../calibrate/state';
import { mergeComparisons } from '../compare/merge';
import type { ComparisonShard } from '../compare/shard';
import { readJson } from '../files';
import { ownProperties } from '../options';
import { print } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { type ComparisonFlags, openOutputs, showComparison } from './comparison';
import { openOutput } from './output';

const examples = `
Each file is the result of one zeropoint calibrate --shard i/n, or each of one
zeropoint compare --shard i/n; all n are needed, in any order. Ranges go to -o. A
comparison is printed as zeropoint compare does, and goes to -o as JSON.

Examples:
  $ zeropoint merge part*.json -o ranges.json
  $ zeropoint merge part*.json --html report.html
  $ zeropoint merge part*.json -o comparison.json --json | jq .outputs`;

/** Kinds of shards by the `format` of their files. */
const kinds: ReadonlyMap<unknown, 'calibration' | 'comparison'> = new Map([
  ['zeropoint calibration', 'calibration'],
  ['zeropoint comparison shard', 'comparison'],
]);

/** @throws ModelError `bad-data` */
function kindOf(value: unknown, where: string): 'calibration' | 'comparison' {
  const kind = kinds.get((value as { format?: unknown } | null)?.format);
  if (kind !== undefined) return kind;
  throw new ModelError('bad-data', 'is no shard of a calibration or comparison; zeropoint calibrate and compare write them with --shard', {
    where,
  });
}

async function mergeCalibration(shards: readonly ShardState[], { output, html, json }: ComparisonFlags, terminal: Terminal): Promise<void> {
  if (html !== undefined) throw new ModelError('bad-argument', '--html goes with shards of a comparison, and these are of a calibration');
  if (output === undefined) throw new ModelError('bad-argument', 'shards of a calibration need -o FILE, where the ranges go');
  const target = await openOutput(output, terminal);
  const ranges = mergeStates(shards);
  await target.write(formatRanges(ranges));
  const report = { output, samples: ranges.samples, tensors: Object.keys(ranges.tensors).length, shards: shards.length };
  const render = ({ output, tensors, samples, shards }: typeof report) =>
    `${output}: ranges of ${tensors} tensors over ${samples} samples of ${shards} shards\n`;
  print(report, { json, aside: target.isStandard }, terminal, render);
}

/** @throws ModelError `bad-argument`, `bad-data` */
async function merge(paths: readonly string[], flags: ComparisonFlags, terminal: Terminal): Promise<void> {
  const files = await Promise.all(paths.map(async (path) => ({ path, value: await readJson(path) })));
  const [first, ...others] = files.map(({ path, value }) => ({ path, kind: kindOf(value, path) }));
  const odd = others.find(({ kind }) => kind !== first.kind);
  if (odd) {
    throw new ModelError('bad-argument', `is a shard of a ${odd.kind}, and ${first.path} one of a ${first.kind}; merge them apart`, {
      where: odd.path,
    });
  }
  if (first.kind === 'calibration') {
    const states = files.map(({ path, value }) => ({ path, state: parseState(value, path) }));
    return mergeCalibration(states, flags, terminal);
  }
  const shards = files.map(({ value }) => value as ComparisonShard);
  const outputs = await openOutputs(flags, terminal, paths);
  await showComparison(mergeComparisons(shards, paths), flags, outputs, terminal);
}

export function addMerge(program: Command, terminal: Terminal): void {
  program
    .command('merge')
    .summary('join the shards of a calibration or comparison')
    .description('Join the results of zeropoint calibrate --shard or zeropoint compare --shard to those of the whole dataset.')
    .argument('<shards...>', 'one file of every shard')
    .option('-o, --output <file>', 'where the ranges go, or the comparison as JSON')
    .option('--html <file>', 'also write the report of a comparison')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((shards: string[], flags: ComparisonFlags) => merge(shards, ownProperties(flags), terminal));
}
