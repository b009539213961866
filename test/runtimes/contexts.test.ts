// Tests the packed package in the contexts of browsers, without a bundler: every output equals Node's.
import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { installedProject } from '../package/installed';
import { prepareOutputs, serve } from './contexts';
import { engineTest } from './engine-test';
import { engines } from './engines';
import { record } from './environments';
import { inChromium } from './run-chromium';
import { inExtension } from './run-extension';
import { inFirefox } from './run-firefox';
import { outputsInNode } from './run-shell';
import { inWebKit } from './run-webkit';

const project = installedProject(['.']);
prepareOutputs(project);

type Results = Record<string, { outputs?: unknown; error?: string }>;
type Run = (use: (open: (url: string) => Promise<void>) => Promise<Results>) => Promise<{ result: Results; version: string }>;

async function verify(name: string, run: Run): Promise<void> {
  const expected = outputsInNode(process.execPath, project);
  const { result, version } = await run(async (open) => {
    const server = await serve(project);
    try {
      const posted = server.posted('/result');
      await open(server.address);
      return JSON.parse(await posted);
    } finally {
      server.close();
    }
  });
  const { slim, ...contexts } = result;
  const failures = Object.entries(contexts).filter(([, { outputs }]) => JSON.stringify(outputs) !== JSON.stringify(expected));
  assert.equal(Object.fromEntries(failures), {}, `${name} ${version}`);
  const [first] = expected.load;
  const loaded = Array.from({ length: 8 }, () => first);
  assert.equal(slim.outputs, { refused: 'fetch-failed', early: 'bad-argument', late: 'object', results: loaded }, slim.error);
  for (const context of Object.keys(contexts)) record(`${name} ${version}`, context, ['zeropoint', '/float', '/vision', '/audio']);
  record(`${name} ${version}`, 'page, core fetched', ['/slim']);
}

engineTest(test, 'the contexts of pages', [engines.chromium, engines.playwright], () =>
  verify('Chromium', (use) => inChromium(engines.chromium, engines.playwright, use)),
);
engineTest(test, 'the contexts of pages', [engines.firefox], () => verify('Firefox', (use) => inFirefox(engines.firefox, use)));
engineTest(test, 'the contexts of pages', [engines.webkit], () => verify('WebKitGTK', (use) => inWebKit(engines.webkit, use)));

engineTest(test, 'an extension of manifest version 3', [engines.chromium], async () => {
  const expected = outputsInNode(process.execPath, project);
  const server = await serve(project);
  try {
    const posted = Promise.all(['/extension', '/extension-page'].map((path) => server.posted(path)));
    const results = await inExtension(engines.chromium, project, server.address, posted);
    for (const text of results) assert.equal(JSON.parse(text), expected);
  } finally {
    server.close();
  }
  const version = execFileSync(engines.chromium.executable, ['--version'], { encoding: 'utf8' }).match(/[\d.]+/)![0];
  record(`Chromium ${version}`, 'extension of manifest version 3: service worker and page', [
    'zeropoint',
    '/slim',
    '/float',
    '/vision',
    '/audio',
  ]);
});

test.run();
