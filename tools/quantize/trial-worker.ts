// Owns the second thread of decisions: trials that are certain to be run begin there while this thread runs others.
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { HeadErrors } from './decide/evidence';
import type { TrialData, TrialSetting } from './trial';

export interface TrialMessage {
  readonly id: number;
  readonly data: TrialData;
}

interface Answer {
  readonly id: number;
  readonly errors?: HeadErrors[];
}

/** The compiled worker beside this module, or its source, which a loader of TypeScript compiles. A test sets where its bundle has it. */
export const location = { worker: new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url) };

/** Trials come in pairs, so that more threads would have nothing to do. */
const maxWorkers = 2;

/** Threads where the option does not say: those of the machine, as far as they have work. */
export const defaultWorkers = (): number => Math.min(maxWorkers, availableParallelism());

export class TrialWorker {
  private readonly waiting = new Map<number, (errors: HeadErrors[] | undefined) => void>();
  private next = 0;
  private hasEnded = false;

  private constructor(private readonly worker: Worker) {
    worker.on('message', ({ id, errors }: Answer) => this.answer(id, errors));
    worker.on('error', () => this.giveUp());
    worker.on('exit', () => this.giveUp());
  }

  /** Undefined where the engine has no such threads. */
  static async start(setting: TrialSetting): Promise<TrialWorker | undefined> {
    try {
      const { Worker } = await import('node:worker_threads');
      return new TrialWorker(new Worker(location.worker, { workerData: setting }));
    } catch {
      return undefined;
    }
  }

  /** Errors on the held samples, or undefined where the worker could not run the trial. */
  run(data: TrialData): Promise<HeadErrors[] | undefined> {
    if (this.hasEnded) return Promise.resolve(undefined);
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      const message: TrialMessage = { id, data };
      this.worker.postMessage(message);
    });
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private answer(id: number, errors: HeadErrors[] | undefined): void {
    this.waiting.get(id)?.(errors);
    this.waiting.delete(id);
  }

  private giveUp(): void {
    this.hasEnded = true;
    for (const id of [...this.waiting.keys()]) this.answer(id, undefined);
  }
}
