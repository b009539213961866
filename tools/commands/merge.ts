// Owns `zeropoint merge`: results of shards, of a calibration or of a comparison, to the result of the whole.
import { ModelError } from 'zeropoint';
import { writeRanges } from '../calibrate/ranges';
import { mergeStates, parseState, type ShardState } from '../calibrate/state';
import { mergeComparisons } from '../compare/merge';
import type { ComparisonShard } from '../compare/shard';
import { readJson } from '../files';
import type { Terminal } from '../terminal/terminal';
import { type ComparisonFlags, showComparison } from './comparison';

export type MergeFlags = ComparisonFlags;

/** By the `format` of their files. */
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

async function mergeCalibration(shards: readonly ShardState[], { output, html, json }: MergeFlags, terminal: Terminal): Promise<void> {
  if (html !== undefined) throw new ModelError('bad-argument', '--html goes with shards of a comparison, and these are of a calibration');
  if (output === undefined) throw new ModelError('bad-argument', 'shards of a calibration need -o FILE, where the ranges go');
  const ranges = mergeStates(shards);
  await writeRanges(output, ranges);
  const report = { output, samples: ranges.samples, tensors: Object.keys(ranges.tensors).length, shards: shards.length };
  const line = `${output}: ranges of ${report.tensors} tensors over ${report.samples} samples of ${report.shards} shards\n`;
  terminal.write(json ? `${JSON.stringify(report, null, 2)}\n` : line);
}

/** @throws ModelError `bad-argument`, `bad-data` */
export async function merge(paths: readonly string[], flags: MergeFlags, terminal: Terminal): Promise<void> {
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
  await showComparison(mergeComparisons(shards, paths), flags, terminal);
}
