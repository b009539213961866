// Owns the test run: every test file in a process of its own, as many at once as there are cores, and one closing line.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

interface Outcome {
  readonly file: string;
  readonly output: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

/** One count of uvu's closing lines, summed over the suites of a file. */
function count(output: string, label: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: uvu colours its counts
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '');
  return [...plain.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'gm'))].reduce((sum, [, digits]) => sum + Number(digits), 0);
}

/** No file takes a quarter of this; a process that is still there has hung. */
const hangSeconds = 240;

/**
 * A process that is silent for so long after its counts has run its tests and only does not end: the TypeScript loader's thread, which
 * nothing of ours can close, now and then stays at exit (seen with Node 20). It is ended and judged by its counts.
 */
const lingerSeconds = 30;

/** A process that hung before it printed anything never reached its tests (the TypeScript loader's service can miss its start): once more. */
async function runFile(file: string): Promise<Outcome> {
  const outcome = await runOnce(file);
  return outcome.output === '' && outcome.seconds >= hangSeconds ? runOnce(file) : outcome;
}

function runOnce(file: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const start = Date.now();
    const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', file], { cwd: join(here, '..') });
    let output = '';
    let lingers = false;
    const end = () => {
      child.kill('SIGKILL');
      // A service that the process left behind may hold the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const hang = setTimeout(end, hangSeconds * 1000);
    let linger: NodeJS.Timeout | undefined;
    const hear = (chunk: Buffer) => {
      output += chunk;
      clearTimeout(linger);
      linger = setTimeout(() => {
        lingers = /\n\s*Duration: .*\s*$/.test(output);
        if (lingers) end();
      }, lingerSeconds * 1000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', (code) => {
      clearTimeout(hang);
      clearTimeout(linger);
      if (lingers) console.log(`note: ${relative(here, file)} had run its tests and did not end; it was ended`);
      const passed = count(output, 'Passed');
      const skipped = count(output, 'Skipped');
      const broken = count(output, 'Total') - passed - skipped;
      // A file that dies before its counts, or that holds no test, has failed.
      const failed = (code === 0 || lingers) && passed + skipped > 0 ? broken : Math.max(1, broken);
      resolve({ file, output, passed, failed, skipped, seconds: (Date.now() - start) / 1000 });
    });
  });
}

/** Words on the command line select files by a part of their path. */
function selectFiles(words: readonly string[]): string[] {
  const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && !file.includes('node_modules'),
  );
  const chosen = files.filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  return chosen.sort().map((file) => join(here, file));
}

function report({ file, output, passed, failed, skipped, seconds }: Outcome): void {
  const name = relative(join(here, '..'), file);
  const skips = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`${failed > 0 ? 'FAIL' : 'ok  '} ${name}  ${passed} passed${skips}  ${seconds.toFixed(1)} s`);
  const notes = output.split('\n').filter((line) => line.startsWith('skipped, ') || line.startsWith('note: '));
  if (failed > 0) console.log(output);
  else for (const line of notes) console.log(`       ${line}`);
}

const queue = selectFiles(process.argv.slice(2));
const outcomes: Outcome[] = [];
const workers = Array.from({ length: Math.min(availableParallelism(), 4) }, async () => {
  for (let file = queue.shift(); file; file = queue.shift()) {
    const outcome = await runFile(file);
    outcomes.push(outcome);
    report(outcome);
  }
});
await Promise.all(workers);

const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const failed = sum((outcome) => outcome.failed);
console.log(`${sum((outcome) => outcome.passed)} passed, ${failed} failed, ${sum((outcome) => outcome.skipped)} skipped`);
process.exitCode = failed > 0 || outcomes.length === 0 ? 1 : 0;
