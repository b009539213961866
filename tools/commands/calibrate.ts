// Owns `zeropoint calibrate`: flags, help and action; the ranges of a float network's tensors over data.
import { type Command, Option } from 'commander';
import { calibrateCached, checkpointOf, observeSamples } from '../calibrate/collect';
import { formatRanges, type Ranges } from '../calibrate/ranges';
import { type CalibrationSettings, type ObserverName, observerNames } from '../calibrate/settings';
import type { Dataset } from '../dataset/dataset';
import type { Survey } from '../dataset/survey';
import { fileExists } from '../files';
import { openFloatModel } from '../model/open';
import { ownProperties } from '../options';
import { isInterruption, ResumableInterruption } from '../terminal/interruption';
import { print, warnLine } from '../terminal/print';
import { showProgress } from '../terminal/progress';
import type { Terminal } from '../terminal/terminal';
import { addDataOptions, type DataFlags, fedLines, hashData, openFlaggedDataset, surveyed } from './data';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { checkPercentile, percentage, shardOf } from './options';
import { openOutput } from './output';

const examples = `
DATA is a folder of pictures (searched through), a CSV of file and label, an .npy
or .npz array of samples, or raw .bin files of exactly the inputs' bytes. The
result is reused when model, data and settings are the same, and an interrupted
calibration goes on where it stopped when the command is repeated.

Examples:
  $ zeropoint calibrate float.tflite -o ranges.json --data pictures --preprocess inception
  $ zeropoint calibrate float.tflite -o ranges.json --data set.npz --observer mse --limit 200
  $ zeropoint calibrate float.tflite -o part3.json --data pictures -p raw --shard 3/8`;

interface CalibrateFlags extends DataFlags, ImportFlags {
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
  /** The file existed and was of the same model, data and settings. */
  reused: boolean;
  skipped: Dataset['skipped'];
  survey: Survey;
}

function render({ output, samples, tensors, reused, skipped, survey }: CalibrateReport): string {
  const lines = skipped.map(({ name, reason }) => `left out ${name}: ${reason}`);
  lines.push(...fedLines(survey, samples));
  lines.push(`${output}: ranges of ${tensors} tensors over ${samples} samples${reused ? ', already there' : ''}`);
  return `${lines.join('\n')}\n`;
}

/** An interruption, where the checkpoint is there, as one from which the same command goes on; all other errors as they are. */
async function resumable(error: unknown, checkpoint: string): Promise<unknown> {
  return isInterruption(error) && (await fileExists(checkpoint)) ? new ResumableInterruption('interrupted', { cause: error }) : error;
}

async function calibrate(path: string, flags: CalibrateFlags, terminal: Terminal): Promise<void> {
  checkPercentile(flags);
  const target = await openOutput(flags.output, terminal, [path, flags.data]);
  const { model, graph, hash } = await openFloatModel(path, importOptions(flags));
  const progress = showProgress('calibrate', terminal);
  try {
    const { dataset: opened, preprocessing } = await openFlaggedDataset(flags, { inputs: model.inputs, metadata: graph.metadata });
    const dataset = surveyed(opened, model.graph, preprocessing, flags, terminal);
    await hashData(dataset, terminal);
    const { output, observer, percentile, limit, seed, shard } = flags;
    const settings: CalibrationSettings = { observer, percentile, preprocessing, limit, seed };
    const onNote = (note: string) => warnLine(note, terminal);
    const options = { modelHash: hash, onProgress: progress.update, onNote, signal: terminal.interruption?.() };
    let report: CalibrateReport;
    if (target.kind === 'stream') {
      // What is written to a stream cannot be read again: there is neither a checkpoint nor a result of an earlier run.
      const calibration = await observeSamples(model, dataset, settings, options);
      const { samples } = calibration;
      const result = shard ? calibration.state() : calibration.ranges();
      await target.write(shard ? `${JSON.stringify(result)}\n` : formatRanges(result as Ranges));
      report = {
        output,
        samples,
        tensors: Object.keys(result.tensors).length,
        reused: false,
        skipped: dataset.skipped,
        survey: await dataset.survey(),
      };
    } else if (shard) {
      // A shard's output is also its checkpoint: an interrupted run continues from it.
      const calibration = await observeSamples(model, dataset, settings, { ...options, resume: output });
      const tensors = Object.keys(calibration.state().tensors).length;
      report = { output, samples: calibration.samples, tensors, reused: false, skipped: dataset.skipped, survey: await dataset.survey() };
    } else {
      const { ranges, reused } = await calibrateCached(output, model, dataset, settings, options);
      report = {
        output,
        samples: ranges.samples,
        tensors: Object.keys(ranges.tensors).length,
        reused,
        skipped: dataset.skipped,
        survey: await dataset.survey(),
      };
    }
    progress.stop();
    print(report, { json: flags.json, aside: target.isStandard }, terminal, render);
  } catch (error) {
    throw target.kind === 'file' ? await resumable(error, flags.shard ? flags.output : checkpointOf(flags.output)) : error;
  } finally {
    progress.stop();
    model.dispose();
  }
}

export function addCalibrate(program: Command, terminal: Terminal): void {
  const command = program
    .command('calibrate')
    .summary("find the ranges of a float model's tensors")
    .description('Run FLOAT on data and write the range of every tensor as JSON, for zeropoint quantize.')
    .argument('<float>', 'a float model')
    .requiredOption('-o, --output <file>', 'where the ranges go');
  addImportOptions(addDataOptions(command))
    .addOption(new Option('--observer <name>', 'how a range is chosen').choices(observerNames).default('mse'))
    .option('--percentile <percent>', 'of the observer percentile (default: 99.99)', percentage)
    .option('--shard <i/n>', 'take only every n-th sample, for zeropoint merge', shardOf)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, flags: CalibrateFlags) => calibrate(model, ownProperties(flags), terminal));
}
