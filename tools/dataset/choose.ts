// Owns the choice of samples: a seeded random subset in stable order, and shards of it.
import { ModelError } from 'zeropoint';
import { Random } from '../random';
import type { Shard } from '../shards';

/**
 * `limit` of the numbers 0..size-1 in ascending order, the same for the same seed; all of them where the limit is no smaller.
 * A larger limit chooses a superset.
 */
export function chooseSubset(size: number, limit: number | undefined, seed: number): number[] {
  const order = Array.from({ length: size }, (_, i) => i);
  if (limit === undefined || limit >= size) return order;
  // Neighbouring seeds get distant states (Fibonacci hashing), and eight steps mix the bits further.
  const random = new Random(Math.imul(seed + 1, 0x9e3779b1));
  for (let i = 0; i < 8; i++) random.bits();
  for (let i = 0; i < limit; i++) {
    const j = i + Math.floor(((random.bits() >>> 0) / 2 ** 32) * (size - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.slice(0, limit).sort((a, b) => a - b);
}

/** @throws ModelError `bad-argument` unless 0 <= index < count <= size */
export function checkShard({ index, count }: Shard, size: number): void {
  if (Number.isInteger(count) && Number.isInteger(index) && index >= 0 && index < count && count <= size) return;
  throw new ModelError('bad-argument', `shard ${index + 1}/${count} of ${size} samples does not exist; give 1/n to n/n, n at most ${size}`);
}
