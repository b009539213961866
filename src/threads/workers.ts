// Owns starting and ending workers, in Node by worker_threads, elsewhere by the global Worker.
import { instancesOf, packStaged, runSegment, type ThreadData, threadMain } from './segment';

/** The functions that a worker runs, as text: it needs no file that a bundler could lose. */
const functions = `${instancesOf}\n${packStaged}\n${runSegment}\n${threadMain}\n`;
const start = `(data, port, exit) => { ${threadMain.name}(data, () => port.postMessage(0)); exit(); }`;
const nodeSource = `'use strict';
${functions}const port = require('node:worker_threads').parentPort;
port.once('message', (data) => (${start})(data, port, () => port.close()));
`;
const webSource = `'use strict';
${functions}onmessage = (event) => (${start})(event.data, self, () => close());
`;

/** A worker that starts, or has started. */
export interface Thread {
  /** Sends what it executes segments of; once. */
  begin(data: ThreadData): void;
  terminate(): void;
  /** Calls `listener` once, when the worker is done with its next segment or with starting, or with the reason why it has failed. */
  once(listener: (error?: unknown) => void): void;
}

interface NodeWorker {
  postMessage(data: unknown): void;
  terminate(): unknown;
  unref(): void;
  ref(): void;
  on(event: string, listener: (value: unknown) => void): void;
}

interface WebWorker {
  postMessage(data: unknown): void;
  terminate(): void;
  onmessage: (() => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

type WorkerClass = new (source: string, options?: object) => WebWorker;

type NodeWorkerClass = new (source: string, options: object) => NodeWorker;

interface NodeProcess {
  getBuiltinModule?: (name: string) => { Worker: NodeWorkerClass } | undefined;
}

/** Node's class, without an import that bundlers for browsers would have to resolve; Deno and Bun have the web's. */
function nodeWorker(): NodeWorkerClass | undefined {
  if ('Deno' in globalThis || 'Bun' in globalThis) return undefined;
  return (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:worker_threads')?.Worker;
}

/** The listener of a thread. A worker may fail before anybody listens: the first failure stays. */
function listening(): { once: Thread['once']; settle: (failure?: { error: unknown }) => void } {
  let failed: { error: unknown } | undefined;
  let current: ((error?: unknown) => void) | undefined;
  return {
    once(listener) {
      if (failed) listener(failed.error);
      else current = listener;
    },
    settle(failure) {
      failed ??= failure;
      const listener = current;
      current = undefined;
      listener?.(failed?.error);
    },
  };
}

function nodeThread(worker: NodeWorker): Thread {
  const { once, settle } = listening();
  // A model does not keep the process alive, but what it waits for does.
  const settled = (failure?: { error: unknown }) => {
    worker.unref();
    settle(failure);
  };
  worker.on('message', () => settled());
  worker.on('error', (error) => settled({ error }));
  worker.on('exit', (code) => settled({ error: new Error(`the worker exited with code ${code}`) }));
  worker.unref();
  return {
    begin: (data) => worker.postMessage(data),
    terminate: () => void worker.terminate(),
    once(listener) {
      worker.ref();
      once(listener);
    },
  };
}

function webThread(worker: WebWorker, url: string): Thread {
  const { once, settle } = listening();
  const settled = (failure?: { error: unknown }) => {
    URL.revokeObjectURL(url);
    settle(failure);
  };
  worker.onmessage = () => settled();
  worker.onerror = ({ message }) => settled({ error: new Error(message ?? 'the worker did not start') });
  return { begin: (data) => worker.postMessage(data), terminate: () => worker.terminate(), once };
}

/** Starts a worker, which waits for its data. Throws what the engine throws where it has no workers or a policy forbids them. */
export function startThread(): Thread {
  const Node = nodeWorker();
  if (Node) return nodeThread(new Node(nodeSource, { eval: true }));
  const url = URL.createObjectURL(new Blob([webSource], { type: 'text/javascript' }));
  // Deno has module workers only; elsewhere both kinds run this text.
  const worker = new (globalThis as unknown as { Worker: WorkerClass }).Worker(url, 'Deno' in globalThis ? { type: 'module' } : {});
  return webThread(worker, url);
}
