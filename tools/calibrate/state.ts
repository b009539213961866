// Owns calibrations that are not finished: what was observed so far, to go on with after an interruption or to merge with other shards.
import { ModelError } from 'zeropoint';
import { readJson, writeText } from '../files';
import { addHashes } from '../hash';
import type { Shard } from '../shards';
import { checkShards } from '../shards';
import { createObserver, type Observer, type ObserverState, restoreObserver } from './observer';
import { type CalibrationSettings, normalizeSettings, type Provenance, type Ranges, sameProvenance, type TensorRange } from './ranges';

/** A calibration as JSON. */
export interface CalibrationState extends Provenance {
  readonly format: 'zeropoint calibration';
  readonly version: 1;
  /** Absent: the whole dataset. */
  readonly shard?: Shard;
  /** Position in the dataset from which to go on; null when all samples of the shard have been seen. */
  readonly next: number | null;
  readonly samples: number;
  readonly tensors: Readonly<Record<string, ObserverState>>;
}

/** The shortest decimal that is the same float32 number, for files that are pleasant to read. */
function shortest(number: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === Math.fround(number)) return short;
  }
  return Number(number.toPrecision(9));
}

/** What has been observed, as live observers; samples are added with `observerOf(name).observe(data)`. */
export class Calibration {
  samples = 0;
  /** As in CalibrationState. */
  next: number | null = 0;
  private readonly observers = new Map<string, Observer>();
  readonly settings: CalibrationSettings;

  constructor(
    readonly model: string,
    readonly data: string,
    settings: CalibrationSettings,
    readonly shard: Shard | undefined,
  ) {
    this.settings = normalizeSettings(settings);
  }

  observerOf(name: string): Observer {
    let observer = this.observers.get(name);
    if (!observer) {
      observer = createObserver(this.settings);
      this.observers.set(name, observer);
    }
    return observer;
  }

  /** Adds another shard. */
  merge(other: Calibration): void {
    this.samples += other.samples;
    for (const [name, observer] of other.observers) this.observerOf(name).merge(observer);
  }

  /** @throws ModelError `bad-data` where nothing was observed, or a tensor was never finite */
  ranges(): Ranges {
    const { model, data, settings, samples } = this;
    if (samples === 0) throw new ModelError('bad-data', 'no sample could be used; check the dataset');
    const tensors: Record<string, TensorRange> = {};
    for (const [name, observer] of this.observers) {
      const { min, max } = observer.range();
      if (observer.nonFinite > 0 && min === 0 && max === 0) {
        throw new ModelError('bad-data', 'is NaN or infinite for all samples; check the preprocessing and the model', {
          where: `tensor '${name}'`,
        });
      }
      const range = { min: shortest(min), max: shortest(max) };
      tensors[name] = observer.nonFinite > 0 ? { ...range, nonFinite: observer.nonFinite } : range;
    }
    return { format: 'zeropoint ranges', version: 1, model, data, settings, samples, tensors };
  }

  state(): CalibrationState {
    const { model, data, settings, shard, next, samples } = this;
    const tensors = Object.fromEntries(Array.from(this.observers, ([name, observer]) => [name, observer.state()]));
    return { format: 'zeropoint calibration', version: 1, model, data, settings, shard, next, samples, tensors };
  }

  static from({ model, data, settings, shard, next, samples, tensors }: CalibrationState): Calibration {
    const calibration = new Calibration(model, data, settings, shard);
    Object.assign(calibration, { next, samples });
    for (const [name, state] of Object.entries(tensors)) calibration.observers.set(name, restoreObserver(settings, state));
    return calibration;
  }
}

/** Whether a state is the beginning of this calibration. */
export function continues(state: CalibrationState, calibration: Calibration): boolean {
  return sameProvenance(state, calibration) && JSON.stringify(state.shard) === JSON.stringify(calibration.shard);
}

export function writeState(path: string, calibration: Calibration): Promise<void> {
  return writeText(path, `${JSON.stringify(calibration.state())}\n`);
}

/** `where` names the value in messages. @throws ModelError `bad-data` */
export function parseState(json: unknown, where: string): CalibrationState {
  const value = json as Partial<CalibrationState> | null;
  if (value?.format !== 'zeropoint calibration' || value.version !== 1 || typeof value.tensors !== 'object') {
    throw new ModelError('bad-data', 'is no shard of a calibration; zeropoint calibrate --shard i/n writes one', { where });
  }
  return value as CalibrationState;
}

/** @throws ModelError `bad-argument`, `bad-data` */
export async function readState(path: string): Promise<CalibrationState> {
  return parseState(await readJson(path), path);
}

/** A calibration's state with the path of its file. */
export interface ShardState {
  readonly path: string;
  readonly state: CalibrationState;
}

/**
 * The ranges of the whole dataset from files of all its shards, in any order; the same as without shards, but for `moving-average`,
 * which depends on the order of samples.
 * @throws ModelError `bad-argument`, `bad-data`
 */
export async function mergeShards(paths: readonly string[]): Promise<Ranges> {
  return mergeStates(await Promise.all(paths.map(async (path) => ({ path, state: await readState(path) }))));
}

/** The same of files that have been read. @throws ModelError `bad-argument`, `bad-data` */
export function mergeStates(read: readonly ShardState[]): Ranges {
  const unfinished = read.find(({ state }) => state.next !== null);
  if (unfinished) throw new ModelError('bad-argument', 'is not finished; run its zeropoint calibrate again', { where: unfinished.path });
  checkShards(
    read.map(({ path, state: { shard, model, settings } }) => {
      return { where: path, shard, work: JSON.stringify([model, normalizeSettings(settings)]) };
    }),
  );
  const shards = [...read].sort((a, b) => (a.state.shard?.index ?? 0) - (b.state.shard?.index ?? 0));
  const { model, settings } = shards[0].state;
  const whole = new Calibration(model, addHashes(shards.map(({ state }) => state.data)), settings, undefined);
  for (const { state } of shards) whole.merge(Calibration.from(state));
  return whole.ranges();
}
