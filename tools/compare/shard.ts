// Owns one shard's part of a comparison as plain data: what it holds, writing it, and checking one that comes from a file.

import type { DataSettings } from '../dataset/settings';
import { type Json, toJson } from '../json';
import type { Shard } from '../shards';
import type { MeasuresState } from './measures';
import type { ComparedLayers, Measured, MeasuredPart, Subject } from './result';

/** What all shards of a comparison have in common. */
export interface ShardSettings {
  /** SHA-256 of both models. */
  readonly float: string;
  readonly quantized: string;
  /** What the dataset was opened with, normalized. */
  readonly data: DataSettings;
  /** 1 + the largest label of the dataset; 0 without labels, absent where the dataset does not know. */
  readonly labelledClasses?: number;
  /** How many samples the first shard compares layers on, at most. */
  readonly layerSamples: number;
}

/** Everything as JSON; numbers that JSON lacks are text. */
export interface ComparisonShard {
  readonly format: 'zeropoint comparison shard';
  readonly version: 1;
  readonly shard: Shard;
  readonly settings: ShardSettings;
  readonly subject: Subject;
  /** `sha256` is that of the shard's samples; those of all shards add up to the dataset's. */
  readonly data: Measured['data'];
  readonly measures: Json<MeasuresState>;
  /** Of the first shard only. */
  readonly layers?: Json<ComparedLayers>;
}

/** A shard with the numbers that JSON lacks in their places. */
export interface ReadShard extends Omit<ComparisonShard, 'measures' | 'layers'> {
  readonly measures: MeasuresState;
  readonly layers?: ComparedLayers;
}

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

/** Whatever must be the same in all shards, as text. Files may be called differently. */
export function workOf({ settings, subject, measures: { classification } }: ReadShard): string {
  const { float, quantized, data, labelledClasses, layerSamples } = settings;
  const { outputs, labels } = subject;
  const { classes, labelOffset } = classification ?? {};
  return JSON.stringify([
    [float, quantized, data, labelledClasses, layerSamples],
    [outputs, labels, classes, labelOffset],
  ]);
}
