// Owns one shard of a comparison as plain data: its format, its encoding for JSON, and what all shards must have in common.
import type { DataSettings } from '../dataset/settings';
import { type Json, toJson } from '../json';
import type { TaskKind } from '../model/tasks';
import type { Shard } from '../shards';
import type { MeasuresState } from './measures';
import type { ComparedLayers, Measured, MeasuredPart, Subject } from './result';
import type { HeadState } from './tasks/measure';

/** Settings that must be equal in all shards of a comparison. */
export interface ShardSettings {
  /** SHA-256 of the models, hexadecimal. */
  readonly float: string;
  readonly quantized: string;
  /** Settings that the dataset was opened with, normalized. */
  readonly data: DataSettings;
  /** 1 + the largest label of the dataset; 0 without labels, absent where the dataset does not know. */
  readonly labelledClasses?: number;
  /** SHA-256 of labels beside the pictures. */
  readonly annotations?: string;
  /** What the user said that the network is for. */
  readonly task?: TaskKind;
  /** Largest number of samples that the first shard compares layers on. */
  readonly layerSamples: number;
}

/** The shard as JSON can hold it: NaN and infinities are text. */
export interface ComparisonShard {
  readonly format: 'zeropoint comparison shard';
  readonly version: 1;
  readonly shard: Shard;
  readonly settings: ShardSettings;
  readonly subject: Subject;
  /** `sha256` is that of the shard's samples; `addHashes` of all shards' gives the dataset's. */
  readonly data: Measured['data'];
  readonly measures: Json<MeasuresState>;
  /** In the first shard only. */
  readonly layers?: Json<ComparedLayers>;
}

/** The shard with all numbers as numbers. */
export interface ReadShard extends Omit<ComparisonShard, 'measures' | 'layers'> {
  readonly measures: MeasuresState;
  readonly layers?: ComparedLayers;
}

/** Encodes a shard for JSON. */
export function shardOf({ subject, data, measures, layers }: MeasuredPart, shard: Shard, settings: ShardSettings): ComparisonShard {
  const part: ReadShard = {
    format: 'zeropoint comparison shard',
    version: 1,
    shard,
    settings,
    subject,
    data,
    measures: measures.state(),
    layers,
  };
  return toJson(part) as ComparisonShard;
}

/** What must be equal in the states of one head. */
function headKey(state: HeadState): unknown[] {
  const { task, name } = state;
  switch (state.task) {
    case 'classifier':
      return [task, name, state.counts.classes, state.counts.labelOffset];
    case 'detector':
      return [task, name, state.unknown];
    case 'segmenter':
      return [task, name, state.classes];
    case 'landmarks':
      return [task, name, state.points];
    case 'embedder':
      return [task, name, state.size];
    default:
      return [task, name, state.task === 'regressor' && state.shape];
  }
}

/** All that must be equal in the shards of one comparison, as text. The names of the models' files may differ. */
export function comparisonKey({ settings, subject, measures: { classification, heads } }: ReadShard): string {
  const { float, quantized, data, labelledClasses, annotations, task, layerSamples } = settings;
  const { outputs, labels } = subject;
  const { classes, labelOffset } = classification ?? {};
  return JSON.stringify([
    [float, quantized, data, labelledClasses, annotations, task, layerSamples],
    [outputs, labels, classes, labelOffset],
    heads.map(headKey),
  ]);
}
