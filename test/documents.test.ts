// Tests that the documents tell the truth: every operator has its row, every file and command that they name exists.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (...parts: string[]): string => readFileSync(join(root, ...parts), 'utf8');

/** Keys of OperatorAttributes, the list of all operators. */
function operatorTypes(): string[] {
  const body = read('src/graph/graph.ts').split('export interface OperatorAttributes {')[1].split('\n}')[0];
  return [...body.matchAll(/^ {2}([A-Za-z][A-Za-z0-9_]*):/gm)].map(([, name]) => name);
}

/** Operators that have a lowering to the core. */
function loweredTypes(): string[] {
  const body = read('src/plan/lower.ts').split('lowerings: {')[1].split('},')[0];
  return [...body.matchAll(/^ {4}([A-Z][A-Z0-9_]*): lower/gm)].map(([, name]) => name);
}

test('README lists every operator once, in the core or on the host as it is', () => {
  const rows = read('README.md').split('\n');
  const words = (start: string) => new Set(rows.find((row) => row.startsWith(start))!.match(/[A-Za-z][A-Za-z0-9_]*/g));
  const core = words('| in the core |');
  const host = words('| on the host |');
  const lowered = new Set(loweredTypes());
  assert.ok(lowered.size > 20);
  for (const type of operatorTypes()) {
    assert.is(core.has(type), lowered.has(type), `${type} in the row of the core`);
    assert.is(host.has(type), !lowered.has(type), `${type} in the row of the host`);
  }
});

test('every operator has an example in the test of dtypes', () => {
  const examples = read('test/graph/operators.test.ts');
  for (const type of operatorTypes()) assert.ok(examples.includes(type), `${type} has no example in test/graph/operators.test.ts`);
});

test('every npm script that the documents name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const file of ['README.md', 'ARCHITECTURE.md', 'SECURITY.md']) {
    for (const [, script] of read(file).matchAll(/npm run ([a-z:]+)/g)) assert.ok(scripts[script], `${file} names npm run ${script}`);
  }
});

test('every script runs a file that exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const [name, command] of Object.entries(scripts)) {
    for (const [, file] of command.matchAll(/tsx ([a-z/-]+\.ts)/g)) assert.ok(existsSync(join(root, file)), `${name} runs ${file}`);
  }
});

test('every file that ARCHITECTURE names in backquotes exists', () => {
  for (const [, path] of read('ARCHITECTURE.md').matchAll(/`([a-z-]+\/[a-z0-9/.-]+\.ts)`/g)) {
    const candidates = [path, `src/${path}`, `assembly/${path}`, `tools/${path}`];
    assert.ok(
      candidates.some((candidate) => existsSync(join(root, candidate))),
      `ARCHITECTURE.md names ${path}`,
    );
  }
});

test.run();
