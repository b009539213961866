// Owns `zeropoint bench`: how fast a model starts and runs here.
import { cpus } from 'node:os';
import { readBytes } from '../files';
import { type BenchReport, renderBench } from '../report/bench';
import type { Terminal } from '../terminal/terminal';
import { measureColdStart, measureRuns } from '../model/timing';

export interface BenchFlags {
  runs: number;
  layers?: boolean;
  json?: boolean;
}

export async function bench(path: string, flags: BenchFlags, terminal: Terminal): Promise<void> {
  const { model, coldStart } = await measureColdStart(await readBytes(path));
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
    terminal.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : renderBench(report, terminal));
  } finally {
    model.dispose();
  }
}
