// Owns the result of calibration: a readable JSON of ranges per tensor, with everything that it depends on.
import { ModelError } from 'zeropoint';
import { checkOptionNames } from 'zeropoint/graph';
import { type DataSettings, normalizeDataSettings } from '../dataset/settings';
import { readJson, writeText } from '../files';
import { isObject } from '../json';

export const observerNames = ['min-max', 'moving-average', 'percentile', 'entropy', 'mse'] as const;
export type ObserverName = (typeof observerNames)[number];

export interface CalibrationSettings extends DataSettings {
  readonly observer: ObserverName;
  /** Of `percentile`, in percent, (50, 100]; default 99.99. */
  readonly percentile?: number;
}

/** @throws ModelError `bad-argument` for members that settings do not have */
export function checkCalibrationSettings(settings: CalibrationSettings): void {
  const names = { observer: 1, percentile: 1, preprocessing: 1, limit: 1, seed: 1 };
  checkOptionNames<CalibrationSettings>(settings, names, 'calibration');
}

/** Range of one tensor in real numbers. */
export interface TensorRange {
  readonly min: number;
  readonly max: number;
  /** How many NaN and infinities were ignored; absent: none. */
  readonly nonFinite?: number;
}

export interface Ranges {
  readonly format: 'zeropoint ranges';
  readonly version: 1;
  /** SHA-256 of the float model's bytes and of the data. */
  readonly model: string;
  readonly data: string;
  readonly settings: CalibrationSettings;
  readonly samples: number;
  /** By value name; constants have none. */
  readonly tensors: Readonly<Record<string, TensorRange>>;
}

/** What a calibration depends on. */
export interface Provenance {
  readonly model: string;
  readonly data: string;
  readonly settings: CalibrationSettings;
}

/** Settings with defaults filled in, members in one order and nothing undefined, so that equal settings are equal as JSON. */
export function normalizeSettings({ observer, percentile, ...data }: CalibrationSettings): CalibrationSettings {
  const own = observer === 'percentile' ? { observer, percentile: percentile ?? 99.99 } : { observer };
  return { ...own, ...normalizeDataSettings(data) };
}

/** Whether a result belongs to the same model, data and settings. */
export function sameProvenance(a: Provenance, b: Provenance): boolean {
  const key = ({ model, data, settings }: Provenance) => JSON.stringify([model, data, normalizeSettings(settings)]);
  return key(a) === key(b);
}

/**
 * Ranges from JSON that somebody may have edited; `where` names it in messages.
 * @throws ModelError `bad-data` for other JSON and for ranges that are none
 */
export function parseRanges(value: unknown, where: string): Ranges {
  if (!isObject(value) || value.format !== 'zeropoint ranges' || value.version !== 1 || !isObject(value.tensors)) {
    throw new ModelError('bad-data', 'is no result of zeropoint calibrate; calibrate again, or merge its shards first', { where });
  }
  for (const [name, range] of Object.entries(value.tensors)) {
    if (!isObject(range) || !Number.isFinite(range.min) || !Number.isFinite(range.max) || (range.min as number) > (range.max as number)) {
      throw new ModelError('bad-data', `the range of '${name}' is ${JSON.stringify(range)}; give { "min": number, "max": number }`, {
        where,
      });
    }
  }
  return value as unknown as Ranges;
}

/** @throws ModelError `bad-argument`, `bad-data` */
export async function readRanges(path: string): Promise<Ranges> {
  return parseRanges(await readJson(path), path);
}

/** Writes one line per tensor, so that the file can be read, edited and compared. */
export async function writeRanges(path: string, ranges: Ranges): Promise<void> {
  const { tensors, ...rest } = ranges;
  const lines = Object.entries(tensors).map(([name, range]) => `    ${JSON.stringify(name)}: ${JSON.stringify(range)}`);
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  await writeText(path, `${head},\n  "tensors": {\n${lines.join(',\n')}\n  }\n}\n`);
}
