// Owns what users get: the packages as npm packs them, installed into empty projects, without a network.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What package.json holds, as far as tests look. */
export interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** A new folder that goes away with the process. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zeropoint-test-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs npm in `cwd` and returns its standard output. Which package this very process was started for by npm must not leak into it. */
export function npm(args: readonly string[], cwd: string): string {
  const leaks = /^npm_(config_(local_prefix|workspace)|package_|lifecycle_|command)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !leaks.test(name)));
  return execFileSync('npm', [...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Paths in the tarball that packing `folder` now would give. */
export function packedFiles(folder: string): string[] {
  const [{ files }] = JSON.parse(npm(['pack', '--dry-run', '--json', '--ignore-scripts'], folder));
  return files.map(({ path }: { path: string }) => path);
}

/** Packs the package in `folder` as built now; the path of the tarball in `destination`. */
function pack(folder: string, destination: string): string {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', destination], folder));
  return join(destination, filename);
}

/** Folders in our own node_modules of everything that the package in `folder` needs at run time, except our packages themselves. */
function dependencyFolders(folder: string, found = new Set<string>()): Set<string> {
  const { dependencies = {}, optionalDependencies = {} } = readManifest(folder);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const dependency = join(root, 'node_modules', name);
    // Optional packages for other platforms are not there.
    if (name === 'zeropoint' || found.has(dependency) || !existsSync(dependency)) continue;
    found.add(dependency);
    dependencyFolders(dependency, found);
  }
  return found;
}

/**
 * An empty project into which the packages of `folders` (relative to the root) were packed and installed, with copies of the
 * dependencies that lie in our node_modules. Needs a build.
 */
export function installedProject(folders: readonly string[]): string {
  const parent = temporaryFolder();
  const project = join(parent, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const sources = folders.map((folder) => join(root, folder));
  const tarballs = sources.map((source) => pack(source, parent));
  const dependencies = new Set(sources.flatMap((source) => [...dependencyFolders(source)]));
  // --install-links copies folders as a registry's packages would arrive; the default would link them.
  npm(['install', '--offline', '--ignore-scripts', '--install-links', ...tarballs, ...dependencies], project);
  return project;
}
