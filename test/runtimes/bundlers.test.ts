// Tests the packed package as bundlers take it: what their pages and servers compute equals Node's outputs.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedProject } from '../package/installed';
import { prepareOutputs, serve } from './contexts';
import { engineTest } from './engine-test';
import { engines } from './engines';
import { record } from './environments';
import { type Bundler, bundledProject, bundlers, bundlersInstalled, bundlerVersion, esbuildPage, inNext } from './run-bundlers';
import { inChromium } from './run-chromium';
import { outputsInNode } from './run-shell';

const installed = installedProject(['.']);
prepareOutputs(installed);
const expected = outputsInNode(process.execPath, installed);
const all = ['zeropoint', '/slim', '/float', '/vision'];

function verify(text: string): void {
  const { error, ...result } = JSON.parse(text);
  assert.is(error, undefined);
  assert.equal(result, { outputs: expected, slim: expected.load[0] });
}

async function verifyPage({ name, copiesFiles, bundle }: Bundler, project: string, version: string): Promise<void> {
  const path = await bundle(project);
  const server = await serve(project);
  try {
    const address = server.address + path + (copiesFiles ? '' : '?/node_modules/zeropoint/wasm/core.wasm');
    await inChromium(engines.chromium, engines.playwright, async (open) => {
      const posted = server.posted('/result');
      await open(address);
      verify(await posted);
    });
  } finally {
    server.close();
  }
  record(
    `${name} ${version}`,
    'page',
    copiesFiles ? all : all.map((entry) => (entry === '/slim' ? '/slim with the option module' : entry)),
  );
}

const browsers = [engines.chromium, engines.playwright];
engineTest(test, 'a page of esbuild', browsers, async () => {
  const { version } = await import('esbuild');
  await verifyPage(esbuildPage, installed, version);
});

const missing = 'the other bundlers are not installed (npm ci --prefix test/runtimes/bundlers): their pages are not tested';
if (!bundlersInstalled) {
  console.log(`skipped, ${missing}`);
  test.skip(missing);
} else {
  const project = bundledProject(installed);
  for (const bundler of bundlers) {
    engineTest(test, `a page of ${bundler.name}`, browsers, () => verifyPage(bundler, project, bundlerVersion(bundler.name)));
  }
  for (const bundler of ['--turbopack', '--webpack'] as const) {
    engineTest(test, `Next by ${bundler}, its routes and its page`, browsers, async () => {
      const name = `Next by ${bundler.slice(2)} ${bundlerVersion('next')}`;
      await inNext(project, bundler, async (address) => {
        for (const route of bundler === '--turbopack' ? ['edge', 'node'] : ['node']) {
          const response = await fetch(`${address}/api/${route}`);
          assert.ok(response.ok, `${route}: ${response.status}`);
          assert.equal(await response.json(), expected, route);
          record(name, `${route} route`, ['zeropoint', '/float', '/vision']);
        }
        const server = await serve(installed);
        await inChromium(engines.chromium, engines.playwright, async (open) => {
          const posted = server.posted('/next');
          await open(`${address}/?post=${server.address}/next`);
          verify(await posted);
        }).finally(server.close);
        record(name, 'page', all);
      });
    });
  }
}

test.run();
