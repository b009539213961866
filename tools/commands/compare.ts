// Owns `zeropoint compare`: what quantization cost, in numbers and as a report; or one shard's part of that.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ModelError } from 'zeropoint';
import { readModel } from 'zeropoint/tflite';
import { type CompareOptions, type CompareProgress, compare, compareShard } from '../compare/compare';
import type { ComparisonShard } from '../compare/shard';
import { type DataFlags, openFlaggedDataset } from '../dataset/flags';
import { readBytes, writeText } from '../files';
import { readLabels } from '../model/labels';
import { readMetadata } from '../model/metadata';
import { openFloatModel } from '../model/open';
import { readProvenance } from '../model/provenance';
import { type Progress, showProgress } from '../progress';
import type { Terminal } from '../terminal';
import { type ComparisonFlags, showComparison } from './comparison';
import { hashData } from './hash-data';

export interface CompareFlags extends DataFlags, ComparisonFlags {
  /** Path of a file with one class name per line. */
  classes?: string;
  labelOffset?: number;
  layerSamples?: number;
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

/** Where a shard goes; undefined without --shard. @throws ModelError `bad-argument` */
function shardOutput({ shard, output, html }: CompareFlags): string | undefined {
  if (!shard) return undefined;
  if (html !== undefined) {
    throw new ModelError('bad-argument', '--shard sees a part only, and --html reports on the whole; merge first: zeropoint merge --html');
  }
  if (output === undefined) throw new ModelError('bad-argument', '--shard needs -o FILE, where the part goes that zeropoint merge joins');
  return output;
}

/** Writes the part and says so, as tables would say nothing of the whole. */
async function writeShard(output: string, part: ComparisonShard, json: boolean | undefined, terminal: Terminal): Promise<void> {
  await writeText(output, `${JSON.stringify(part)}\n`);
  const { index, count } = part.shard;
  const report = { output, shard: `${index + 1}/${count}`, samples: part.measures.samples, skipped: part.data.skipped };
  const lines = report.skipped.map(({ name, reason }) => `left out ${name}: ${reason}\n`);
  lines.push(`${output}: shard ${report.shard} of a comparison, ${report.samples} samples\n`);
  terminal.write(json ? `${JSON.stringify(report, null, 2)}\n` : lines.join(''));
}

/** Compares both files on the data; prints tables or one JSON document, and writes the report where one is asked for. */
export async function compareFiles(floatPath: string, quantizedPath: string, flags: CompareFlags, terminal: Terminal): Promise<void> {
  const part = shardOutput(flags);
  const quantized = await readBytes(quantizedPath);
  const { model, hash, metadata } = await openFloatModel(floatPath);
  const progress = stagedProgress(terminal);
  try {
    const own = readModel(quantized);
    const [labels] = await readLabels(flags.classes, own, readMetadata(own.metadata));
    const recorded = readProvenance(own.metadata)?.preprocessing;
    const { dataset, preprocessing } = await openFlaggedDataset(flags, { inputs: model.inputs, metadata, preprocessing: recorded });
    await hashData(dataset, terminal);
    const options: CompareOptions = {
      labels,
      labelOffset: flags.labelOffset,
      layerSamples: flags.layerSamples,
      names: { float: basename(floatPath), quantized: basename(quantizedPath) },
      floatFile: { bytes: (await stat(floatPath)).size, sha256: hash },
      onProgress: progress.update,
      signal: terminal.interruption?.(),
    };
    if (part !== undefined) {
      const shard = await compareShard(model, quantized, dataset, {
        ...options,
        data: { preprocessing, limit: flags.limit, seed: flags.seed },
      });
      progress.stop();
      await writeShard(part, shard, flags.json, terminal);
    } else {
      const comparison = await compare(model, quantized, dataset, options);
      progress.stop();
      await showComparison(comparison, flags, terminal);
    }
  } finally {
    progress.stop();
    model.dispose();
  }
}
