// Owns the entry `zeropoint/threads`: models that several threads run, in Node, Deno, Bun and cross-origin isolated pages.
import { cores } from './core/binaries';
import { sharedCore } from './core/shared-memory';
import type { ModelSource } from './model';
import { loadThreaded as loadOn, type ThreadedLoadOptions, type ThreadedModel } from './threads/load';

export type { ThreadedLoadOptions, ThreadedModel };

const sources = { cores, shared: sharedCore };

/**
 * As `load` of the entry `zeropoint`, for a model that `threads` threads run, with the same bytes for every number of them. `run` uses the
 * caller's thread too; `runAsync` leaves it free. Where memory cannot be shared, there is one thread, and `notice` says why. `dispose`
 * ends the workers.
 * @throws ModelError as `load`, and `worker-failed`
 */
export function loadThreaded(source: ModelSource, options: ThreadedLoadOptions = {}): Promise<ThreadedModel> {
  return loadOn(sources, source, options);
}
