// Owns tests that need engines: what happens where one of them is not installed, or has no build for the platform.
import * as assert from 'uvu/assert';
import { type Engine, hasBuild, isInstalled, label, platform } from './engines';

/** uvu's `test`. */
interface Suite {
  (name: string, body: () => void | Promise<void>): void;
  skip(name?: string, body?: () => void): void;
}

/**
 * Registers a test that is skipped with one line when an engine has no build for the platform. Where one could be here and is not, the
 * test fails under CI=true, unless the engine is optional, and is skipped elsewhere.
 */
export function engineTest(suite: Suite, what: string, required: readonly Engine[], body: () => Promise<void>): void {
  const name = label(required[0]);
  const unbuilt = required.filter((engine) => !hasBuild(engine)).map(label);
  const missing = required.filter((engine) => !isInstalled(engine)).map(label);
  if (missing.length === 0) return void suite(`${what} in ${name}`, body);
  const untested = `${what} was not tested in ${name}`;
  const report =
    unbuilt.length > 0
      ? `no build for ${platform}: ${unbuilt.join(', ')}, ${untested}`
      : `missing: ${missing.join(', ')}, ${untested}; run npx tsx test/runtimes/install.ts`;
  const isOptional = required.some((engine) => engine.isOptional && !isInstalled(engine));
  if (unbuilt.length === 0 && !isOptional && process.env.CI === 'true') return void suite(report, () => assert.unreachable(report));
  console.log(`skipped, ${report}`);
  suite.skip(report, () => {});
}
