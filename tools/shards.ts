// Owns shards of a dataset, and the check that results of shards make a whole: all of them, each once, of the same work.
import { ModelError } from 'zeropoint';
import { consistent, count, ensure, record } from './json';

/** One of `count` parts of equal size; 0 <= index < count. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A shard in a file. */
export const shard = consistent(record<Shard>({ index: count, count }), ({ index, count }, at) =>
  ensure(index < count, at, `is ${index + 1} of ${count}`),
);

/** What `checkShards` compares of one result. */
export interface ShardResult {
  /** Its file, for messages. */
  readonly where: string;
  /** Undefined: the result of the whole dataset. */
  readonly shard: Shard | undefined;
  /** Models and settings as text, equal for all shards that belong together. */
  readonly work: string;
}

/** Missing shards that a message lists. */
const maxListed = 10;

/** @throws ModelError `bad-argument` unless the results are of one work and all there, each once */
export function checkShards(results: readonly ShardResult[]): void {
  if (results.length === 0) throw new ModelError('bad-argument', 'nothing to merge; give the files of all shards');
  const [first] = results;
  const count = first.shard?.count ?? 1;
  const seen = new Map<number, string>();
  for (const { where, shard, work } of results) {
    const refuse = (message: string) => new ModelError('bad-argument', message, { where });
    const index = shard?.index ?? 0;
    if (work !== first.work || (shard?.count ?? 1) !== count) {
      throw refuse(`has another model, other settings or another number of shards than ${first.where}`);
    }
    if (seen.has(index)) throw refuse(`is shard ${index + 1}/${count}, as ${seen.get(index)} is; give every shard once`);
    seen.set(index, where);
  }
  const missing: string[] = [];
  for (let i = 0; i < count && missing.length < maxListed; i++) if (!seen.has(i)) missing.push(`${i + 1}/${count}`);
  if (missing.length === 0) return;
  const more = count - seen.size > missing.length ? ' and more' : '';
  throw new ModelError('bad-argument', `shards ${missing.join(', ')}${more} are missing; give the files of all shards`);
}
