// Owns the threads of one model: the caller's own and its workers, who execute segments together.
import type { WasmMemory } from '../core/isa';
import { ModelError } from '../errors';
import { controlInts, crowdedSpins, instancesOf, places, type Run, runSegment, spins, type ThreadData } from './segment';
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
}

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

export class Team {
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * controlInts));
  private readonly data: ThreadData;
  private readonly runs: readonly (Run | undefined)[];
  private readonly sleeps: boolean;
  private threads: Thread[] = [];
  private leader: Promise<Thread> | undefined;
  private fault: ModelError | undefined;

  constructor(private readonly options: TeamOptions) {
    const { threads, memory, modules, program } = options;
    const divided = new Uint8Array(new SharedArrayBuffer(options.divided.length));
    divided.set(options.divided.map(Number));
    this.data = { thread: 0, threads, control: this.control, places, divided, memory, modules, program, spins: spinsFor(threads) };
    this.runs = instancesOf(modules, memory);
    this.sleeps = canSleep(this.control);
  }

  /** Starts all workers and waits until they have their instances. Throws `worker-failed`. */
  async start(): Promise<void> {
    try {
      const workers = Array.from({ length: this.options.threads - 1 }, (_, i) => this.startWorker(i + 1));
      this.threads = await Promise.all(workers);
    } catch (cause) {
      throw this.fail(cause);
    }
  }

  private async startWorker(thread: number): Promise<Thread> {
    const worker = startThread({ ...this.data, thread });
    await this.next(worker);
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

  /** Executes a segment together with the workers, on the caller's thread. Throws `worker-failed`. */
  run(segment: TeamSegment): void {
    this.send(segment, 0);
    const start = now();
    const { timeout } = this.options;
    try {
      runSegment(this.data, this.runs, (control, index, value) => {
        if (now() - start > timeout) throw new Error('no answer in time');
        if (this.sleeps) Atomics.wait(control, index, value, timeout);
      });
    } catch (cause) {
      throw this.fail(cause);
    }
    this.check();
  }

  /** The same, led by one more worker, so that the caller's thread is free meanwhile. */
  async runAsync(segment: TeamSegment): Promise<void> {
    this.check();
    try {
      this.leader ??= this.startWorker(0);
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
    this.fault = new ModelError('worker-failed', `a worker failed: ${(cause as Error).message}; load the model again`, { cause });
    this.dispose();
    return this.fault;
  }
}
