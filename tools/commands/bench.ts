// Owns `zeropoint bench`: flags, help and action; cold start and run times of a model on this machine.
import { cpus } from 'node:os';
import type { Command } from 'commander';
import { readModelFiles } from '../import/index';
import { tfliteOf } from '../model/open';
import { measureColdStart, measureRuns } from '../model/timing';
import { ownProperties } from '../options';
import { type BenchReport, renderBench } from '../report/bench';
import { print } from '../terminal/print';
import type { Terminal } from '../terminal/terminal';
import { addImportOptions, type ImportFlags, importOptions } from './import';
import { positiveInteger } from './options';

const examples = `
Cold start is what a process pays once: compiling the core (first load less
second load), loading the model (second load) and the first run. Runs are timed
one by one on random inputs after half a second of warming up.

Examples:
  $ zeropoint bench mobilenet.tflite
  $ zeropoint bench mobilenet.tflite --runs 500 --layers`;

interface BenchFlags extends ImportFlags {
  runs: number;
  layers?: boolean;
  json?: boolean;
}

async function bench(path: string, flags: BenchFlags, terminal: Terminal): Promise<void> {
  const { model, coldStart } = await measureColdStart(tfliteOf(await readModelFiles(path), path, importOptions(flags)));
  try {
    const times = measureRuns(model, flags.runs);
    const macs = model.operators.reduce((sum, operator) => sum + operator.macs, 0);
    const report: BenchReport = {
      file: path,
      machine: `${cpus()[0]?.model ?? 'unknown processor'}, one thread`,
      runtime: terminal.runtime,
      macs,
      coldStartMilliseconds: coldStart,
      runMilliseconds: times,
      gmacs: macs / times.median / 1e6,
      layers: flags.layers ? model.profile(flags.runs) : undefined,
    };
    print(report, flags, terminal, renderBench);
  } finally {
    model.dispose();
  }
}

export function addBench(program: Command, terminal: Terminal): void {
  const command = program
    .command('bench')
    .summary('time a model here')
    .description('Time MODEL on this machine: median, minimum, 95th percentile, GMAC/s and cold start, one thread.')
    .argument('<model>', 'a .tflite or ONNX file, or a TensorFlow.js model');
  addImportOptions(command)
    .option('-n, --runs <n>', 'how many runs to time', positiveInteger, 100)
    .option('--layers', 'also time every operator')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples)
    .action((model: string, flags: BenchFlags) => bench(model, ownProperties(flags), terminal));
}
