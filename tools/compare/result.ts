// Owns the step from what was measured, in one go or in shards, to the Comparison.
import type { SkippedSample } from '../dataset/dataset';
import type { Comparison, ModelFacts, OutputComparison } from './comparison';
import type { LayerResults } from './layers';
import type { Measures } from './measures';

/** What is compared: whatever does not come from samples. */
export interface Subject extends Pick<Comparison, 'settings' | 'labels'> {
  readonly float: Omit<ModelFacts, 'milliseconds'>;
  readonly quantized: Omit<ModelFacts, 'milliseconds'>;
  /** Outputs of which there are sums. */
  readonly outputs: readonly Pick<OutputComparison, 'name' | 'shape'>[];
}

export interface ComparedLayers extends LayerResults {
  readonly layerSamples: number;
}

/** A comparison as it was measured. */
export interface Measured {
  readonly subject: Subject;
  readonly data: { readonly sha256?: string; readonly skipped: readonly SkippedSample[] };
  readonly measures: Measures;
  readonly layers: ComparedLayers;
}

/** The same of a shard that has compared no layers. */
export type MeasuredPart = Omit<Measured, 'layers'> & Partial<Pick<Measured, 'layers'>>;

export function comparisonOf({ subject, data, measures, layers }: Measured): Comparison {
  const { samples, milliseconds, counter, sums } = measures;
  return {
    format: 'zeropoint comparison',
    version: 1,
    float: { ...subject.float, milliseconds: milliseconds.float.median() },
    quantized: { ...subject.quantized, milliseconds: milliseconds.quantized.median() },
    data: { samples, sha256: data.sha256, skipped: data.skipped.map(({ name, reason }) => ({ name, reason })) },
    classification: counter?.result(),
    outputs: subject.outputs.map(({ name, shape }, i): OutputComparison => ({ name, shape, ...sums[i].figures() })),
    layers: layers.layers,
    matched: layers.matched,
    unmatched: layers.unmatched,
    layerSamples: layers.layerSamples,
    settings: subject.settings,
    labels: subject.labels,
  };
}
