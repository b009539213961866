// Owns starting and ending workers, in Node by worker_threads, elsewhere by the global Worker.
import { instancesOf, runSegment, type ThreadData, threadMain } from './segment';

/** The functions that a worker runs, as text: it needs no file that a bundler could lose. */
const functions = `${instancesOf}\n${runSegment}\n${threadMain}\n`;
const start = `(data, port, exit) => { ${threadMain.name}(data, () => port.postMessage(0)); exit(); }`;
const nodeSource = `'use strict';
${functions}const port = require('node:worker_threads').parentPort;
port.once('message', (data) => (${start})(data, port, () => port.close()));
`;
const webSource = `'use strict';
${functions}onmessage = (event) => (${start})(event.data, self, () => close());
`;

/** A started worker. */
export interface Thread {
  terminate(): void;
  /** Calls `listener` once, when the worker is done with its next segment or with starting, or with the reason why it failed. */
  once(listener: (error?: unknown) => void): void;
}

interface NodeWorker {
  postMessage(data: unknown): void;
  terminate(): unknown;
  unref(): void;
  ref(): void;
  once(event: string, listener: (value: unknown) => void): void;
  removeListener(event: string, listener: (value: unknown) => void): void;
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

function nodeThread(worker: NodeWorker): Thread {
  return {
    terminate: () => void worker.terminate(),
    once(listener) {
      // A model does not keep the process alive, but what it waits for does.
      worker.ref();
      const settle = (error?: unknown) => {
        for (const [event, handler] of handlers) worker.removeListener(event, handler);
        worker.unref();
        listener(error);
      };
      const handlers: [string, (value: unknown) => void][] = [
        ['message', () => settle()],
        ['error', settle],
        ['exit', (code) => settle(new Error(`the worker exited with code ${code}`))],
      ];
      for (const [event, handler] of handlers) worker.once(event, handler);
    },
  };
}

function webThread(worker: WebWorker, url: string): Thread {
  return {
    terminate: () => worker.terminate(),
    once(listener) {
      const settle = (error?: unknown) => {
        URL.revokeObjectURL(url);
        worker.onmessage = null;
        worker.onerror = null;
        listener(error);
      };
      worker.onmessage = () => settle();
      worker.onerror = ({ message }) => settle(new Error(message ?? 'the worker did not start'));
    },
  };
}

/** Starts a worker on `data`. Throws what the engine throws where it has no workers or a policy forbids them. */
export function startThread(data: ThreadData): Thread {
  const Node = nodeWorker();
  if (Node) {
    const worker = new Node(nodeSource, { eval: true });
    worker.postMessage(data);
    worker.unref();
    return nodeThread(worker);
  }
  const url = URL.createObjectURL(new Blob([webSource], { type: 'text/javascript' }));
  // Deno has module workers only; elsewhere both kinds run this text.
  const worker = new (globalThis as unknown as { Worker: WorkerClass }).Worker(url, 'Deno' in globalThis ? { type: 'module' } : {});
  worker.postMessage(data);
  return webThread(worker, url);
}
