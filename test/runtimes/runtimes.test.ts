// Owns the proof that the packed package computes the same bytes in every engine, and that they are the reference's.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedProject } from '../package/installed';
import { prepareOutputs } from './contexts';
import { engineTest } from './engine-test';
import { type Engine, engines, label } from './engines';
import { record } from './environments';
import { type PageResult, runPages } from './pages';
import { inChromium } from './run-chromium';
import { inFirefox } from './run-firefox';
import { type Outputs, outputsInNode, runInShell } from './run-shell';
import { runInWorkerd } from './run-workerd';
import type { Smoke } from './smoke';

/** A convolution, 13 blocks of two, pooling, a convolution, RESHAPE, SOFTMAX, and the output once more. */
const tensorCount = 1 + 13 * 2 + 4 + 1;

const here = import.meta.dirname;
const project = installedProject(['.']);
for (const file of readdirSync(here)) if (file.endsWith('.mjs')) copyFileSync(join(here, file), join(project, file));
const { code } = transformSync(readFileSync(join(here, '../support/random.ts'), 'utf8'), { loader: 'ts' });
writeFileSync(join(project, 'random.mjs'), code);

prepareOutputs(project);

/** What the first engine computed; every other one has to compute the same. */
let expected: { readonly smoke: Smoke; readonly name: string } | undefined;

function verify(name: string, smoke: Smoke): void {
  for (const dtype of ['uint8', 'int8'] as const) {
    const { sync, async, warm, reference } = smoke[dtype];
    assert.is(Object.keys(reference).length, tensorCount, `${name}, ${dtype}: tensors of the reference`);
    assert.equal(sync, reference, `${name}, ${dtype}: loadSync and the reference disagree`);
    assert.equal(async, reference, `${name}, ${dtype}: load and the reference disagree`);
    assert.equal(warm, reference, `${name}, ${dtype}: the optimized core and the reference disagree`);
  }
  expected ??= { smoke, name };
  assert.equal(smoke, expected.smoke, `${name} and ${expected.name} disagree`);
  const outputs = (['uint8', 'int8'] as const).map((dtype) => `${dtype} ${smoke[dtype].reference['output 0']}`);
  console.log(`${name}: ${outputs.join(', ')}`);
}

function shellTest(engine: Engine, options: readonly string[]): void {
  engineTest(test, 'the packed package', [engine], async () => {
    const { hashes, threads } = await runInShell(engine, options, project);
    verify(label(engine), hashes);
    assert.equal(threads, { 2: true, 3: true }, `${label(engine)}: threads`);
    record(label(engine), 'import', ['zeropoint', '/threads']);
  });
}

shellTest(engines.node20, ['--disallow-code-generation-from-strings']);
shellTest(engines.node24, ['--disallow-code-generation-from-strings']);
shellTest(engines.node26, ['--disallow-code-generation-from-strings']);
// No permission is granted, so reading a file or the environment would fail.
shellTest(engines.deno, ['run', '--no-prompt', '--no-remote', '--node-modules-dir=manual']);
shellTest(engines.bun, ['--no-install']);

/** Without colours, which Deno and Bun write to pipes only when asked to. */
function consoleTest(engine: Engine, options: readonly string[]): void {
  engineTest(test, 'a model and an uncaught error on the console', [engine], async () => {
    const env = { PATH: process.env.PATH, HOME: project, DENO_DIR: `${project}/.deno`, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
    const { status, stdout, stderr } = spawnSync(engine.executable, [...options, 'console.mjs'], { cwd: project, env, encoding: 'utf8' });
    assert.is(status, 1, stderr);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(
      lines.slice(0, 3).map((line) => line.trim().split(' ')[0]),
      ['Model', 'input', 'output'],
      stdout,
    );
    assert.is(lines[6], 'Model ModelError', stdout);
    assert.is(lines[8].trim(), 'disposed', stdout);
    assert.is(lines.length, 12, stdout);
    assert.match(stderr, /ModelError: the file must have 'TFL3' at byte 4/);
    // Deno shows the lines of packages in node_modules by number only.
    if (engine !== engines.deno) assert.match(stderr, /new ModelError\(/);
    assert.ok(stderr.split('\n').length <= 24, stderr);
    for (const line of stderr.split('\n')) assert.ok(line.length <= 400, `a line of ${line.length} characters: ${line}`);
  });
}

consoleTest(engines.node20, []);
consoleTest(engines.node24, []);
consoleTest(engines.node26, []);
consoleTest(engines.deno, ['run', '--no-prompt', '--no-remote', '--node-modules-dir=manual']);
consoleTest(engines.bun, ['--no-install']);

engineTest(test, 'the packed package', [engines.workerd], async () => {
  verify(label(engines.workerd), await runInWorkerd<Smoke>(engines.workerd, project, 'fetch-handler.mjs'));
  const found = await runInWorkerd<Outputs>(engines.workerd, project, 'outputs-handler.mjs');
  assert.equal(found, outputsInNode(process.execPath, project));
  record(label(engines.workerd), 'handler', ['zeropoint', '/float', '/vision', '/audio']);
});

function verifyPages(name: string, { page, worker, forbidden }: PageResult): void {
  assert.ok(page.blocksEval && worker.blocksEval, 'the Content-Security-Policy is not in force');
  verify(`${name}, page`, page.hashes);
  verify(`${name}, module worker`, worker.hashes);
  const both = { 2: true, 3: true };
  assert.equal([page.threads, worker.threads], [both, both], `threads in ${name}`);
  record(name, 'page and module worker, cross-origin isolated', ['/threads']);
  assert.is(forbidden.length, 2);
  for (const refused of forbidden) {
    assert.equal([refused.name, refused.code], ['ModelError', 'wasm-forbidden'], refused.message);
    assert.match(refused.message, "script-src 'wasm-unsafe-eval'");
  }
}

engineTest(test, 'the packed package', [engines.chromium, engines.playwright], async () => {
  const { version, result } = await inChromium(engines.chromium, engines.playwright, (open) => runPages(project, open));
  verifyPages(`Chromium ${version}`, result);
});

engineTest(test, 'the packed package', [engines.firefox], async () => {
  const { version, result } = await inFirefox(engines.firefox, (open) => runPages(project, open));
  verifyPages(`Firefox ${version}`, result);
});

test.run();
