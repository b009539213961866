// Owns the result of calibration: a JSON file of ranges per tensor, with the key of what they depend on.
import { ModelError } from 'zeropoint';
import { normalizeDataSettings } from '../dataset/settings';
import { readJson, writeText } from '../files';
import { checkJson, consistent, count, dictionary, ensure, finite, isObject, literal, maybe, record, text } from '../json';
import { ownProperties } from '../options';
import { type CalibrationSettings, calibrationSettings } from './settings';

/** Range of one tensor in real numbers. */
export interface TensorRange {
  readonly min: number;
  readonly max: number;
  /** Count of NaN and infinities, which the range leaves out; absent: 0. */
  readonly nonFinite?: number;
}

/** What the result of a calibration depends on; equal keys have equal results. */
export interface CalibrationKey {
  /** SHA-256 of the float model's file or graph. */
  readonly model: string;
  /** Hash of the dataset (Samples.hash), or `unknown`. */
  readonly data: string;
  readonly settings: CalibrationSettings;
}

export interface Ranges extends CalibrationKey {
  readonly format: 'zeropoint ranges';
  readonly version: 1;
  /** Number of samples observed. */
  readonly samples: number;
  /** By value name; without constants. */
  readonly tensors: Readonly<Record<string, TensorRange>>;
}

/** Settings with defaults, with members in a fixed order and without undefined ones, so that equal settings have equal JSON. */
export function normalizeSettings(settings: CalibrationSettings): CalibrationSettings {
  const { observer, percentile, ...data } = ownProperties(settings);
  const own = observer === 'percentile' ? { observer, percentile: percentile ?? 99.99 } : { observer };
  return { ...own, ...normalizeDataSettings(data) };
}

export function sameKey(a: CalibrationKey, b: CalibrationKey): boolean {
  const key = ({ model, data, settings }: CalibrationKey) => JSON.stringify([model, data, normalizeSettings(settings)]);
  return key(a) === key(b);
}

const range = consistent(record<TensorRange>({ min: finite, max: finite, nonFinite: maybe(count) }), ({ min, max }, at) =>
  ensure(min <= max, at, `is from ${min} to ${max}`),
);
const ranges = record<Ranges>({
  format: literal('zeropoint ranges'),
  version: literal(1),
  model: text,
  data: text,
  settings: calibrationSettings,
  samples: count,
  tensors: dictionary(range),
});

/**
 * Ranges from JSON, which may have been edited by hand; `where` names it in messages.
 * @throws ModelError `bad-data` for other JSON, and for ranges that are not finite or have min > max
 */
export function parseRanges(value: unknown, where: string): Ranges {
  if (!isObject(value) || value.format !== 'zeropoint ranges' || value.version !== 1 || !isObject(value.tensors)) {
    throw new ModelError('bad-data', 'is no result of zeropoint calibrate; calibrate again, or merge its shards first', { where });
  }
  return checkJson(ranges, value, where, 'give every tensor { "min": number, "max": number }, or calibrate again');
}

/** @throws ModelError `bad-argument`, `bad-data` */
export async function readRanges(path: string): Promise<Ranges> {
  return parseRanges(await readJson(path), path);
}

/** JSON with one line per tensor, for editing by hand and for line-by-line diffs. */
export function formatRanges({ tensors, ...rest }: Ranges): string {
  const lines = Object.entries(tensors).map(([name, range]) => `    ${JSON.stringify(name)}: ${JSON.stringify(range)}`);
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  return `${head},\n  "tensors": {\n${lines.join(',\n')}\n  }\n}\n`;
}

/** Writes `formatRanges` to a file. @throws ModelError `bad-argument` */
export function writeRanges(path: string, ranges: Ranges): Promise<void> {
  return writeText(path, formatRanges(ranges));
}
