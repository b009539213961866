// Owns long computations that stay answerable: after every step progress is told, signals come through, and an interruption ends the work.
import { setImmediate } from 'node:timers/promises';

/** What is called after every step; it rejects with the signal's reason once that is aborted. */
export type Step = () => Promise<void>;

/** How work is watched from outside. */
export interface Watch {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Counts steps to `total`; work that turns out to need more stays at it. */
export function countSteps(total: number, { onProgress, signal }: Watch): Step {
  let done = 0;
  return async () => {
    done = Math.min(done + 1, total);
    onProgress?.(done, total);
    await setImmediate();
    signal?.throwIfAborted();
  };
}
