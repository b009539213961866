// Owns the step from measurements, of a whole dataset or merged from shards, to the Comparison.
import type { SkippedSample } from '../dataset/dataset';
import type { Comparison, ModelFacts, OutputComparison } from './comparison';
import type { LayerResults } from './layers';
import type { Measures } from './measures';

/** The compared networks: the part of a comparison that does not depend on samples. */
export interface Subject extends Pick<Comparison, 'settings' | 'labels'> {
  readonly float: Omit<ModelFacts, 'milliseconds'>;
  readonly quantized: Omit<ModelFacts, 'milliseconds'>;
  /** The outputs that `Measures.sums` are of. */
  readonly outputs: readonly Pick<OutputComparison, 'name' | 'shape'>[];
}

export interface ComparedLayers extends LayerResults {
  /** Number of samples that they were compared on. */
  readonly layerSamples: number;
}

/** All measurements of a comparison. */
export interface Measured {
  readonly subject: Subject;
  readonly data: { readonly sha256?: string; readonly skipped: readonly SkippedSample[] };
  readonly measures: Measures;
  readonly layers: ComparedLayers;
}

/** All measurements of a shard; layers are compared by the first shard only. */
export type MeasuredPart = Omit<Measured, 'layers'> & Partial<Pick<Measured, 'layers'>>;

/** Figures of what both networks found. */
export type OutputFigures = Pick<Comparison, 'classification' | 'heads' | 'outputs'>;

export function outputFigures({ subject, measures: { counter, heads, sums } }: Pick<Measured, 'subject' | 'measures'>): OutputFigures {
  return {
    classification: counter?.result(),
    heads: heads.map((head) => head.result()),
    outputs: subject.outputs.map(({ name, shape }, i): OutputComparison => ({ name, shape, ...sums[i].figures() })),
  };
}

/** Computes all figures from the measurements. */
export function comparisonOf({ subject, data, measures, layers }: Measured): Comparison {
  const { samples, milliseconds } = measures;
  return {
    format: 'zeropoint comparison',
    version: 1,
    float: { ...subject.float, milliseconds: milliseconds.float.median() },
    quantized: { ...subject.quantized, milliseconds: milliseconds.quantized.median() },
    data: { samples, sha256: data.sha256, skipped: data.skipped.map(({ name, reason }) => ({ name, reason })) },
    ...outputFigures({ subject, measures }),
    layers: layers.layers,
    matched: layers.matched,
    unmatched: layers.unmatched,
    layerSamples: layers.layerSamples,
    settings: subject.settings,
    labels: subject.labels,
  };
}
