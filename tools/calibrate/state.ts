// Owns calibrations in progress: the state of all observers, as checkpoint and as shard of a larger calibration.
import { ModelError } from 'zeropoint';
import { readJson, writeText } from '../files';
import { addHashes } from '../hash';
import { checkJson, count, dictionary, isObject, literal, maybe, nullable, record, text } from '../json';
import { checkShards, type Shard, shard } from '../shards';
import { createObserver, type Observer, type ObserverState, observerState, restoreObserver } from './observer';
import { type CalibrationKey, normalizeSettings, type Ranges, sameKey, type TensorRange } from './ranges';
import { type CalibrationSettings, calibrationSettings, dataHash, unknownData } from './settings';

/** A calibration as JSON. */
export interface CalibrationState extends CalibrationKey {
  readonly format: 'zeropoint calibration';
  readonly version: 1;
  /** Absent: all samples of the dataset. */
  readonly shard?: Shard;
  /** Position in the dataset of the first sample that was not observed; null where all samples of the shard were. */
  readonly next: number | null;
  readonly samples: number;
  readonly tensors: Readonly<Record<string, ObserverState>>;
}

/** The number with the fewest decimal digits, 6 to 9, that rounds to the same float32: shorter JSON. */
function shortest(number: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === Math.fround(number)) return short;
  }
  return Number(number.toPrecision(9));
}

/** A calibration in progress: one observer per tensor name. A sample is added by `observerOf(name).observe(data)` per tensor. */
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

  /** Adds the samples of another shard. */
  merge(other: Calibration): void {
    this.samples += other.samples;
    for (const [name, observer] of other.observers) this.observerOf(name).merge(observer);
  }

  /**
   * @param given settings of another observer on histograms, where this calibration's has one; default: its own
   * @throws ModelError `bad-data` where no sample was observed, or a tensor had no finite element
   */
  ranges(given?: CalibrationSettings): Ranges {
    const { model, data, samples } = this;
    const settings = given ? normalizeSettings(given) : this.settings;
    if (samples === 0) throw new ModelError('bad-data', 'no sample could be used; check the dataset');
    const tensors: [string, TensorRange][] = [];
    for (const [name, observer] of this.observers) {
      const { min, max } = observer.range(given);
      if (observer.nonFinite > 0 && min === 0 && max === 0) {
        throw new ModelError('bad-data', 'is NaN or infinite for all samples; check the preprocessing and the model', {
          where: `tensor '${name}'`,
        });
      }
      const range = { min: shortest(min), max: shortest(max) };
      tensors.push([name, observer.nonFinite > 0 ? { ...range, nonFinite: observer.nonFinite } : range]);
    }
    // Unlike assignment, fromEntries defines own members of all names, `__proto__` included.
    return { format: 'zeropoint ranges', version: 1, model, data, settings, samples, tensors: Object.fromEntries(tensors) };
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

/** Whether `state` is a checkpoint of the same calibration as `calibration`. */
export function continues(state: CalibrationState, calibration: Calibration): boolean {
  return sameKey(state, calibration) && JSON.stringify(state.shard) === JSON.stringify(calibration.shard);
}

export function writeState(path: string, calibration: Calibration): Promise<void> {
  return writeText(path, `${JSON.stringify(calibration.state())}\n`);
}

/** `where` names the value in messages. @throws ModelError `bad-data` for other JSON and for members that cannot be of any calibration */
export function parseState(json: unknown, where: string): CalibrationState {
  if (!isObject(json) || json.format !== 'zeropoint calibration' || json.version !== 1) {
    throw new ModelError('bad-data', 'is no shard of a calibration; zeropoint calibrate --shard i/n writes one', { where });
  }
  const advice = 'run its zeropoint calibrate again';
  const { settings } = checkJson(record<Pick<CalibrationState, 'settings'>>({ settings: calibrationSettings }), json, where, advice);
  const check = record<CalibrationState>({
    format: literal('zeropoint calibration'),
    version: literal(1),
    model: text,
    data: dataHash,
    settings: calibrationSettings,
    shard: maybe(shard),
    next: nullable(count),
    samples: count,
    tensors: dictionary(observerState(settings)),
  });
  return checkJson(check, json, where, advice);
}

/** @throws ModelError `bad-argument`, `bad-data` */
export async function readState(path: string): Promise<CalibrationState> {
  return parseState(await readJson(path), path);
}

/** A state with the path of its file, for messages. */
export interface ShardState {
  readonly path: string;
  readonly state: CalibrationState;
}

/**
 * The ranges of the whole dataset from the files of all its shards, in any order; equal to those without shards, except with the observer
 * `moving-average`, which depends on the order of samples.
 * @throws ModelError `bad-argument`, `bad-data`
 */
export async function mergeShards(paths: readonly string[]): Promise<Ranges> {
  return mergeStates(await Promise.all(paths.map(async (path) => ({ path, state: await readState(path) }))));
}

/** The same from files that have been read. @throws ModelError `bad-argument`, `bad-data` */
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
  const hashes = shards.map(({ state }) => state.data);
  const data = hashes.includes(unknownData) ? unknownData : addHashes(hashes);
  const whole = new Calibration(model, data, settings, undefined);
  for (const { state } of shards) whole.merge(Calibration.from(state));
  return whole.ranges();
}
