// Tests the test run on small files: whatever is wrong with a file, the run fails, and the closing line counts it.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bundledProgram } from './programs';

const build = join(import.meta.dirname, '../../build');
mkdirSync(build, { recursive: true });
/** In the project, so that the files find uvu. */
const folder = mkdtempSync(join(build, 'runner-'));
test.after(() => rmSync(folder, { recursive: true }));

const head = `import { test } from 'uvu';
import * as assert from 'uvu/assert';
`;
const pass = "test('good', () => assert.ok(true));\n";
const fail = "test('bad', () => assert.is(1, 2));\n";
const skip = "test.skip('left out', () => {});\n";
const run = 'test.run();\n';
const counts = "console.log('\\n  Total:     1\\n  Passed:    1\\n  Skipped:   0\\n  Duration:  1ms\\n');\n";

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly closing: string;
}

let folders = 0;

/** Runs the test run over test files of these texts, by name. */
async function runTests(files: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  const place = join(folder, String(folders++));
  mkdirSync(place);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, `${name}.test.ts`), text);
  const command = [bundledProgram('test/run.ts'), '--folder', place, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (error, stdout) => {
      const closing = stdout.trimEnd().split('\n').at(-1)!;
      resolve({ code: error ? Number(error.code) : 0, output: stdout, closing });
    });
  });
}

/** Registers a test that a file of this text ends the run with `code` and `closing`; `words` are part of what is printed. */
function outcome(title: string, text: string, code: number, closing: string, words = ''): void {
  test(title, async () => {
    const ended = await runTests({ file: text });
    assert.equal([ended.code, ended.closing], [code, closing], ended.output);
    assert.ok(ended.output.includes(words), ended.output);
  });
}

outcome('all passed', head + pass + pass + run, 0, '2 passed, 0 failed, 0 skipped');
outcome('passed and skipped', head + pass + skip + run, 0, '1 passed, 0 failed, 1 skipped');
outcome('one failed: its source line is printed', head + pass + fail + run, 1, '1 passed, 1 failed, 0 skipped', 'file.test.ts:4:');
outcome('two failed, three skipped', head + fail + fail + skip + skip + skip + run, 1, '0 passed, 2 failed, 3 skipped');
outcome('one failed in the second of two suites', `${head}${pass}${run}${fail}${run}`, 1, '1 passed, 1 failed, 0 skipped');
// uvu ends with code 0 then.
outcome(
  'a hook that throws, three skipped',
  `${head}test.before(() => { throw new Error(); });\n${pass}${skip}${skip}${skip}${run}`,
  1,
  '0 passed, 1 failed, 3 skipped',
);
outcome('an error before the tests', `${head}throw new Error('broken');\n${pass}${run}`, 1, '0 passed, 1 failed, 0 skipped', 'broken');
outcome('a crash after a test', `${head}${pass}test('', () => process.abort());\n${run}`, 1, '0 passed, 1 failed, 0 skipped', 'SIGABRT');
outcome('an end with code 0 amid the tests', `${head}${pass}test('', () => process.exit(0));\n${run}`, 1, '0 passed, 1 failed, 0 skipped');
outcome(
  'a test that waits for nothing',
  `${head}${pass}test('', () => new Promise(() => {}));\n${run}`,
  1,
  '0 passed, 1 failed, 0 skipped',
);
outcome('tests that are not run', head + pass, 1, '0 passed, 1 failed, 0 skipped');
outcome('no test', head + run, 1, '0 passed, 1 failed, 0 skipped');
outcome('one failed, after it has printed counts of its own', `${head}${counts}${fail}${run}`, 1, '0 passed, 1 failed, 0 skipped');
outcome(
  'all passed, but exit code 3',
  `${head}process.on('exit', () => { process.exitCode = 3; });\n${pass}${run}`,
  1,
  '1 passed, 1 failed, 0 skipped',
);
outcome('a file that does not compile', 'const;\n', 1, '0 passed, 1 failed, 0 skipped');

/** Longer than any limit. */
const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300_000);';

test('a file that hangs fails, those beside it are counted', async () => {
  const files = { hanging: `${head}${pass}test('', () => { ${wait} });\n${run}`, good: head + pass + pass + run };
  const { code, closing, output } = await runTests(files, '--limit', '4');
  assert.equal([code, closing], [1, '2 passed, 1 failed, 0 skipped'], output);
  assert.match(output, 'not ended after 4 s');
});

// The run ends when nothing can print any more.
test('a file whose child process stays fails, and the child is ended', async () => {
  const start = `const child = spawn(process.execPath, ['-e', '${wait}'], { stdio: 'inherit' });\nchild.unref();\n`;
  const text = `import { spawn } from 'node:child_process';\n${head}${start}${pass}${run}`;
  const { code, closing, output } = await runTests({ leaving: text }, '--limit', '4');
  assert.equal([code, closing], [1, '1 passed, 1 failed, 0 skipped'], output);
});

test('words select files by their paths; none selected is a failure', async () => {
  const files = { one: head + pass + run, two: head + fail + run };
  const one = await runTests(files, 'one.test');
  assert.equal([one.code, one.closing], [0, '1 passed, 0 failed, 0 skipped'], one.output);
  const none = await runTests(files, 'three');
  assert.equal([none.code, none.closing], [1, '0 passed, 0 failed, 0 skipped'], none.output);
});

test.run();
