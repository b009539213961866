// Owns the judgement of publint and of attw (arethetypeswrong.github.io) on both tarballs: nothing to complain about.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pack, readManifest, root, temporaryFolder } from './installed';

const linters = join(import.meta.dirname, 'lint/node_modules');
const publint = join(linters, 'publint/src/cli.js');
const attw = join(linters, '@arethetypeswrong/cli/dist/index.js');

/** Runs a command-line program of Node and returns what it prints; fails with that where the exit code is not 0. */
function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  assert.is(status, 0, stdout + stderr);
  return stdout;
}

/**
 * node16 is what `moduleResolution` node16 and nodenext do, from ES modules and from CommonJS, and bundler; TypeScript's node10 knows no
 * exports map. The packages are ES modules only, which CommonJS imports dynamically, and that is all the ignored rule tells.
 */
const attwOptions = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm', '--format', 'json'];

const installed = existsSync(publint) && existsSync(attw);
const missing = 'publint and attw are not installed (npm ci --prefix test/package/lint): tarballs are not linted';
if (!installed && process.env.CI === 'true') test(missing, () => assert.unreachable(missing));
else if (!installed) {
  console.log(`skipped, ${missing}`);
  test.skip(missing);
} else {
  const folder = temporaryFolder();
  for (const source of [root, join(root, 'tools')]) {
    const tarball = pack(source, folder);
    const name = tarball.slice(folder.length + 1);

    test(`publint, ${name}: no error and no warning`, () => {
      assert.match(run(publint, [tarball, '--strict']), 'All good!');
    });

    test(`attw, ${name}: every entry has types, in every way to resolve it`, () => {
      const { analysis } = JSON.parse(run(attw, [tarball, ...attwOptions]));
      assert.equal(Object.keys(analysis.entrypoints).sort(), Object.keys(readManifest(source).exports).sort());
      const kinds = new Set(analysis.problems.map(({ kind }: { kind: string }) => kind));
      // NoResolution is that of node10, which the profile leaves out.
      assert.equal([...kinds].sort(), ['CJSResolvesToESM', 'NoResolution']);
      for (const { kind, resolutionKind } of analysis.problems) if (kind === 'NoResolution') assert.is(resolutionKind, 'node10');
    });
  }
}

test.run();
