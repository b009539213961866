// Owns --seeds of `zeropoint quantize`: several choices of calibration samples, what they are measured by, and one bar for all of it.
import { ModelError } from 'zeropoint';
import { isAnnotations, openAnnotations } from '../dataset/annotations/open';
import type { Dataset } from '../dataset/dataset';
import type { SampleChoices } from '../dataset/open';
import type { Survey } from '../dataset/survey';
import { readLabels } from '../model/labels';
import { readMetadata } from '../model/metadata';
import type { OpenedFloatModel } from '../model/open';
import type { Quantized } from '../quantize/model';
import type { Searched } from '../quantize/search/search';
import type { QuantizeOptions } from '../quantize/settings';
import { minUnseen, type QuantizationSpread, quantizeChoices } from '../spread/spread';
import { joinStages, type Shares, type StagedProgress, sharesWithin } from '../terminal/progress';
import type { Terminal } from '../terminal/terminal';
import { type DataFlags, openFlaggedChoices, surveyed } from './data';

interface SeedsFlags extends DataFlags {
  readonly seeds: number;
  readonly labelOffset?: number;
  readonly classes?: string;
  readonly calibration?: string;
  readonly maxDrop?: number;
  readonly maxBytes?: number;
  readonly maxMs?: number;
}

/** What the command shows of a quantization. */
export interface QuantizationOutcome {
  readonly result: Quantized & Partial<Searched> & { readonly spread?: QuantizationSpread };
  readonly survey: Survey;
  readonly leftOut: Dataset['skipped'];
}

/** @throws ModelError `bad-argument` for options that do not go with several choices */
export function checkSeeds({ seeds, calibration, maxDrop, maxBytes, maxMs }: Partial<SeedsFlags>): void {
  if (seeds === undefined) return;
  const refuse = (message: string) => new ModelError('bad-argument', message);
  if (seeds < 2) throw refuse('--seeds compares choices of samples; give 2 or more');
  if (calibration !== undefined)
    throw refuse('--calibration has the ranges of one choice of samples, and --seeds makes several; leave one out');
  const limits = { '--max-drop': maxDrop, '--max-bytes': maxBytes, '--max-ms': maxMs };
  const limit = Object.entries(limits).find(([, value]) => value !== undefined)?.[0];
  if (limit) throw refuse(`${limit} searches for one file, and --seeds makes several; leave one out`);
}

/**
 * Where the quantizations end on the bar, in percent. Of MobileNetV2 one quantization takes as long as 6 runs of the float network on each of its
 * samples and 200 more, a measured sample one such run, and half of one for each quantized network.
 */
function quantizedShare({ choices, limit, unseen, all }: SampleChoices): number {
  const measured = unseen && unseen.size >= minUnseen ? unseen.size : all.size;
  const quantizing = choices.length * (6 * limit + 200);
  return (100 * quantizing) / (quantizing + measured * (1 + choices.length / 2));
}

/** Quantizes with each choice. `shares`: of one quantization. @throws ModelError; the interruption's reason */
export async function quantizeSeeds(
  flags: SeedsFlags,
  { model, graph }: Pick<OpenedFloatModel, 'model' | 'graph'>,
  settings: QuantizeOptions,
  { progress, shares }: { readonly progress: StagedProgress; readonly shares: Shares },
  terminal: Terminal,
): Promise<QuantizationOutcome> {
  const { labels: labelPath, labelOffset, seeds } = flags;
  const annotations = labelPath !== undefined && (await isAnnotations(labelPath)) ? await openAnnotations(labelPath) : undefined;
  const dataFlags = annotations ? { ...flags, labels: undefined } : flags;
  const data = { inputs: model.inputs, metadata: graph.metadata };
  const { choices, preprocessing } = await openFlaggedChoices(dataFlags, seeds, data);
  const look = (dataset: Dataset) => surveyed(dataset, graph, preprocessing, flags, terminal);
  const [first, ...others] = choices.choices;
  const dataset = look(first.dataset);
  // Doubts about one choice hold for all; where they are errors, each choice is looked at.
  const lookedAt = [
    { ...first, dataset },
    ...(flags.strict ? others.map((other) => ({ ...other, dataset: look(other.dataset) })) : others),
  ];
  const end = quantizedShare(choices);
  // A bar of its own for each run would begin the estimate of the time left anew.
  const bars = Array.from({ length: seeds }, (_, run) =>
    joinStages(progress, 'quantize', sharesWithin(shares, (end * run) / seeds, (end * (run + 1)) / seeds)),
  );
  const measuring = joinStages(progress, 'quantize', { measure: [end, 100] });
  const { ranges: _ranges, onProgress: _onProgress, ...own } = settings;
  const { first: quantized, spread } = await quantizeChoices(
    graph,
    { ...choices, choices: lookedAt },
    {
      ...own,
      calibration: { ...settings.calibration, preprocessing },
      labels: (await readLabels(flags.classes, graph, readMetadata(graph.metadata))).find(Boolean),
      annotations,
      labelOffset,
      onProgress: ({ stage, run, done, total }) => (stage === 'measure' ? measuring : bars[run])(stage, done, total),
    },
  );
  const opened = [...choices.choices.map((choice) => choice.dataset), choices.unseen, choices.all];
  const leftOut = new Map(opened.flatMap((one) => one?.skipped ?? []).map((sample) => [sample.name, sample]));
  return { result: { ...quantized, spread }, survey: await dataset.survey(), leftOut: [...leftOut.values()] };
}
