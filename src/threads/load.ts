// Owns models that several threads run: loading one, and what it has more than others.
import type { Cores } from '../core/choose';
import { allocateMemory } from '../core/core';
import type { Isa, WasmMemory, WasmModule } from '../core/isa';
import { ModelError } from '../errors';
import type { CoreSegment, Execution } from '../execution';
import { type LoadOptions, Model, type ModelSource, optionNames, type Prepared, prepareFor } from '../model';
import { checkOptionNames, type OptionNames, own } from '../options';
import { dividedDescriptors } from '../plan/divide';
import type { PackingQueue } from '../plan/pack';
import { startWorkers, Team } from './team';
import type { Thread } from './workers';

export interface ThreadedLoadOptions extends Omit<LoadOptions, 'module'> {
  /** Threads that run the model together, the caller's included: an integer >= 1; default: the processor's, at most 4. */
  threads?: number;
  /** Milliseconds, > 0, after which a worker that does not answer has failed; default 10,000. */
  timeout?: number;
}

/** The binaries of an entry, and the core on shared memory. */
export interface ThreadedCores {
  readonly cores: Cores;
  readonly shared: (isa: Isa) => Promise<WasmModule>;
}

const { module: _, ...loadNames } = optionNames;
const threadedNames: OptionNames<ThreadedLoadOptions> = { ...loadNames, threads: 1, timeout: 1 };

const defaultThreads = 4;
const maxThreads = 64;

/** Why this engine has one thread only, if so. */
function obstacle(): string | undefined {
  const { crossOriginIsolated, SharedArrayBuffer: shared } = globalThis as { crossOriginIsolated?: boolean; SharedArrayBuffer?: unknown };
  if (crossOriginIsolated === false)
    return 'the page is not cross-origin isolated; send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  return shared === undefined ? 'the engine has no shared memory' : undefined;
}

/** A team that starts, and its queue of packing. */
interface Crew {
  readonly team: Team;
  readonly queue: PackingQueue;
}

/** A model that several threads run: the same members and bytes as any. After a worker failed, it throws `worker-failed`; load it again. */
export class ThreadedModel extends Model {
  readonly #team: Team | undefined;
  readonly #execution: Execution;

  /** Use `loadThreaded`. `notice`: why there is one thread only, where more were wanted. */
  constructor(
    prepared: Prepared,
    module: WasmModule,
    memory: WasmMemory,
    crew: Crew | undefined,
    readonly threads: number,
    readonly notice: string | undefined,
  ) {
    let started: Execution;
    const team = crew?.team;
    const execute = (segment: CoreSegment) => team?.run({ ...segment, binary: 0 });
    const begin = (execution: Execution) => {
      started = execution;
      team?.closePacking();
    };
    super(prepared, { core: module, float: undefined }, { memory, queue: crew?.queue, begin });
    this.#execution = started!;
    this.#team = team;
    if (team) this.#execution.delegate(execute);
  }

  /**
   * As `run`, without blocking this thread, which on a browser's main thread would block the page. One run at a time.
   * @throws ModelError as `run`
   */
  async runAsync(): Promise<void> {
    const team = this.#team;
    if (!team) return this.run();
    // Throws after dispose.
    void this.graph;
    await this.#execution.runAsync((segment) => team.runAsync({ ...segment, binary: 0 }));
  }

  override dispose(): void {
    super.dispose();
    this.#team?.dispose();
  }
}

function checkThreads({ threads, timeout }: ThreadedLoadOptions): void {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= maxThreads))
    throw new ModelError('bad-argument', `threads is ${String(threads)}; it must be an integer from 1 to ${maxThreads}`);
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0))
    throw new ModelError('bad-argument', `timeout is ${String(timeout)}; it must be > 0`);
}

/** See threads.ts. */
export async function loadThreaded(
  { cores, shared }: ThreadedCores,
  source: ModelSource,
  options: ThreadedLoadOptions,
): Promise<ThreadedModel> {
  checkOptionNames<ThreadedLoadOptions>(options, threadedNames, 'loadThreaded');
  const { threads: wanted, timeout = 10_000, ...rest } = own(options);
  checkThreads({ threads: wanted, timeout });
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  const most = wanted ?? Math.min(navigator?.hardwareConcurrency ?? 1, defaultThreads);
  const notice = most > 1 ? obstacle() : undefined;
  const threads = notice ? 1 : most;
  // Workers take longer to start than planning does, so they start before it.
  let workers: Thread[] = [];
  try {
    const prepared = await prepareFor(cores, source, rest, threads, () => {
      workers = startWorkers(threads);
    });
    const { plan, isa } = prepared;
    const isShared = threads > 1;
    const memory = allocateMemory(plan.memory.total, { shared: isShared });
    const plain = isa === 'simd' ? cores.simd : cores.relaxed!;
    const module = isShared ? await shared(isa) : await plain.async();
    if (!isShared) return new ThreadedModel(prepared, module, memory, undefined, 1, notice);
    const divided = dividedDescriptors(plan.steps);
    const team = new Team({ threads, timeout, divided, memory, modules: [module], program: plan.programAddress, workers });
    const crew = { team, queue: team.openPacking() };
    const started = team.start();
    // Where packing throws, or all have started when it is over, nothing waits for the start.
    started.catch(() => {});
    const model = new ThreadedModel(prepared, module, memory, crew, threads, undefined);
    if (!team.isComplete()) await started;
    return model;
  } catch (error) {
    for (const worker of workers) worker.terminate();
    throw error;
  }
}
