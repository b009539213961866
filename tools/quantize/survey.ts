// Owns the pass over the samples of a calibration: the float network runs on each of them once, and ranges, statistics, the samples that
// modules are fitted on, and held ones come from it.
import { ModelError } from 'zeropoint';
import type { Graph, TensorData, Value } from 'zeropoint/graph';
import type { CalibrationSettings } from '../calibrate/settings';
import { unknownData } from '../calibrate/settings';
import { Calibration } from '../calibrate/state';
import { elementMeans, type Statistics, StatisticsSums } from '../calibrate/statistics';
import type { Samples } from '../dataset/dataset';
import { loadFloat } from '../model/float-model';
import type { Step } from '../steps';
import { minHeldSamples } from './decide/evidence';
import { type HeldSample, withLogits } from './decide/held';

export type SampleInputs = readonly TensorData[];

/** Held are every third of the samples taken, of few every second, at most `maxHeld`. */
const heldEvery = 3;
const fewSamples = 32;
const maxHeld = 16;
/** Decisions need no more; time is proportional to it. */
const maxTrial = 16;

/** What a sample is for; `rest`: it is taken for the final network, `seen`: the observer alone sees it. */
type Role = 'trial' | 'held' | 'rest' | 'seen';
type Taken = Exclude<Role, 'seen'>;

export interface Survey {
  /** Over all samples. */
  readonly calibration: Calibration;
  readonly statistics: Statistics;
  readonly trialStatistics: Statistics;
  /** All samples taken, then by what they are for; held ones only where they are enough to decide anything. */
  readonly samples: readonly SampleInputs[];
  readonly trial: readonly SampleInputs[];
  readonly held: readonly HeldSample[];
}

export interface SurveySettings {
  readonly modelHash: string;
  readonly calibration: CalibrationSettings;
  /** Number of samples to take; 0: the observer alone sees any. */
  readonly take: number;
  /** Stop when these are taken: the ranges are known. */
  readonly onlyTaken: boolean;
  /** Names of the values that are observed; absent: all. */
  readonly observed?: ReadonlySet<string>;
}

/** @throws ModelError `bad-data` without samples; the step's rejection */
export async function survey(graph: Graph, dataset: Samples, settings: SurveySettings, step: Step): Promise<Survey> {
  const { take, onlyTaken, observed } = settings;
  const every = Math.min(take, dataset.size ?? take) > fewSamples ? heldEvery : 2;
  // Of many samples those for decisions are spread, since neighbours in a dataset may be alike.
  const spread = Math.max(1, Math.floor(Math.min(take, dataset.size ?? take) / (heldEvery * maxHeld)));
  const stride = Math.max(1, Math.floor((dataset.size ?? take) / Math.max(1, take)));
  const data = (await dataset.hash?.()) ?? unknownData;
  const calibration = new Calibration(settings.modelHash, data, settings.calibration, dataset.shard);
  const perElement = elementMeans(graph);
  const newSums = () => new StatisticsSums(perElement);
  const [trialSums, others] = [newSums(), newSums()];
  const samples: Record<Taken, SampleInputs[]> = { trial: [], held: [], rest: [] };
  const held: HeldSample[] = [];
  const judged = withLogits(graph);
  const model = loadFloat(judged.graph);
  let [position, taken] = [0, 0];
  try {
    for await (const { inputs } of dataset) {
      const isTaken = position++ % stride === 0 && taken < take;
      const role = isTaken ? roleOf(taken++, { every, spread }, samples.trial.length, held.length) : 'seen';
      const sums = role === 'trial' ? trialSums : others;
      const outputs = model.run(inputs, (value: Value, elements: TensorData) => {
        const isObserved = !onlyTaken && (observed?.has(value.name) ?? true);
        if (isObserved && elements instanceof Float32Array) calibration.observerOf(value.name).observe(elements);
        if (role !== 'seen') sums.observe(value, elements);
      });
      calibration.samples++;
      if (role !== 'seen') {
        sums.samples++;
        const copies = inputs.map(sharedCopy);
        samples[role].push(copies);
        if (role === 'held') held.push({ inputs: copies, outputs: outputs.map(sharedCopy), limits: judged.limits });
      }
      await step();
      if (onlyTaken && taken === take) break;
    }
  } finally {
    model.dispose();
  }
  if (position === 0) throw new ModelError('bad-data', 'the dataset has no samples; calibration needs at least one');
  const trialStatistics = trialSums.statistics();
  others.add(trialSums);
  return {
    calibration,
    statistics: others.statistics(),
    trialStatistics,
    samples: [...samples.trial, ...samples.held, ...samples.rest],
    trial: samples.trial,
    held: held.length < minHeldSamples ? [] : held,
  };
}

/** A copy in memory that other threads can share. */
function sharedCopy(elements: TensorData): TensorData {
  const shared = new (elements.constructor as Float32ArrayConstructor)(new SharedArrayBuffer(elements.byteLength));
  shared.set(elements as Float32Array);
  return shared as unknown as TensorData;
}

/** Of the taken sample number `index`, with so many of each kind before it: of one in `spread`, one in `every` is held. */
function roleOf(index: number, { every, spread }: { every: number; spread: number }, trial: number, held: number): Taken {
  if (index % spread > 0) return 'rest';
  if ((index / spread) % every === 1 && held < maxHeld) return 'held';
  return trial < maxTrial ? 'trial' : 'rest';
}
