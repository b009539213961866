// Owns the check of a comparison's shard that comes from a file: types of all members, and consistency between them.
import type { DataSettings } from '../dataset/settings';
import {
  anyObject,
  type Check,
  checkJson,
  consistent,
  count,
  ensure,
  flag,
  hash,
  integer,
  list,
  literal,
  maybe,
  real,
  record,
  text,
} from '../json';
import type { Provenance } from '../model/provenance';
import { taskKinds } from '../model/tasks';
import { shard } from '../shards';
import { type ClassificationState, maxChanges } from './classification';
import type { Cause, CauseName, ErrorFigures, Histogram, LayerComparison } from './comparison';
import type { ErrorSumsState } from './error-sums';
import type { Interval, PairedCounts } from './figures';
import { type LatenciesState, latencyBins } from './latencies';
import type { MeasuresState } from './measures';
import type { ComparedLayers, Subject } from './result';
import type { ReadShard, ShardSettings } from './shard';
import type { HeadState } from './tasks/measure';
import { headCheck } from './tasks/read-head';

type Change = ClassificationState['changed'][number];

const interval = record<Interval>({ low: real, high: real });
const figures = record<ErrorFigures>({ sqnr: real, cosine: real, maxAbs: real });
const histogram = { min: real, max: real, counts: list(count) };
const layer = record<LayerComparison>({
  name: text,
  type: text,
  index: count,
  shape: list(count),
  dtype: text,
  local: maybe(figures),
  global: maybe(figures),
  range: maybe(interval),
  used: interval,
  saturated: real,
  channels: count,
  deadChannels: count,
  biasShift: maybe(real),
  weightSqnr: maybe(real),
  weightSpread: maybe(real),
  rescaled: flag,
  cause: record<Cause>({ name: text as Check<CauseName>, evidence: text, option: maybe(text) }),
  activations: maybe(record<Histogram>(histogram)),
  weights: maybe(record<Histogram & Interval>({ ...histogram, low: real, high: real })),
});
const layers = record<ComparedLayers>({
  layers: list(layer),
  matched: literal('names', 'order'),
  unmatched: list(text),
  layerSamples: count,
});

const latencies = record<LatenciesState>({ first: count, counts: list(count) });
const numbers = list(real);
const sums = record<ErrorSumsState>({ perChannel: count, maxAbs: real, f: numbers, e: numbers, ff: numbers, ee: numbers, fe: numbers });
const paired = record<PairedCounts>({ both: count, floatOnly: count, quantizedOnly: count, neither: count });
const scored = record<Change['float']>({ class: count, score: real });
const change = record<Change>({
  index: count,
  name: text,
  picture: maybe(text),
  label: maybe(integer),
  float: scored,
  quantized: scored,
});
const classification = record<ClassificationState>({
  classes: count,
  labelOffset: integer,
  samples: count,
  labelled: count,
  top1: paired,
  top5: paired,
  changes: count,
  changed: list(change),
});
const measures = record<MeasuresState>({
  samples: count,
  milliseconds: record<MeasuresState['milliseconds']>({ float: latencies, quantized: latencies }),
  sums: list(sums),
  classification: maybe(classification),
  heads: list(headCheck(classification)),
});

const model = record<Subject['float']>({ name: text, bytes: maybe(count), sha256: maybe(hash) });
const subject = record<Subject>({
  float: model,
  quantized: model,
  outputs: list(record<Subject['outputs'][number]>({ name: text, shape: list(count) })),
  settings: maybe(anyObject as Check<unknown> as Check<Provenance>),
  labels: maybe(list(text)),
});
const settings = record<ShardSettings>({
  float: hash,
  quantized: hash,
  data: record<DataSettings>({
    preprocessing: maybe(anyObject as Check<unknown> as Check<NonNullable<DataSettings['preprocessing']>>),
    limit: maybe(count),
    seed: maybe(integer),
  }),
  labelledClasses: maybe(count),
  annotations: maybe(hash),
  task: maybe(literal(...taskKinds)),
  layerSamples: count,
});
const skipped = list(record<ReadShard['data']['skipped'][number]>({ name: text, reason: text, index: maybe(count) }));
const wholeShard = record<ReadShard>({
  format: literal('zeropoint comparison shard'),
  version: literal(1),
  shard,
  settings,
  subject,
  data: record<ReadShard['data']>({ sha256: maybe(hash), skipped }),
  measures,
  layers: maybe(layers),
});

const totalOf = (counts: readonly number[]): number => counts.reduce((total, number) => total + number, 0);

function checkClassification({ classes, samples, labelled, top1, top5, changes, changed }: ClassificationState, all: number): void {
  const at = 'measures.classification';
  ensure(samples === all, at, `counts ${samples} samples of ${all}`);
  ensure(labelled <= samples, at, `has more labels than samples`);
  for (const counts of [top1, top5]) ensure(totalOf(Object.values(counts)) === labelled, at, 'counts other samples than the labelled ones');
  ensure(changes <= samples && changed.length === Math.min(changes, maxChanges), at, 'lists other samples than have changed');
  const isClass = (side: Change['float']) => side.class < classes;
  ensure(
    changed.every(({ float, quantized }) => isClass(float) && isClass(quantized) && float.class !== quantized.class),
    at,
    'lists a change that is none',
  );
}

function checkHead(head: HeadState, all: number): void {
  if (head.task === 'classifier') checkClassification(head.counts, all);
  // Landmarks leave out samples without extent.
  else ensure(head.sums.samples <= all, 'measures.heads', `have ${head.sums.samples} samples of ${all}`);
}

/** Throws a Mismatch where members contradict each other. */
function checkConsistency({ shard: { index }, subject: { outputs }, measures: measured, layers: compared }: ReadShard): void {
  const { samples, milliseconds, sums: ofOutputs, classification: counted, heads } = measured;
  ensure(samples > 0, 'measures', 'are of no sample');
  for (const { first, counts } of [milliseconds.float, milliseconds.quantized]) {
    ensure(first + counts.length <= latencyBins && totalOf(counts) === samples, 'measures.milliseconds', 'are not of all samples');
  }
  ensure(ofOutputs.length === outputs.length, 'measures.sums', 'are of other outputs');
  ofOutputs.forEach(({ f, e, ff, ee, fe }, i) => {
    const channels = Math.max(1, outputs[i].shape.at(-1) ?? 1);
    const isWhole = [f, e, ff, ee, fe].every(({ length }) => length === channels);
    ensure(isWhole, `measures.sums[${i}]`, `are not of ${channels} channels`);
  });
  if (counted) checkClassification(counted, samples);
  for (const head of heads) checkHead(head, samples);
  ensure((compared !== undefined) === (index === 0), 'layers', 'belong into the first shard, and only there');
}

/** A copy of `value`, checked. `where` is how messages call it, such as its path. @throws ModelError `bad-data` */
export function readShard(value: unknown, where: string): ReadShard {
  return checkJson(consistent(wholeShard, checkConsistency), value, where, 'run its zeropoint compare --shard again');
}
