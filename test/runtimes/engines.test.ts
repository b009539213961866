// Tests the table of engines by platform: each build is a dependency of its architecture, the same version on all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Engine, engineFolder, enginesOn, hasBuild } from './engines';

const { packages } = JSON.parse(readFileSync(join(engineFolder, 'package-lock.json'), 'utf8'));
const platforms = { 'linux-x64': 'x64', 'linux-arm64': 'arm64' };
const builtOn = (platform: string) => Object.entries<Engine>(enginesOn(platform)).filter(([, engine]) => hasBuild(engine));

test('Linux on x64 and arm64 has every engine, of its architecture and in one version', () => {
  const versions = Object.entries(platforms).map(([platform, architecture]) => {
    const built = builtOn(platform);
    assert.is(built.length, 10, platform);
    const fromNpm = built.flatMap(([key, engine]) => (engine.package ? [{ key, locked: packages[`node_modules/${engine.package}`] }] : []));
    for (const { key, locked } of fromNpm) {
      assert.ok(locked, `${key} on ${platform} is not in the lock file`);
      if (key !== 'playwright') assert.equal([locked.cpu].flat(), [architecture], `${key} on ${platform}`);
    }
    return Object.fromEntries(fromNpm.map(({ key, locked }) => [key, locked.version]));
  });
  assert.equal(versions[0], versions[1]);
});

test('every dependency is an engine of some platform', () => {
  const used = Object.keys(platforms).flatMap((platform) => builtOn(platform).flatMap(([, engine]) => engine.package ?? []));
  assert.equal(Object.keys(packages[''].optionalDependencies).sort(), [...new Set(used)].sort());
});

test('a platform without builds has what drives browsers and no engine from npm', () => {
  const names = (platform: string) => builtOn(platform).map(([key]) => key);
  assert.equal(names('linux-riscv64'), ['chromium', 'firefox', 'webkit', 'playwright']);
  assert.equal(names('sunos-x64'), ['playwright']);
});

test.run();
