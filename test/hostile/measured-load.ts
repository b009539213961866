// Owns one measurement of a hostile file, in a process of its own: load and one run. Prints a JSON line (see Measurement).
// node --expose-gc --max-semi-space-size=1 measured-load.mjs FAMILY-OR-PATH BYTES MAX-BYTES
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type LoadOptions, loadSync, ModelError } from '../../src/index';
import { families } from './families';

/** Plain JavaScript in the sampling thread: interrupts this thread, even inside one long function, through the inspector. */
const sampler = `
const { Session } = require('node:inspector');
const { workerData, parentPort } = require('node:worker_threads');
const session = new Session();
session.connectToMainThread();
const shared = new Float64Array(workerData);
// A pending question alone does not keep the thread alive.
setInterval(() => {}, 1000);
const ask = () => session.post('Runtime.evaluate', { expression: 'sampleMemory()', returnByValue: true }, (error, answer) => {
  if (shared[0] === 1) parentPort.postMessage('ready');
  if (shared[0] === 0) return;
  setTimeout(ask, 4);
});
ask();
`;

/** Of WebAssembly memories, which process.memoryUsage() leaves out. */
let linearBytes = 0;
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    linearBytes += this.buffer.byteLength;
  }
} as typeof Memory;

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers + linearBytes;
}

let peak = 0;
let samples = 0;
(globalThis as { sampleMemory?: () => void }).sampleMemory = () => {
  samples++;
  peak = Math.max(peak, usedBytes());
};

/** A line of /proc/self/status in bytes; 0 where there is none. */
function status(line: string): number {
  try {
    return Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function resetPeak(): void {
  try {
    // man 5 proc: resets VmHWM.
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Without it the peak includes what making the file took.
  }
}

function outcome(file: Uint8Array, options: LoadOptions): string {
  try {
    const model = loadSync(file, options);
    peak = Math.max(peak, usedBytes());
    model.run();
    return 'ok';
  } catch (error) {
    return error instanceof ModelError ? error.code : `BUG ${error instanceof Error ? error.stack : error}`;
  }
}

/** Seconds of processor time per sample. */
const leastSampling = 0.1;
const [source, bytes, maxBytes] = process.argv.slice(2);
const family = families().find(({ name }) => name === source);
const file = family ? family.make(Number(bytes)) : new Uint8Array(readFileSync(source));
const options: LoadOptions = { ...family?.options, ...(maxBytes !== 'default' && { maxBytes: Number(maxBytes) }) };
/** 1: connecting, 2: sampling, 0: done. */
const running = new Float64Array(new SharedArrayBuffer(8)).fill(1);
const worker = new Worker(sampler, { eval: true, workerData: running.buffer });
// The first sample has been taken: from here on the thread is interrupted.
await new Promise((resolve) => worker.once('message', resolve));
running[0] = 2;
await sleep(10);
for (let i = 0; i < 3; i++) globalThis.gc?.();
resetPeak();
const before = usedBytes();
const rssBefore = status('VmRSS');
peak = before;
samples = 0;
const cpu = process.cpuUsage();
const result = outcome(file, options);
const { user, system } = process.cpuUsage(cpu);
peak = Math.max(peak, usedBytes());
const rss = status('VmHWM') - rssBefore;
// Now and then the interrupts stay out; what was not seen is then taken from the resident set.
if (samples < (user + system) / 1e6 / leastSampling) peak = Math.max(peak, before + rss);
running[0] = 0;
console.log(JSON.stringify({ outcome: result, bytes: file.length, seconds: (user + system) / 1e6, peak: peak - before, rss }));
process.exit();
