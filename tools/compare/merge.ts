// Owns merging the shards of a comparison to the comparison of the whole dataset.
import type { SkippedSample } from '../dataset/dataset';
import { addHashes } from '../hash';
import { checkShards } from '../shards';
import type { Comparison } from './comparison';
import { Measures } from './measures';
import { readShard } from './read-shard';
import { comparisonOf } from './result';
import { type ComparisonShard, type ReadShard, workOf } from './shard';

/** The sum of all shards' hashes; undefined where one has none. */
function mergeHashes(shards: readonly ReadShard[]): string | undefined {
  const hashes = shards.map(({ data }) => data.sha256).filter((hash) => hash !== undefined);
  return hashes.length === shards.length ? addHashes(hashes) : undefined;
}

/** In the dataset's order; a name that the dataset has several times is left out once. */
function mergeSkipped(shards: readonly ReadShard[]): SkippedSample[] {
  const all = shards.flatMap(({ data }) => data.skipped).sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  const byName = new Map<string, SkippedSample>();
  for (const sample of all) if (!byName.has(sample.name)) byName.set(sample.name, sample);
  return [...byName.values()];
}

/**
 * The comparison of the whole dataset from the parts of all its shards (`compareShard`), in any order. Counts, changed samples and
 * largest differences are those of `compare` on the whole dataset; SQNR and cosine too, to the rounding of sums. Layers are those of
 * the first shard's own first samples; latencies are of all machines together. `names` are what messages call the shards, as paths.
 * @throws ModelError `bad-data` for damaged shards, `bad-argument` unless they belong together and are all there, each once
 */
export function mergeComparisons(shards: readonly ComparisonShard[], names: readonly string[] = []): Comparison {
  const read = shards.map((shard, i) => ({ where: names[i] ?? `shards[${i}]`, part: readShard(shard, names[i] ?? `shards[${i}]`) }));
  checkShards(read.map(({ where, part }) => ({ where, shard: part.shard, work: workOf(part) })));
  const parts = read.map(({ part }) => part).sort((a, b) => a.shard.index - b.shard.index);
  const [measures, ...others] = parts.map((part) => Measures.from(part.measures));
  for (const other of others) measures.merge(other);
  const [{ subject, layers }] = parts;
  return comparisonOf({ subject, data: { sha256: mergeHashes(parts), skipped: mergeSkipped(parts) }, measures, layers: layers! });
}
