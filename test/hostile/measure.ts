// Owns the command that measures hostile files: npx tsx test/hostile/measure.ts [--families PATTERN] [--sizes BYTES,...] [--max-bytes BYTES,...]
// Seconds and bytes of loading and one run per file, each in a fresh process; findings last. Exits with 1 if there are any.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleTests } from '../runner/bundle';
import { hasShared, sharedPath } from '../support/shared';
import { families } from './families';

interface Measurement {
  /** `ok`, the code of the ModelError, `BUG` and what was thrown instead, or how the process was ended. */
  readonly outcome: string;
  /** Of the file. */
  readonly bytes: number;
  /** Of processor time, all threads: compiling the core and the code, collecting garbage and the sampling included. */
  readonly seconds: number;
  /**
   * Largest (heapUsed + arrayBuffers + linear memory) less that before loading: read every 4 ms or so in the measured thread, by
   * interrupts, and at the ends; the resident set's where interrupts stay out. Garbage that is not collected yet counts; young garbage is held to 3 MB.
   */
  readonly peak: number;
  /** Largest resident set less that before: an upper bound of all memory touched, code and allocator included. */
  readonly rss: number;
}

const megabyte = 2 ** 20;
const root = join(import.meta.dirname, '../..');
/** Of processor time; four times as much by the clock. */
const limitSeconds = 30;
/** Of the JavaScript heap of a measured process; more ends it. */
const limitHeapMegabytes = 3072;
/** A file is a finding beyond these. */
const most = { seconds: 1, slack: 32 * megabyte, exponent: 1.15 };
/** Growth of less than so much says nothing. */
const leastSeconds = 0.3;
const leastBytes = 16 * megabyte;
const defaultMaxBytes = 256 * megabyte;

const { values } = parseArgs({
  options: {
    families: { type: 'string', default: '' },
    sizes: { type: 'string', default: '1024,4096,16384,65536,262144,1048576,4194304,16777216' },
    'max-bytes': { type: 'string', default: 'default,1048576,16777216' },
    jobs: { type: 'string', default: '2' },
  },
});

interface Job {
  readonly source: string;
  readonly size: number;
  readonly maxBytes: string;
}

function measure(script: string, { source, size, maxBytes }: Job): Promise<Measurement> {
  const flags = ['--expose-gc', '--max-semi-space-size=1', `--max-old-space-size=${limitHeapMegabytes}`];
  const command = ['ulimit -t "$0" && exec "$@"', String(limitSeconds), process.execPath, ...flags, script, source, String(size), maxBytes];
  const child = spawn('sh', ['-c', ...command], { stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 4 * limitSeconds * 1000);
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const line = output.trim().split('\n').at(-1);
      if (line?.startsWith('{')) resolve(JSON.parse(line));
      else {
        const isSlow = signal === 'SIGKILL' || signal === 'SIGXCPU';
        resolve({
          outcome: isSlow ? `KILLED after ${limitSeconds} s` : `DIED ${signal ?? code}`,
          bytes: size,
          seconds: isSlow ? limitSeconds : 0,
          peak: Number.POSITIVE_INFINITY,
          rss: Number.POSITIVE_INFINITY,
        });
      }
    });
  });
}

/** Exponent of the growth from one measurement to the next larger file; NaN where both are too small to tell. */
function exponent(from: Measurement, to: Measurement, key: 'seconds' | 'peak'): number {
  const least = key === 'seconds' ? leastSeconds : leastBytes;
  if (!(to[key] > least) || to.bytes <= from.bytes) return Number.NaN;
  return Math.log(to[key] / Math.max(from[key], least / 4)) / Math.log(to.bytes / from.bytes);
}

const pattern = new RegExp(values.families);
const findings: { badness: number; text: string }[] = [];

/** One line per size, and what is wrong with any of them. */
function report(name: string, maxBytes: string, list: readonly Measurement[]): void {
  const limit = (maxBytes === 'default' ? defaultMaxBytes : Number(maxBytes)) + most.slack;
  list.forEach((found, i) => {
    const [time, memory] =
      i > 0 ? [exponent(list[i - 1], found, 'seconds'), exponent(list[i - 1], found, 'peak')] : [Number.NaN, Number.NaN];
    const mb = (bytes: number) => (bytes / megabyte).toFixed(1);
    const growth = (n: number) => (Number.isNaN(n) ? '' : n.toFixed(2));
    const perMegabyte = (found.seconds / (found.bytes / megabyte)).toFixed(2);
    const cells = [found.bytes, found.seconds.toFixed(3), mb(found.peak), mb(found.rss), perMegabyte, growth(time), growth(memory)];
    const line = `${name.padEnd(44)} ${maxBytes.padStart(9)} ${cells.map((cell) => String(cell).padStart(9)).join(' ')}  ${found.outcome}`;
    console.log(line);
    const faults: string[] = [];
    if (found.seconds > most.seconds) faults.push(`${found.seconds.toFixed(1)} s`);
    if (found.peak > limit) faults.push(`${mb(found.peak)} MB`);
    else if (found.rss > limit + most.slack) faults.push(`${mb(found.rss)} MB resident`);
    if (time > most.exponent) faults.push(`time^${time.toFixed(2)}`);
    if (memory > most.exponent) faults.push(`memory^${memory.toFixed(2)}`);
    if (/^(BUG|DIED|KILLED)/.test(found.outcome)) faults.push(found.outcome.slice(0, 200));
    const badness = Math.max(found.seconds / most.seconds, Math.min(Math.max(found.peak, found.rss - most.slack), 2 ** 40) / limit);
    if (faults.length > 0) findings.push({ badness, text: `${line}  <- ${faults.join(', ')}` });
  });
}

/** Measures the sizes of every source in parallel, and reports source by source. */
async function measureAll(
  script: string,
  sources: readonly { name: string; source: string; sizes: readonly number[] }[],
  maxBytes: string,
): Promise<void> {
  const queue = [...sources];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const list: Measurement[] = [];
      for (const size of next.sizes) list.push(await measure(script, { source: next.source, size, maxBytes }));
      report(next.name, maxBytes, list);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
}

mkdirSync(join(root, 'build'), { recursive: true });
const folder = mkdtempSync(join(root, 'build/hostile-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await bundleTests(root, ['test/hostile/measured-load.ts'], folder);
const script = join(folder, 'test/hostile/measured-load.mjs');
console.log(`${'family'.padEnd(44)}  maxBytes      file         s   peak MB    rss MB      s/MB    time^  memory^`);
const shared = hasShared ? readdirSync(sharedPath('cases/hostile')).filter((file) => file.endsWith('.tflite')) : [];
for (const maxBytes of values['max-bytes'].split(',')) {
  const files = shared.map((file) => sharedPath('cases/hostile', file)).filter((file) => pattern.test(file));
  await measureAll(
    script,
    files.map((source) => ({ name: basename(source), source, sizes: [0] })),
    maxBytes,
  );
  const sizes = values.sizes.split(',').map(Number);
  const chosen = families().filter(({ name }) => pattern.test(name));
  await measureAll(
    script,
    chosen.map(({ name }) => ({ name, source: name, sizes })),
    maxBytes,
  );
}
findings.sort((a, b) => b.badness - a.badness);
console.log(`\n${findings.length} findings`);
for (const { text } of findings) console.log(text);
process.exitCode = findings.length > 0 ? 1 : 0;
