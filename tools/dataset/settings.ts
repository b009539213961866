// Owns the settings that a dataset was opened with, as results record them.
import type { Preprocessing } from 'zeropoint/image';

/** Kept for the record and to tell whether two results belong together. */
export interface DataSettings {
  readonly preprocessing?: Preprocessing;
  readonly limit?: number;
  readonly seed?: number;
}

/** Defaults filled in, members in one order and nothing undefined, so that equal settings are equal as JSON. */
export function normalizeDataSettings({ preprocessing, limit, seed }: DataSettings): DataSettings {
  const ordered = preprocessing && Object.fromEntries(Object.entries(preprocessing).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.parse(JSON.stringify({ preprocessing: ordered, limit, seed: limit === undefined ? undefined : (seed ?? 0) }));
}
