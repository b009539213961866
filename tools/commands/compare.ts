// Owns `zeropoint compare`: what quantization cost, in numbers and as a report.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readModel } from '../../src/tflite';
import { type CompareProgress, compare } from '../compare/compare';
import type { Comparison } from '../compare/comparison';
import { type DataFlags, openFlaggedDataset } from '../dataset/flags';
import { readBytes, writeBytes } from '../files';
import { openFloatModel } from '../float-model';
import { readLabels } from '../labels';
import { readMetadata } from '../metadata';
import { type Progress, showProgress } from '../progress';
import { readProvenance } from '../quantize/provenance';
import { shownChanges } from '../report/compare-changes';
import { renderComparisonJson } from '../report/compare-json';
import { renderComparison } from '../report/compare-text';
import { thumbnail } from '../report/thumbnails';
import type { Terminal } from '../terminal';
import { hashData } from './hash-data';

export interface CompareFlags extends DataFlags {
  /** Path of a file with one class name per line. */
  classes?: string;
  labelOffset?: number;
  layerSamples?: number;
  json?: boolean;
  /** Path of the report. */
  html?: string;
}

async function writeReport(path: string, comparison: Comparison): Promise<void> {
  // Loaded here, since drawing needs more code than all commands together.
  const { renderComparisonHtml } = await import('../report/compare-html');
  const pictures = new Map<string, string>();
  for (const { picture } of comparison.classification ? shownChanges(comparison.classification) : []) {
    const uri = picture === undefined ? undefined : await thumbnail(picture);
    if (picture !== undefined && uri !== undefined) pictures.set(picture, uri);
  }
  await writeBytes(path, new TextEncoder().encode(renderComparisonHtml(comparison, pictures)));
}

/** One bar after the other. */
function stagedProgress(terminal: Terminal): { update(progress: CompareProgress): void; stop(): void } {
  let stage: CompareProgress['stage'] | undefined;
  let progress: Progress | undefined;
  return {
    update(now) {
      if (now.stage !== stage) {
        progress?.stop();
        progress = showProgress(`compare ${now.stage}`, terminal);
      }
      stage = now.stage;
      progress?.update(now.done, now.total);
    },
    stop: () => progress?.stop(),
  };
}

/** Compares both files on the data; prints tables or one JSON document, and writes the report where one is asked for. */
export async function compareFiles(floatPath: string, quantizedPath: string, flags: CompareFlags, terminal: Terminal): Promise<void> {
  const quantized = await readBytes(quantizedPath);
  const { model, hash, metadata } = await openFloatModel(floatPath);
  const progress = stagedProgress(terminal);
  try {
    const own = readModel(quantized);
    const [labels] = await readLabels(flags.classes, own, readMetadata(own.metadata));
    const preprocessing = readProvenance(own.metadata)?.preprocessing;
    const { dataset } = await openFlaggedDataset(flags, { inputs: model.inputs, metadata, preprocessing });
    await hashData(dataset, terminal);
    const comparison = await compare(model, quantized, dataset, {
      labels,
      labelOffset: flags.labelOffset,
      layerSamples: flags.layerSamples,
      names: { float: basename(floatPath), quantized: basename(quantizedPath) },
      floatFile: { bytes: (await stat(floatPath)).size, sha256: hash },
      onProgress: progress.update,
      signal: terminal.interruption?.(),
    });
    progress.stop();
    if (flags.html !== undefined) await writeReport(flags.html, comparison);
    terminal.write(flags.json ? renderComparisonJson(comparison) : renderComparison(comparison, terminal));
    if (flags.html !== undefined) terminal.warn(`report: ${flags.html}\n`);
  } finally {
    progress.stop();
    model.dispose();
  }
}
