// Owns fair sampling: rounds in which every contestant runs a few times, so that the machine's moods hit all alike.
import { Bench } from 'tinybench';
import { median } from '../../tools/statistics';

export interface Contestant {
  name: string;
  run(): void | Promise<void>;
}

/** Engines compile hot code in the background; so long every contestant runs unmeasured. */
const warmUpMilliseconds = 700;

/** Runs for the warm-up time; returns how many runs fill a share. */
async function warmUp({ run }: Contestant, shareMilliseconds: number): Promise<number> {
  const started = performance.now();
  let runs = 0;
  do {
    await run();
    runs++;
  } while (performance.now() - started < warmUpMilliseconds);
  return Math.max(1, Math.round((runs * shareMilliseconds) / warmUpMilliseconds));
}

/**
 * Median milliseconds per run of each contestant over `rounds` rounds; who begins a round rotates. `shareMilliseconds`: every
 * contestant's share of one round.
 */
export async function interleave(contestants: readonly Contestant[], rounds: number, shareMilliseconds = 40): Promise<number[]> {
  const counts: number[] = [];
  for (const contestant of contestants) counts.push(await warmUp(contestant, shareMilliseconds));
  const samples = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      const bench = new Bench({ iterations: counts[index], time: 0, warmup: false, retainSamples: true, throws: true });
      const { name, run } = contestants[index];
      const [{ result }] = await bench.add(name, run).run();
      if (result.state === 'completed') samples[index].push(...(result.latency.samples ?? []));
    }
  }
  return samples.map(median);
}
