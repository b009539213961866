// Owns what tests have found of environments: each has its row in docs/environments.md, which `npm run docs:environments` writes.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/installed';

const folder = join(root, 'build/environments');
const table = join(root, 'docs/environments.md');

/** An environment in which the packed package gave the outputs that Node gives. */
export interface Environment {
  /** The engine or bundler, and the context. */
  readonly name: string;
  readonly version: string;
  readonly context: string;
  /** Entries whose outputs were compared. */
  readonly entries: readonly string[];
}

/** The row of an environment in Markdown, up to its version. */
export const rowStart = ({ name, context }: Environment): string => `| ${name} | ${context} |`;

/**
 * Says that an environment passed; the last statement of its test. Throws Error where the table has no row for it, or keeps it for the
 * command that writes the table.
 * @param engine name and version, as `Chromium 156.0`
 */
export function record(engine: string, context: string, entries: readonly string[]): void {
  const [, name, version] = engine.match(/^(.*) ([\d][\w.]*)$/)!;
  const environment: Environment = { name, version, context, entries };
  if (process.env.ENVIRONMENTS !== 'write') {
    if (readFileSync(table, 'utf8').includes(rowStart(environment))) return;
    throw new Error(`docs/environments.md has no row ${rowStart(environment)}: npm run docs:environments writes it`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${engine} ${context}.json`.replace(/[^\w.]+/g, '-')), JSON.stringify(environment));
}

export function forgetRecorded(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** What was recorded since. */
export function recorded(): Environment[] {
  return readdirSync(folder).map((file): Environment => JSON.parse(readFileSync(join(folder, file), 'utf8')));
}
