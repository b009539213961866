// Owns `zeropoint calibrate`: the ranges of a float network's tensors over the user's data.
import { ModelError } from 'zeropoint';
import { calibrateCached, observeSamples } from '../calibrate/collect';
import type { CalibrationSettings, ObserverName } from '../calibrate/ranges';
import type { Dataset } from '../dataset/dataset';
import { type DataFlags, openFlaggedDataset } from '../dataset/flags';
import { openFloatModel } from '../model/open';
import { showProgress } from '../progress';
import type { Terminal } from '../terminal';
import { hashData } from './hash-data';

export interface CalibrateFlags extends DataFlags {
  output: string;
  observer: ObserverName;
  percentile?: number;
  json?: boolean;
}

/** What `--json` prints. */
interface CalibrateReport {
  output: string;
  samples: number;
  tensors: number;
  /** The file was already there and fits model, data and settings. */
  reused: boolean;
  skipped: Dataset['skipped'];
}

function render({ output, samples, tensors, reused, skipped }: CalibrateReport): string {
  const lines = skipped.map(({ name, reason }) => `left out ${name}: ${reason}`);
  lines.push(`${output}: ranges of ${tensors} tensors over ${samples} samples${reused ? ', already there' : ''}`);
  return `${lines.join('\n')}\n`;
}

export async function calibrate(path: string, flags: CalibrateFlags, terminal: Terminal): Promise<void> {
  if (flags.percentile !== undefined && flags.observer !== 'percentile') {
    throw new ModelError('bad-argument', `--percentile goes with --observer percentile, not with ${flags.observer}`);
  }
  const { model, hash, metadata } = await openFloatModel(path);
  const progress = showProgress('calibrate', terminal);
  try {
    const { dataset, preprocessing } = await openFlaggedDataset(flags, { inputs: model.inputs, metadata });
    await hashData(dataset, terminal);
    const { output, observer, percentile, limit, seed, shard } = flags;
    const settings: CalibrationSettings = { observer, percentile, preprocessing, limit, seed };
    const options = { modelHash: hash, onProgress: progress.update, signal: terminal.interruption?.() };
    let report: CalibrateReport;
    if (shard) {
      // What an interrupted shard leaves and its result are one file, gone on from until it is complete.
      const calibration = await observeSamples(model, dataset, settings, { ...options, resume: output });
      const tensors = Object.keys(calibration.state().tensors).length;
      report = { output, samples: calibration.samples, tensors, reused: false, skipped: dataset.skipped };
    } else {
      const { ranges, reused } = await calibrateCached(output, model, dataset, settings, options);
      report = { output, samples: ranges.samples, tensors: Object.keys(ranges.tensors).length, reused, skipped: dataset.skipped };
    }
    progress.stop();
    terminal.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  } finally {
    progress.stop();
    model.dispose();
  }
}
