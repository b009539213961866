// Owns the test run: every test file in a process of its own, as many at once as there are cores, and one closing line.
// npx tsx test/run.ts [--all] [--folder FOLDER] [--limit SECONDS] [WORD ...]: files whose path holds one of the words, else all that
// need nothing but `npm install`, with --all those that need engines and stock runtimes, too.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleTests } from './runner/bundle';
import { bundledName, programs, testEnvironment } from './runner/programs';
import { type Outcome, plainText, runFile } from './runner/run-file';

const root = join(import.meta.dirname, '..');
const ownTests = join(root, 'test');

/** What `--all` adds, by the beginnings of paths from test/: tests that need more than `npm install` brings. */
const onlyInAll = [
  'runtimes/',
  'package/lint.test.ts',
  'tools/import/tfjs/stock.test.ts',
  'tools/quantize/stock-runtime.test.ts',
  'tools/import/onnx/quantized/stock-runtime.test.ts',
];

const { values, positionals: words } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    folder: { type: 'string', default: ownTests },
    // No file takes a quarter of this on a machine of two cores.
    limit: { type: 'string', default: '240' },
  },
  allowPositionals: true,
});

/** Paths of the test files from the root. */
function selectFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && !file.includes('node_modules'),
  );
  const isChosen = (file: string) =>
    words.length > 0 ? words.some((word) => file.includes(word)) : values.all || !onlyInAll.some((part) => file.startsWith(part));
  return files
    .filter(isChosen)
    .sort()
    .map((file) => relative(root, resolve(folder, file)));
}

function report(file: string, { output, passed, failed, skipped, seconds }: Outcome): void {
  const skips = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`${failed > 0 ? 'FAIL' : 'ok  '} ${file}  ${passed} passed${skips}  ${seconds.toFixed(1)} s`);
  // uvu leaves its marks of passed tests before what the next test prints.
  const notes = plainText(output).matchAll(/^(?:[•✘] )*((?:skipped, |note: ).*)$/gm);
  if (failed > 0) console.log(output);
  else for (const [, note] of notes) console.log(`       ${note}`);
}

/** Bundles and runs `files`, reporting each as it ends. */
async function runFiles(files: readonly string[]): Promise<Outcome[]> {
  mkdirSync(join(root, 'build'), { recursive: true });
  // Runs at the same time do not share a folder; in the project, so that packages are found.
  const bundle = mkdtempSync(join(root, 'build/test-'));
  process.on('exit', () => rmSync(bundle, { recursive: true, force: true }));
  const outcomes: Outcome[] = [];
  try {
    await bundleTests(root, values.folder === ownTests ? [...programs, ...files] : files, bundle);
    const queue = [...files];
    const workers = Array.from({ length: Math.min(availableParallelism(), 4) }, async () => {
      for (let file = queue.shift(); file; file = queue.shift()) {
        const outcome = await runFile(join(bundle, bundledName(file)), root, testEnvironment(bundle), Number(values.limit));
        outcomes.push(outcome);
        report(file, outcome);
      }
    });
    await Promise.all(workers);
  } catch (error) {
    console.log(`FAIL no file is run: ${(error as Error).message}`);
    return files.map(() => ({ output: '', passed: 0, failed: 1, skipped: 0, seconds: 0 }));
  }
  return outcomes;
}

const outcomes = await runFiles(selectFiles(values.folder));
const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 || outcomes.length === 0 ? 1 : 0;
