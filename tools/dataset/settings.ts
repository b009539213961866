// Owns the settings that a dataset was opened with, as results record them.
import type { Preprocessing } from 'zeropoint/image';
import { ownProperties } from '../options';

/** Recorded in results; results with different settings do not belong together. */
export interface DataSettings {
  readonly preprocessing?: Preprocessing;
  readonly limit?: number;
  readonly seed?: number;
}

/** Settings with defaults filled in, members sorted and without undefined ones, so that equal settings have equal JSON. */
export function normalizeDataSettings(settings: DataSettings): DataSettings {
  const { preprocessing, limit, seed } = ownProperties(settings);
  const ordered = preprocessing && Object.fromEntries(Object.entries(preprocessing).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.parse(JSON.stringify({ preprocessing: ordered, limit, seed: limit === undefined ? undefined : (seed ?? 0) }));
}
