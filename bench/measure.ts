// Owns how a benchmark takes a time: tinybench's median over enough runs, and the line that names the machine.
import { cpus } from 'node:os';
import { Bench } from 'tinybench';

/** Median milliseconds of one call. */
export function medianMilliseconds(name: string, run: () => void, milliseconds = 200): number {
  const bench = new Bench({ time: milliseconds, iterations: 16, warmupTime: milliseconds / 2, throws: true });
  bench.add(name, run);
  const [{ result }] = bench.runSync();
  if (result.state !== 'completed') throw new Error(`${name} did not complete`);
  return result.latency.p50;
}

export function machineLine(): string {
  return `${cpus()[0].model}, ${process.platform} ${process.arch}, Node ${process.versions.node}, one thread`;
}
