// Owns the settings of a calibration: as options of functions, and as members of files.
import { parsePreprocessing } from 'zeropoint/image';
import type { DataSettings } from '../dataset/settings';
import { anyObject, type Check, count, hash, integer, literal, maybe, parsed, record, within } from '../json';
import { readOptions } from '../options';

export const observerNames = ['min-max', 'moving-average', 'percentile', 'entropy', 'mse'] as const;
export type ObserverName = (typeof observerNames)[number];

export interface CalibrationSettings extends DataSettings {
  readonly observer: ObserverName;
  /** For the observer `percentile`: in percent, in (50, 100]; default 99.99. */
  readonly percentile?: number;
}

/** The settings' own properties. @throws ModelError `bad-argument` for members that settings do not have */
export function readCalibrationSettings(settings: CalibrationSettings): CalibrationSettings {
  return readOptions(settings, { observer: 1, percentile: 1, preprocessing: 1, limit: 1, seed: 1 }, 'calibration');
}

/** Preprocessing in a file. */
const preprocessing: Check<NonNullable<DataSettings['preprocessing']>> = (value, at) =>
  parsed(parsePreprocessing)(anyObject(value, at), at);

/** Settings in a file. */
export const calibrationSettings = record<CalibrationSettings>({
  observer: literal(...observerNames),
  percentile: maybe(within(50, 100)),
  preprocessing: maybe(preprocessing),
  limit: maybe(count),
  seed: maybe(integer),
});

/** Recorded as CalibrationKey.data of iterables without a hash. */
export const unknownData = 'unknown';

/** CalibrationKey.data in a file. */
export const dataHash: Check<string> = (value, at) => (value === unknownData ? unknownData : hash(value, at));
