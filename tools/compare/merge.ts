// Owns merging all shards of a comparison into the comparison of the whole dataset.
import type { SkippedSample } from '../dataset/dataset';
import { addHashes } from '../hash';
import { checkShards } from '../shards';
import type { Comparison } from './comparison';
import { Measures } from './measures';
import { readShard } from './read-shard';
import { comparisonOf } from './result';
import { type ComparisonShard, comparisonKey, type ReadShard } from './shard';

/** The hash of a dataset is the sum of its samples' hashes, so that those of shards add up. Undefined where a shard has none. */
function mergeHashes(shards: readonly ReadShard[]): string | undefined {
  const hashes = shards.map(({ data }) => data.sha256).filter((hash) => hash !== undefined);
  return hashes.length === shards.length ? addHashes(hashes) : undefined;
}

/** In the dataset's order; samples that several shards skipped under one name are listed once, as without shards. */
function mergeSkipped(shards: readonly ReadShard[]): SkippedSample[] {
  const all = shards.flatMap(({ data }) => data.skipped).sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  const byName = new Map<string, SkippedSample>();
  for (const sample of all) if (!byName.has(sample.name)) byName.set(sample.name, sample);
  return [...byName.values()];
}

/**
 * The comparison of the whole dataset from the results of `compareShard` for all its shards, in any order. Counts, changed samples and
 * largest errors equal those of `compare` on the whole dataset; SQNR and cosine differ by the rounding of sums. Layers are those of the
 * first shard, measured on that shard's first samples; medians of latency are over the runs of all machines. `names[i]` is how messages
 * call shard i, such as its path.
 * @throws ModelError `bad-data` for a damaged shard, `bad-argument` unless all shards of one comparison are given, each once
 */
export function mergeComparisons(shards: readonly ComparisonShard[], names: readonly string[] = []): Comparison {
  const read = shards.map((shard, i) => ({ where: names[i] ?? `shards[${i}]`, part: readShard(shard, names[i] ?? `shards[${i}]`) }));
  checkShards(read.map(({ where, part }) => ({ where, shard: part.shard, work: comparisonKey(part) })));
  const parts = read.map(({ part }) => part).sort((a, b) => a.shard.index - b.shard.index);
  const [measures, ...others] = parts.map((part) => Measures.from(part.measures));
  for (const other of others) measures.merge(other);
  const [{ subject, layers }] = parts;
  return comparisonOf({ subject, data: { sha256: mergeHashes(parts), skipped: mergeSkipped(parts) }, measures, layers: layers! });
}
