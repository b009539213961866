// Owns the checks of the options that all built networks share.
import { ModelError } from '../errors';
import type { Scheme } from './network';

/** All options may be left out. */
export interface MobilenetOptions {
  /** Width multiplier, > 0 and at most 4; 1 by default. */
  alpha?: number;
  /** Rows and columns of the input image, an integer in [32, 4096]; 224 by default. */
  resolution?: number;
  /** Number of classes, an integer in [1, 65536]; 1000 by default. */
  classes?: number;
  /** Any int32; equal options give equal bytes on every engine. 1 by default. */
  seed?: number;
  /** `uint8`: per-tensor asymmetric (default). `int8`: weights per channel and symmetric. */
  dtype?: Scheme;
}

/** Names of the options; see checkOptionNames. */
export const mobilenetOptionNames = { alpha: 1, resolution: 1, classes: 1, seed: 1, dtype: 1 };

/** The options with their defaults. Throws `bad-argument` for options out of range. */
export function completeOptions({ alpha = 1, resolution = 224, classes = 1000, seed = 1, dtype = 'uint8' }: MobilenetOptions) {
  check(typeof alpha === 'number' && alpha > 0 && alpha <= 4, `alpha is ${alpha}, it must be a number > 0 and at most 4`);
  checkInteger('resolution', resolution, 32, 4096);
  checkInteger('classes', classes, 1, 65536);
  checkInteger('seed', seed, -(2 ** 31), 2 ** 31 - 1);
  check(dtype === 'uint8' || dtype === 'int8', `dtype is ${dtype}, it must be 'uint8' or 'int8'`);
  return { alpha, resolution, classes, seed, dtype };
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new ModelError('bad-argument', message);
}

function checkInteger(name: string, value: number, low: number, high: number): void {
  check(Number.isInteger(value) && value >= low && value <= high, `${name} is ${value}, it must be an integer in [${low}, ${high}]`);
}
