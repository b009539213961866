// Owns quantizing with several choices of calibration samples: the file of the first one, and how the loss of all spreads.
import type { Model } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { copyGraph, type Graph, type OptionNames } from 'zeropoint/graph';
import { measureSamples } from '../compare/measure-samples';
import { openComparison } from '../compare/open-comparison';
import type { CompareOptions } from '../compare/options';
import { outputFigures } from '../compare/result';
import type { Dataset } from '../dataset/dataset';
import type { SampleChoices } from '../dataset/open';
import { sha256 } from '../hash';
import { loadFloat, sampleBatch } from '../model/float-model';
import type { RecordedDecision } from '../model/provenance';
import { readOptions } from '../options';
import { type Quantized, quantizeModel } from '../quantize/model';
import { type QuantizeOptions, quantizeOptionNames, type Stage } from '../quantize/settings';
import { splitHeads } from '../quantize/split-heads';
import { deviation, mean } from '../statistics';
import { type LossFigure, lossFigures } from './figures';

/** Fewer samples that no choice holds measure nothing; then all samples are taken. */
export const minUnseen = 32;

export interface SpreadProgress {
  readonly stage: Stage | 'measure';
  /** The quantization, from 0; of `measure` the number of all. */
  readonly run: number;
  readonly done: number;
  readonly total: number | undefined;
}

type MeasureOptions = Pick<CompareOptions, 'labels' | 'task' | 'annotations' | 'labelOffset'>;

/** Settings as of quantizeModel, and what measures take as of `compare`. */
export interface SpreadOptions extends Omit<QuantizeOptions, 'ranges' | 'onProgress'>, MeasureOptions {
  readonly onProgress?: (progress: SpreadProgress) => void;
}

const { ranges: _, ...ownNames } = quantizeOptionNames;
const optionNames: OptionNames<SpreadOptions> = { ...ownNames, labels: 1, task: 1, annotations: 1, labelOffset: 1 };

/** One quantization. */
export interface SeedRun {
  readonly seed: number;
  /** Size of the file, and its SHA-256. */
  readonly bytes: number;
  readonly sha256: string;
  /** Layers that stayed float. */
  readonly skipped: readonly string[];
  readonly decisions: readonly RecordedDecision[];
  readonly figures: readonly LossFigure[];
}

/** A figure over all quantizations. */
export interface FigureSpread extends Pick<LossFigure, 'name' | 'unit' | 'float'> {
  readonly mean: number;
  /** Standard deviation of the sample of seeds, with n - 1. */
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
}

/** Numbers of the quantizations that decided so on a module. */
export interface DecisionSpread extends Record<RecordedDecision['applied'], number> {
  readonly module: string;
}

export interface QuantizationSpread {
  /** In the order of their seeds. */
  readonly runs: readonly SeedRun[];
  /** Calibration samples of each. */
  readonly limit: number;
  readonly measured: {
    readonly samples: number;
    /** No quantization calibrated on any of them; false: all samples of the data, for want of others. */
    readonly isUnseen: boolean;
    /** Samples of the data that no choice holds. */
    readonly unseen: number;
  };
  readonly figures: readonly FigureSpread[];
  /** Modules on which the quantizations decided differently. */
  readonly differing: readonly DecisionSpread[];
}

/** Each figure of all runs, which have the same ones. */
function figureSpreads(runs: readonly SeedRun[]): FigureSpread[] {
  return runs[0].figures.map(({ name, unit, float }, i) => {
    const values = runs.map(({ figures }) => figures[i].value);
    const spread = { mean: mean(values), deviation: deviation(values), least: Math.min(...values), most: Math.max(...values) };
    return { name, unit, ...(float !== undefined && { float }), ...spread };
  });
}

/** Modules that not all runs treated alike; those that a run did not try count as applied nowhere. */
function differingDecisions(runs: readonly SeedRun[]): DecisionSpread[] {
  const modules = [...new Set(runs.flatMap(({ decisions }) => decisions.map(({ module }) => module)))];
  const spreads = modules.map((module) => {
    const counts = { everywhere: 0, 'in part': 0, nowhere: 0 };
    for (const { decisions } of runs) counts[decisions.find((decision) => decision.module === module)?.applied ?? 'nowhere']++;
    return { module, ...counts };
  });
  return spreads.filter((counts) => [counts.everywhere, counts['in part'], counts.nowhere].every((count) => count < runs.length));
}

/** The figures of every file on the same samples; the float network runs on each of them once. */
async function measure(graph: Graph, files: readonly Quantized[], dataset: Dataset, options: SpreadOptions): Promise<LossFigure[][]> {
  const { labels, task, annotations, labelOffset, onProgress, signal } = options;
  const preprocessing = options.preprocessing ?? options.calibration?.preprocessing;
  const given: CompareOptions = { labels: labels ?? options.classes, task, annotations, labelOffset, preprocessing };
  const float = loadFloat(options.splitHeads ? splitHeads(graph) : copyGraph(graph), { batch: sampleBatch(graph) });
  const models: Model[] = [];
  try {
    const opened = files.map(({ bytes }) => {
      const model = loadSync(bytes);
      models.push(model);
      return { ...openComparison(float, model, bytes, dataset, given), model };
    });
    const onSample = (done: number, total: number) => onProgress?.({ stage: 'measure', run: files.length, done, total });
    await measureSamples(float, opened, dataset, { keptSamples: 0, onSample, signal });
    for (const { check } of opened) check();
    return opened.map((one) => lossFigures(outputFigures(one)));
  } finally {
    for (const model of [...models, float]) model.dispose();
  }
}

/**
 * Quantizes a float network once for each choice of calibration samples and measures all files on the samples that no choice holds, or where
 * these are fewer than 32 on all. `first` is the file of the first choice, as quantizeModel makes it of that choice: to take the best one would be
 * a selection on the samples that measure it.
 * @throws ModelError as quantizeModel and compare; the signal's reason when aborted
 */
export async function quantizeChoices(
  graph: Graph,
  { choices, limit, unseen, all }: SampleChoices,
  given: SpreadOptions = {},
): Promise<{ first: Quantized; spread: QuantizationSpread }> {
  const options = readOptions(given, optionNames, 'quantizeChoices');
  const { labels: _labels, task: _task, annotations: _annotations, labelOffset: _offset, onProgress, ...settings } = options;
  const files: Quantized[] = [];
  for (const [run, { seed, dataset }] of choices.entries()) {
    const quantized = await quantizeModel(graph, dataset, {
      ...settings,
      calibration: { ...settings.calibration, limit, seed },
      onProgress: (stage, done, total) => onProgress?.({ stage, run, done, total }),
    });
    files.push(quantized);
  }
  const isUnseen = unseen !== undefined && unseen.size >= minUnseen;
  const dataset = isUnseen ? unseen : all;
  const figures = await measure(graph, files, dataset, options);
  const runs = files.map(
    ({ bytes, skipped, decisions }, i): SeedRun => ({
      seed: choices[i].seed,
      bytes: bytes.length,
      sha256: sha256(bytes),
      skipped,
      decisions,
      figures: figures[i],
    }),
  );
  const spread = {
    runs,
    limit,
    measured: { samples: dataset.size - dataset.skipped.length, isUnseen, unseen: unseen?.size ?? 0 },
    figures: figureSpreads(runs),
    differing: differingDecisions(runs),
  };
  return { first: files[0], spread };
}
