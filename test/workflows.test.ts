// Tests the workflows of GitHub and .ci/run: they parse, call scripts that exist, and have no right and no action beyond what they need.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly 'runs-on': string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly os: readonly string[]; readonly node: readonly string[] } };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = '.github/workflows';
const workflows = new Map(readdirSync(join(root, folder)).map((file) => [file, parse(read(`${folder}/${file}`)) as Workflow]));
const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps }) => steps);
const commandsOf = (workflow: Workflow): string[] => stepsOf(workflow).flatMap(({ run }) => run ?? []);

test('ci.yml runs .ci/run and nothing else, for every push and pull request', () => {
  const ci = workflows.get('ci.yml')!;
  assert.equal(Object.keys(ci.on).sort(), ['pull_request', 'push']);
  assert.equal(commandsOf(ci), ['.ci/run']);
  assert.equal(Object.keys(ci.jobs), ['test']);
});

test('ci.yml runs on Linux x64 and arm64, by the oldest Node that the package admits and by a newer one', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const { os, node } = workflows.get('ci.yml')!.jobs.test.strategy!.matrix;
  assert.equal(os, ['ubuntu-24.04', 'ubuntu-24.04-arm']);
  assert.equal([`>=${node[0]}`, node.length], [engines.node, 2]);
});

test('workflows may read the checkout; the release may sign, too', () => {
  for (const [file, { permissions, jobs }] of workflows) {
    assert.equal(permissions, { contents: 'read' }, file);
    const more = Object.values(jobs).flatMap((job) => Object.entries(job.permissions ?? {}).filter(([, right]) => right !== 'read'));
    assert.equal(more, file === 'release.yml' ? [['id-token', 'write']] : [], file);
  }
});

test('actions are GitHub’s own, by their major version', () => {
  for (const [file, workflow] of workflows) {
    for (const { uses } of stepsOf(workflow)) if (uses !== undefined) assert.match(uses, /^actions\/[a-z-]+@v\d+$/, file);
  }
});

test('a release is started by hand, and by the script that refuses', () => {
  const release = workflows.get('release.yml')!;
  assert.equal(Object.keys(release.on), ['workflow_dispatch']);
  assert.match(commandsOf(release).at(-1)!, /^npm run release -- /);
});

test('every npm script that workflows and .ci/run call exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const called = [read('.ci/run'), ...[...workflows.values()].flatMap(commandsOf)].join('\n').matchAll(/^npm run ([\w:]+)/gm);
  const names = [...called].map(([, name]) => name);
  assert.ok(names.length >= 4, names.join(' '));
  for (const name of names) assert.ok(name in scripts, name);
});

test('every package of its own that tests need is installed by .ci/run', () => {
  for (const package_ of ['bench/peers', 'test/package/lint', 'test/models/mediapipe', 'test/tools/import/tfjs/stock'])
    assert.match(read('.ci/run'), `npm ci --prefix ${package_} `);
});

test.run();
