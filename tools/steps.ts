// Owns the steps of long computations: each reports progress and yields to the event loop, so that an abort signal can end the work.
import { setImmediate } from 'node:timers/promises';

/** Awaited after every step; rejects with the signal's reason once that is aborted. */
export type Step = () => Promise<void>;

export interface ProgressOptions {
  /** Called after every step; `done` of `total` are finished. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the work at the next step. */
  readonly signal?: AbortSignal;
}

/** Counts steps to `total`; where the work needs more steps than that, `done` stays at `total`. */
export function countSteps(total: number, { onProgress, signal }: ProgressOptions): Step {
  let done = 0;
  return async () => {
    done = Math.min(done + 1, total);
    onProgress?.(done, total);
    await setImmediate();
    signal?.throwIfAborted();
  };
}
