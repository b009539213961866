// Owns what every thread of a model executes: packing, then segments of a program, with a barrier after every descriptor that is divided.
// Its functions are also the text of the workers (workers.ts): they use nothing but their parameters and each other.
import type { WasmMemory, WasmModule } from '../core/isa';

/** Indices of the Int32Array that the threads share. */
export const places = {
  ...{ go: 0, begin: 1, end: 2, binary: 3, arrived: 4, generation: 5, failed: 6, stop: 7, led: 8 },
  // Packing. Numbers of pieces since the start: those staged, or -1 when packing is over; those that a thread has taken; those executed.
  ...{ staged: 9, taken: 10, executed: 11 },
  // The first piece of the present batch, and the address of its descriptor.
  ...{ batch: 12, top: 13 },
  // Workers that have their instances.
  ...{ present: 14 },
};
export const controlInts = 16;

/** A binary's export; see assembly/index.ts. */
export type Run = (program: number, begin: number, end: number, thread: number, threads: number) => void;

/** What a worker is started with; modules cross to it, functions do not. */
export interface ThreadData {
  readonly thread: number;
  readonly threads: number;
  readonly control: Int32Array;
  readonly places: typeof places;
  /** Per descriptor: 1 where all threads take part. */
  readonly divided: Uint8Array;
  readonly memory: WasmMemory;
  /** By number of the binary. */
  readonly modules: readonly (WasmModule | undefined)[];
  readonly program: number;
  readonly descriptorBytes: number;
  readonly spins: typeof spins;
}

/** Waits for `control[index]` to differ from `value`; may return early. Throws to give up. */
type Wait = (control: Int32Array, index: number, value: number) => void;

/**
 * How often a thread looks again before it sleeps: some ten microseconds between segments, some hundred at a barrier, since waking takes
 * about as long, and a thread that wakes late lets the others sleep in turn.
 */
export const spins = { segment: 10_000, barrier: 100_000 };
/** At a barrier where there are more threads than processors, and one that waits keeps another from working. */
export const crowdedSpins = 500;

/**
 * Runs one segment as thread `data.thread`. Between two barriers the threads execute one divided descriptor, or thread 0 a run of
 * others. Every thread passes the same barriers, whatever it throws.
 */
export function runSegment(data: ThreadData, runs: readonly (Run | undefined)[], wait: Wait): void {
  const { control, divided, thread, threads, program } = data;
  const { begin, end, binary, arrived, generation, failed } = data.places;
  const { barrier } = data.spins;
  const last = control[end];
  const run = runs[control[binary]]!;
  for (let i = control[begin]; i < last; ) {
    let next = i + 1;
    if (!divided[i]) while (next < last && !divided[next]) next++;
    try {
      if (divided[i]) run(program, i, next, thread, threads);
      else if (thread === 0) run(program, i, next, 0, 1);
    } catch {
      Atomics.store(control, failed, 1);
    }
    i = next;
    const round = Atomics.load(control, generation);
    if (Atomics.add(control, arrived, 1) === threads - 1) {
      Atomics.store(control, arrived, 0);
      Atomics.add(control, generation, 1);
      Atomics.notify(control, generation);
      continue;
    }
    for (let spin = 0; Atomics.load(control, generation) === round; spin++) if (spin >= barrier) wait(control, generation, round);
  }
}

/**
 * Takes and executes staged pieces until none is left that no thread has taken. A piece's number is never used again, and a batch ends when
 * all its pieces are executed: so `batch` and `top` are those of the piece for as long as a thread holds it.
 */
export function packStaged(data: ThreadData, run: Run): void {
  const { control, descriptorBytes } = data;
  const { staged, taken, executed, batch, top, failed } = data.places;
  for (;;) {
    const piece = Atomics.load(control, taken);
    if (piece >= Atomics.load(control, staged)) return;
    if (Atomics.compareExchange(control, taken, piece, piece + 1) !== piece) continue;
    try {
      run(control[top] - (piece - control[batch]) * descriptorBytes, 0, 1, 0, 1);
    } catch {
      Atomics.store(control, failed, 1);
    }
    Atomics.add(control, executed, 1);
    Atomics.notify(control, executed);
  }
}

/** The exports `run` of instances of the modules on a memory. */
export function instancesOf(modules: ThreadData['modules'], memory: WasmMemory): (Run | undefined)[] {
  const imports = { env: { memory: memory as WebAssembly.Memory } };
  return modules.map((module) => module && (new WebAssembly.Instance(module as WebAssembly.Module, imports).exports.run as Run));
}

/** A worker's whole life: instances, packing if it is not over, then segments until it is told to stop. `done` is called after segments that it led as thread 0. */
export function threadMain(data: ThreadData, done: () => void): void {
  const { control, memory, modules, thread } = data;
  const { go, stop, led, staged, present } = data.places;
  const runs = instancesOf(modules, memory);
  let seen = 0;
  if (thread !== 0) Atomics.add(control, present, 1);
  done();
  for (let pieces = Atomics.load(control, staged); pieces >= 0; pieces = Atomics.load(control, staged)) {
    packStaged(data, runs[0]!);
    for (let spin = 0; Atomics.load(control, staged) === pieces; spin++) {
      if (spin >= data.spins.segment) Atomics.wait(control, staged, pieces);
    }
  }
  for (;;) {
    for (let spin = 0; Atomics.load(control, go) === seen; spin++) if (spin >= data.spins.segment) Atomics.wait(control, go, seen);
    seen = Atomics.load(control, go);
    if (Atomics.load(control, stop)) return;
    // Thread 0 is the caller's own, unless it asked this worker to lead.
    if (thread === 0 && !Atomics.load(control, led)) continue;
    runSegment(data, runs, (shared, index, value) => {
      Atomics.wait(shared, index, value);
    });
    if (thread === 0) done();
  }
}
