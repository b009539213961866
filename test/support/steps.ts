// Owns counting the work of code by what it executes, not by a clock, which measures whatever else the machine does, too.
import { type Profiler, Session } from 'node:inspector';

/** c8 reads the same counters, and reading sets them to 0. */
const isOccupied = process.env.NODE_V8_COVERAGE !== undefined;

const session = new Session();
if (!isOccupied) {
  session.connect();
  session.post('Profiler.enable');
  // `detailed` counts blocks (https://v8.dev/blog/javascript-code-coverage), in functions that run for the first time from here on: import
  // this module before all others.
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
}

/**
 * Blocks of JavaScript that modules have executed since the last call: function bodies, branches, passes through loops. Equal for equal work
 * to 10 %. Built-in functions and WebAssembly count as nothing; 0 where coverage is collected.
 */
export function takeSteps(): number {
  let steps = 0;
  if (isOccupied) return steps;
  // In the same process, the answer comes before `post` returns.
  session.post('Profiler.takePreciseCoverage', (error: Error | null, { result }: Profiler.TakePreciseCoverageReturnType) => {
    if (error) throw error;
    for (const { functions } of result.filter(({ url }) => url.startsWith('file:'))) {
      for (const { ranges } of functions) for (const { count } of ranges) steps += count;
    }
  });
  return steps;
}

/** What `work` executes, as takeSteps counts it. */
export function countSteps(work: () => void): number {
  takeSteps();
  work();
  return takeSteps();
}
