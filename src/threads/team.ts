// Owns the threads of one model: the caller's own and its workers, who execute segments together.
import { descriptorBytes } from '../core/abi';
import type { WasmMemory } from '../core/isa';
import { ModelError } from '../errors';
import type { PackingQueue } from '../plan/pack';
import { controlInts, crowdedSpins, instancesOf, packStaged, places, type Run, runSegment, spins, type ThreadData } from './segment';
import { startThread, type Thread } from './workers';

/** A segment of a program; see Execution. */
export interface TeamSegment {
  /** Number of the binary. */
  readonly binary: number;
  readonly begin: number;
  readonly end: number;
}

export interface TeamOptions {
  readonly threads: number;
  /** Milliseconds after which a thread that does not arrive counts as dead. */
  readonly timeout: number;
  readonly divided: readonly boolean[];
  readonly memory: WasmMemory;
  readonly modules: ThreadData['modules'];
  readonly program: number;
  /** Those that are starting already; the team starts the rest. */
  readonly workers?: readonly Thread[];
}

/** Staged bytes of a piece: some tens of microseconds of packing, so that the threads end together and waking costs little beside it. */
const pieceBytes = 65536;

const now = () => performance.now();

/** Whether this thread may sleep: not the main thread of a browser. */
function canSleep(control: Int32Array): boolean {
  try {
    // Returns at once, since the value differs.
    Atomics.wait(control, places.go, 1, 0);
    return true;
  } catch {
    return false;
  }
}

function spinsFor(threads: number): typeof spins {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return threads > (navigator?.hardwareConcurrency ?? threads) ? { ...spins, barrier: crowdedSpins } : spins;
}

/** Starts the workers of a model that `threads` threads run. Throws `worker-failed`. */
export function startWorkers(threads: number): Thread[] {
  const workers: Thread[] = [];
  try {
    while (workers.length < threads - 1) workers.push(startThread());
  } catch (cause) {
    for (const worker of workers) worker.terminate();
    throw workerFailed(cause);
  }
  return workers;
}

function workerFailed(cause: unknown): ModelError {
  return new ModelError('worker-failed', `a worker failed: ${(cause as Error).message}; load the model again`, { cause });
}

export class Team {
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * controlInts));
  private readonly data: ThreadData;
  private readonly runs: readonly (Run | undefined)[];
  private readonly sleeps: boolean;
  private threads: readonly Thread[] = [];
  private leader: Promise<Thread> | undefined;
  private fault: ModelError | undefined;

  constructor(private readonly options: TeamOptions) {
    const { threads, memory, modules, program } = options;
    const divided = new Uint8Array(new SharedArrayBuffer(options.divided.length));
    divided.set(options.divided.map(Number));
    this.data = {
      thread: 0,
      threads,
      control: this.control,
      places,
      divided,
      memory,
      modules,
      program,
      descriptorBytes,
      spins: spinsFor(threads),
    };
    this.control[places.staged] = -1;
    this.runs = instancesOf(modules, memory);
    this.sleeps = canSleep(this.control);
  }

  /** Gives all workers what they execute, and waits until they have their instances. Throws `worker-failed`. */
  async start(): Promise<void> {
    try {
      const { threads, workers = startWorkers(threads) } = this.options;
      this.threads = workers;
      await Promise.all(workers.map((worker, i) => this.begin(worker, i + 1)));
    } catch (cause) {
      throw this.fault ?? this.fail(cause);
    }
  }

  /** Whether all workers have their instances; known before their messages arrive, which takes a turn of the event loop. */
  isComplete(): boolean {
    return Atomics.load(this.control, places.present) === this.options.threads - 1;
  }

  private begin(worker: Thread, thread: number): Promise<void> {
    worker.begin({ ...this.data, thread });
    return this.next(worker);
  }

  private async startLeader(): Promise<Thread> {
    const worker = startThread();
    await this.begin(worker, 0);
    return worker;
  }

  /** The next message of a worker, in time. */
  private next(worker: Thread): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer in time')), this.options.timeout);
      worker.once((error) => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /**
   * Opens the packing of weights, before `start`: this thread and the workers that have arrived execute the pieces, and nothing waits for a
   * worker that holds none. `closePacking` ends it. The queue throws `worker-failed`.
   */
  openPacking(): PackingQueue {
    const { control } = this;
    const { staged, batch, top } = places;
    let isNewBatch = true;
    control[staged] = 0;
    return {
      pieceBytes,
      push: (address) => {
        if (isNewBatch) {
          control[batch] = control[staged];
          control[top] = address;
          isNewBatch = false;
        }
        Atomics.add(control, staged, 1);
        Atomics.notify(control, staged);
        return false;
      },
      drain: () => {
        isNewBatch = true;
        this.drainPacking();
      },
    };
  }

  closePacking(): void {
    Atomics.store(this.control, places.staged, -1);
    Atomics.notify(this.control, places.staged);
  }

  /** Executes pieces with the others, then waits for those that the others hold. */
  private drainPacking(): void {
    const { control, data } = this;
    const { staged, executed } = places;
    packStaged(data, this.runs[0]!);
    try {
      const wait = this.deadline();
      for (let spin = 0; ; spin++) {
        const count = Atomics.load(control, executed);
        if (count === control[staged]) break;
        if (spin >= data.spins.barrier) wait(control, executed, count);
      }
    } catch (cause) {
      throw this.fail(cause);
    }
    this.check();
  }

  /** Waits for a change, on this thread, until the timeout is over from now on. */
  private deadline(): (control: Int32Array, index: number, value: number) => void {
    const start = now();
    const { timeout } = this.options;
    return (control, index, value) => {
      if (now() - start > timeout) throw new Error('no answer in time');
      if (this.sleeps) Atomics.wait(control, index, value, timeout);
    };
  }

  /** Executes a segment together with the workers, on the caller's thread. Throws `worker-failed`. */
  run(segment: TeamSegment): void {
    this.send(segment, 0);
    try {
      runSegment(this.data, this.runs, this.deadline());
    } catch (cause) {
      throw this.fail(cause);
    }
    this.check();
  }

  /** The same, led by one more worker, so that the caller's thread is free meanwhile. */
  async runAsync(segment: TeamSegment): Promise<void> {
    this.check();
    try {
      this.leader ??= this.startLeader();
      const leader = await this.leader;
      const done = this.next(leader);
      this.send(segment, 1);
      await done;
    } catch (cause) {
      throw this.fault ?? this.fail(cause);
    }
    this.check();
  }

  /** Ends the workers. Further segments throw. */
  dispose(): void {
    this.closePacking();
    Atomics.store(this.control, places.stop, 1);
    Atomics.add(this.control, places.go, 1);
    Atomics.notify(this.control, places.go);
    for (const thread of this.threads) thread.terminate();
    this.leader?.then(
      (thread) => thread.terminate(),
      () => {},
    );
    this.threads = [];
  }

  private send({ binary, begin, end }: TeamSegment, led: 0 | 1): void {
    this.check();
    const { control } = this;
    control[places.binary] = binary;
    control[places.begin] = begin;
    control[places.end] = end;
    Atomics.store(control, places.led, led);
    Atomics.add(control, places.go, 1);
    Atomics.notify(control, places.go);
  }

  private check(): void {
    if (this.fault) throw this.fault;
    if (Atomics.load(this.control, places.failed)) throw this.fail(new Error('the core trapped'));
  }

  private fail(cause: unknown): ModelError {
    this.fault = workerFailed(cause);
    this.dispose();
    return this.fault;
  }
}
