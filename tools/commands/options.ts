// Owns how values of options are read, with commander's error for those that do not fit.
import { InvalidArgumentError } from 'commander';
import { ModelError } from 'zeropoint';
import type { ObserverName } from '../calibrate/settings';
import type { Shard } from '../shards';

/** Of an option that may be repeated: all its values. */
export const append = (value: string, before: string[] = []): string[] => [...before, value];

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000) throw new InvalidArgumentError('Give a whole number from 1 to 1000000.');
  return value;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0.');
  return Number(text);
}

/** Of either sign. */
export function integer(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

/** 0 to 100 */
export function percentage(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 100) throw new InvalidArgumentError('Give a percentage from 0 to 100.');
  return value;
}

/** A decimal number without sign or exponent, at least `least`; `wanted` says so in the message. */
export function numberFrom(least: number, wanted: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value < least) throw new InvalidArgumentError(`Give ${wanted}.`);
    return value;
  };
}

const byteUnits: Readonly<Record<string, number>> = { '': 1, kB: 1e3, MB: 1e6, KiB: 1024, MiB: 1024 ** 2 };

/** A size as 2700000, 2700kB, 2.7MB or 2.5MiB, in bytes, rounded down. */
export function byteCount(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?(|kB|MB|KiB|MiB)$/.exec(text) ?? [];
  const bytes = number === undefined ? 0 : Math.floor(Number(number) * byteUnits[unit]);
  if (!(bytes >= 1)) throw new InvalidArgumentError('Give a size, as 2700000, 2700kB, 2.7MB or 2.5MiB.');
  return bytes;
}

/** 3/8 is index 2 of 8. */
export function shardOf(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(count)) {
    throw new InvalidArgumentError('Give i/n with i from 1 to n, as 3/8.');
  }
  return { index: Number(index) - 1, count: Number(count) };
}

/** @throws ModelError `bad-argument` where --percentile goes with another observer */
export function checkPercentile({ observer, percentile }: { observer?: ObserverName; percentile?: number }): void {
  if (percentile === undefined || observer === 'percentile') return;
  throw new ModelError('bad-argument', `--percentile goes with --observer percentile, not with ${observer ?? 'none'}`);
}

/** 0 to 1 */
export function share(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > 1) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return value;
}
