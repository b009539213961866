// Owns the result of calibration: a readable JSON of ranges per tensor, with everything that it depends on.
import type { Preprocessing } from '../../src/image';

export type ObserverName = 'min-max' | 'moving-average' | 'percentile' | 'entropy' | 'mse';

export interface CalibrationSettings {
  readonly observer: ObserverName;
  /** Of `percentile`, in percent; default 99.99. */
  readonly percentile?: number;
  readonly preprocessing?: Preprocessing;
  readonly limit?: number;
  readonly seed?: number;
}

/** Range of one tensor in real numbers. */
export interface TensorRange {
  readonly min: number;
  readonly max: number;
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
