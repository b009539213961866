// Owns what tests have found of environments, which `npm run docs:environments` makes a table of.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../package/installed';

const folder = join(root, 'build/environments');

/** An environment in which the packed package gave the outputs that Node gives. */
export interface Environment {
  /** The engine or bundler with its version, then the context. */
  readonly name: string;
  /** Entries whose outputs were compared. */
  readonly entries: readonly string[];
}

/** Keeps that an environment passed; called last by its test. */
export function record(name: string, entries: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const file = `${name.replace(/[^\w.]+/g, '-')}.json`;
  writeFileSync(join(folder, file), JSON.stringify({ name, entries } satisfies Environment));
}

/** What was recorded since `folder` was last removed, by name. */
export function recorded(): Environment[] {
  return readdirSync(folder)
    .map((file): Environment => JSON.parse(readFileSync(join(folder, file), 'utf8')))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
