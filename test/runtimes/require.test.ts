// Tests the packed package through CommonJS: require loads every entry without a warning, and outputs equal those of import.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedProject, readManifest } from '../package/installed';
import { prepareOutputs } from './contexts';
import { engineTest } from './engine-test';
import { type Engine, engines, label } from './engines';
import { record } from './environments';
import { outputsInNode } from './run-shell';

const project = installedProject(['.']);
prepareOutputs(project);
const entries = Object.entries(readManifest(join(project, 'node_modules/zeropoint')).exports)
  .filter(([, target]) => JSON.stringify(target).includes('.js"'))
  .map(([entry]) => entry.replace('.', 'zeropoint'));
writeFileSync(
  join(project, 'entries.cjs'),
  `console.log(JSON.stringify(${JSON.stringify(entries)}.map((entry) => typeof require(entry))))`,
);
writeFileSync(join(project, 'require.cjs'), "require('./outputs.mjs').outputs().then((outputs) => console.log(JSON.stringify(outputs)));");
const expected = outputsInNode(process.execPath, project);

function requireTest(engine: Engine, options: readonly string[] = []): void {
  engineTest(test, 'require of the packed package', [engine], async () => {
    const env = { PATH: process.env.PATH, HOME: project, DENO_DIR: `${project}/.deno`, DENO_NO_UPDATE_CHECK: '1' };
    const { stdout, stderr } = spawnSync(engine.executable, [...options, 'entries.cjs'], { cwd: project, env, encoding: 'utf8' });
    assert.is(stderr, '');
    assert.equal(
      JSON.parse(stdout),
      entries.map(() => 'object'),
    );
    const printed = execFileSync(engine.executable, [...options, 'require.cjs'], { cwd: project, env, encoding: 'utf8' });
    assert.equal(JSON.parse(printed), expected);
    record(label(engine), 'require', ['zeropoint', '/float', '/vision', '/audio']);
  });
}

requireTest(engines.node20);
requireTest(engines.node24);
requireTest(engines.node26);
requireTest(engines.deno, ['run', '--allow-read', '--no-prompt', '--no-remote', '--node-modules-dir=manual']);
requireTest(engines.bun, ['--no-install']);

/** Without a bundler and without a network: Node reads the core's file, Deno and Bun fetch it. */
const slim = `import { load, loadSync } from 'zeropoint/slim';
import { uint8 } from './models.mjs';
const run = (model) => {
  for (const { data } of model.inputs) for (let i = 0; i < data.length; i++) data[i] = (37 * i) % 251;
  model.run();
  return [...model.outputs[0].data];
};
console.log(JSON.stringify([run(await load(uint8)), run(loadSync(uint8))]));`;
writeFileSync(join(project, 'slim.mjs'), slim);

function slimTest(engine: Engine, options: readonly string[] = []): void {
  engineTest(test, 'zeropoint/slim of the packed package', [engine], async () => {
    const env = { PATH: process.env.PATH, HOME: project, DENO_DIR: `${project}/.deno`, DENO_NO_UPDATE_CHECK: '1' };
    const printed = execFileSync(engine.executable, [...options, 'slim.mjs'], { cwd: project, env, encoding: 'utf8' });
    assert.equal(JSON.parse(printed), [expected.load[0], expected.load[0]]);
    record(label(engine), 'core from its file', ['/slim']);
  });
}

slimTest(engines.node20);
slimTest(engines.node24);
slimTest(engines.node26);
slimTest(engines.deno, ['run', '--allow-read', '--no-prompt', '--no-remote', '--node-modules-dir=manual']);
slimTest(engines.bun, ['--no-install']);

/** `import source` gives the compiled module (source phase imports), which is the option module of every entry. */
const source = `import source core from 'zeropoint/wasm/core.wasm';
import { load } from 'zeropoint';
import { uint8 } from './models.mjs';
const model = await load(uint8, { module: core });
for (const { data } of model.inputs) for (let i = 0; i < data.length; i++) data[i] = (37 * i) % 251;
model.run();
console.log(JSON.stringify([...model.outputs[0].data]));`;
writeFileSync(join(project, 'source.mjs'), source);

for (const engine of [engines.node24, engines.node26]) {
  engineTest(test, 'import source of the core', [engine], async () => {
    const printed = execFileSync(engine.executable, ['--no-warnings', 'source.mjs'], { cwd: project, encoding: 'utf8' });
    assert.equal(JSON.parse(printed), expected.load[0]);
    record(label(engine), '`import source`', ['zeropoint']);
  });
}

test.run();
