// Owns tests that need engines: what happens where one of them is not installed.
import * as assert from 'uvu/assert';
import { type Engine, isInstalled, label } from './engines';

/** uvu's `test`. */
interface Suite {
  (name: string, body: () => void | Promise<void>): void;
  skip(name?: string, body?: () => void): void;
}

/** Registers a test that fails under CI=true, and elsewhere is skipped with one line, when an engine is not here. */
export function engineTest(suite: Suite, what: string, required: readonly Engine[], body: () => Promise<void>): void {
  const name = label(required[0]);
  const missing = required.filter((engine) => !isInstalled(engine)).map(label);
  if (missing.length === 0) return void suite(`${what} in ${name}`, body);
  const report = `missing: ${missing.join(', ')}, ${what} was not tested in ${name}; run npx tsx test/runtimes/install.ts`;
  if (process.env.CI === 'true') return void suite(report, () => assert.unreachable(report));
  console.log(`skipped, ${report}`);
  suite.skip(report, () => {});
}
