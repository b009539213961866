// Owns measuring one model: cold start in its parts, then warm runs. Computes, does not print.
import type { Model } from 'zeropoint';
import { load } from 'zeropoint/float';
import { fillRandom } from '../random';
import { percentile } from '../statistics';

/** Milliseconds of a process's first use of the library. */
export interface ColdStart {
  /** First load less second load: compiling the core and the first use of all other code. */
  compile: number;
  /** Second load of the same bytes: reading, planning and packing the model, the core being compiled. */
  load: number;
  /** First run of the first load. */
  firstRun: number;
}

/** Milliseconds per run over `runs` runs. */
export interface RunTimes {
  runs: number;
  min: number;
  median: number;
  p95: number;
}

/** Milliseconds of running before the first measured run, in which engines compile hot code; later models of a process need fewer. */
const warmUpMilliseconds = 500;
export const laterWarmUpMilliseconds = 100;

function timed(body: () => void): number {
  const started = performance.now();
  body();
  return performance.now() - started;
}

/** Must be the first use of the library in the process. The model returned is loaded and has run once on random inputs. */
export async function measureColdStart(bytes: Uint8Array): Promise<{ model: Model; coldStart: ColdStart }> {
  const started = performance.now();
  const model = await load(bytes);
  const firstLoad = performance.now() - started;
  fillRandom(model.inputs.map(({ data }) => data));
  const firstRun = timed(() => model.run());
  const again = performance.now();
  (await load(bytes)).dispose();
  const secondLoad = performance.now() - again;
  return { model, coldStart: { compile: Math.max(0, firstLoad - secondLoad), load: secondLoad, firstRun } };
}

/** Warms up, then times every one of `runs` runs. */
export function measureRuns(model: Pick<Model, 'run'>, runs: number, warmUp = warmUpMilliseconds): RunTimes {
  const started = performance.now();
  do model.run();
  while (performance.now() - started < warmUp);
  const times = Float64Array.from({ length: runs }, () => timed(() => model.run())).sort();
  return { runs, min: times[0], median: percentile(times, 0.5), p95: percentile(times, 0.95) };
}
