// Owns the campaign of hostile files: mutated, truncated and random ones, each of which must be accepted or refused properly, with little work.
import { ModelError } from '../../src/errors';
import { Mutator } from '../support/mutate';
import { Random } from '../support/random';
import { takeSteps } from '../support/steps';

export interface CampaignOptions {
  /** Valid files by name, in whose neighbourhood the hostile ones lie. */
  models: ReadonlyMap<string, Uint8Array>;
  /** Number of mutated files, spread evenly over the models. */
  mutations: number;
  /** Number of files of random bytes, up to 4 KB, half of them with a valid header. */
  random: number;
  /** Models of which truncations are tried: at every multiple of `truncationStep` bytes. */
  truncated: readonly string[];
  truncationStep: number;
  seed: number;
  /** What is tested: may return, or throw ModelError; may not keep `bytes`. */
  check(bytes: Uint8Array): void;
  /** Called now and then with the number of files done. */
  progress?(files: number): void;
}

export interface CampaignReport {
  files: number;
  accepted: number;
  /** Refused files by error code. */
  refused: Map<string, number>;
  /** Of the lot with the most work. */
  mostSteps: number;
  /** Of one file; says as much about the machine. */
  slowestMs: number;
  /** What went wrong, with all that reproduces it; at most 20. */
  bugs: string[];
}

/** Work is counted in lots of so many files, since reading the counters takes as long as some of them. */
const lot = 100;
/**
 * Of one lot, as takeSteps counts. A good lot executes up to 1e8: files may claim 64 MB, millions of elements for the kernels on the host. One
 * file whose work is worse than linear in its length executes more than this alone.
 */
const limitSteps = 5e8;
const mostBugs = 20;

/** Runs all files through `check`. The same options give the same files. */
export function runCampaign(options: CampaignOptions): CampaignReport {
  const report: CampaignReport = { files: 0, accepted: 0, refused: new Map(), mostSteps: 0, slowestMs: 0, bugs: [] };
  const attempt = (bytes: Uint8Array, text: () => string) => tryFile(options, report, bytes, text);
  const names = [...options.models.keys()];
  takeSteps();
  const perModel = Math.ceil(options.mutations / Math.max(1, names.length));
  for (const name of names) mutate(options, name, perModel, attempt);
  for (const name of options.truncated) {
    const file = options.models.get(name)!;
    for (let length = 0; length < file.length; length += options.truncationStep) {
      attempt(file.subarray(0, length), () => `${name} cut to ${length} bytes`);
    }
  }
  for (let i = 0; i < options.random; i++) {
    const random = new Random(options.seed + i);
    attempt(randomFile(random), () => `random file ${i}, seed ${options.seed + i}`);
  }
  return report;
}

/** One to four edits at a time, made in place and undone afterwards: copying the file would take most of the time. */
function mutate(options: CampaignOptions, name: string, count: number, attempt: (bytes: Uint8Array, text: () => string) => void): void {
  const original = options.models.get(name)!;
  const mutator = new Mutator(original);
  const bytes = original.slice();
  for (let i = 0; i < count; i++) {
    const random = new Random(Math.imul(options.seed + i, 0x01000193) ^ original.length);
    const edits = Array.from({ length: random.pick([1, 1, 1, 2, 3, 4]) }, () => mutator.edit(random));
    for (const edit of edits) bytes.set(edit.bytes, edit.position);
    attempt(bytes, () => `${name}, mutation ${i} of seed ${options.seed}: ${edits.map((edit) => edit.text).join('; ')}`);
    for (const edit of edits) bytes.set(original.subarray(edit.position, edit.position + edit.bytes.length), edit.position);
  }
}

function randomFile(random: Random): Uint8Array {
  const bytes = new Uint8Array(random.integer(0, 4096));
  const small = random.integer(0, 3) === 0;
  for (let i = 0; i < bytes.length; i++) bytes[i] = small ? random.integer(0, 32) : random.next();
  if (random.integer(0, 1) === 0) bytes.set([16, 0, 0, 0, 84, 70, 76, 51].slice(0, bytes.length));
  return bytes;
}

function tryFile({ check, progress }: CampaignOptions, report: CampaignReport, bytes: Uint8Array, text: () => string): void {
  const start = performance.now();
  const error = outcome(check, bytes);
  report.slowestMs = Math.max(report.slowestMs, performance.now() - start);
  let bug = '';
  if (error === undefined) report.accepted++;
  else if (error instanceof ModelError) report.refused.set(error.code, (report.refused.get(error.code) ?? 0) + 1);
  else bug = error instanceof Error ? `${error.stack ?? error.message} ${error.cause ?? ''}` : String(error);
  report.files++;
  if (report.files % lot === 0) {
    const steps = takeSteps();
    report.mostSteps = Math.max(report.mostSteps, steps);
    if (steps > limitSteps) bug += ` this and the ${lot - 1} files before executed ${steps} blocks of code`;
  }
  if (bug && report.bugs.length < mostBugs) report.bugs.push(`${text()}\n    ${bug}`);
  if (report.files % 10000 === 0) progress?.(report.files);
}

/** What `check` threw, undefined when it returned. */
function outcome(check: CampaignOptions['check'], bytes: Uint8Array): unknown {
  try {
    check(bytes);
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error('threw nothing');
  }
}
