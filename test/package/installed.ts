// Owns what users get: the packages as npm packs them, installed into empty projects, without a network.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
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
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zeropoint-test-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs npm in `cwd`. Which package this very process was started for by npm must not leak into it. Throws what it prints when it fails. */
function runNpm(args: readonly string[], cwd: string): { stdout: string; stderr: string } {
  const leaks = /^npm_(config_(local_prefix|workspace)|package_|lifecycle_|command)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !leaks.test(name)));
  const { status, stdout, stderr, error } = spawnSync('npm', [...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (status !== 0) throw error ?? new Error(`npm ${args.join(' ')}\n${stdout}${stderr}`);
  return { stdout, stderr };
}

/** Runs npm in `cwd` and returns its standard output. */
export function npm(args: readonly string[], cwd: string): string {
  return runNpm(args, cwd).stdout;
}

/** A tarball as npm lists it; sizes are in bytes, those of the files as they are unpacked. */
export interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** The tarball that packing `folder` now would give. */
export function packedContents(folder: string): Packed {
  const [contents] = JSON.parse(npm(['pack', '--dry-run', '--json', '--ignore-scripts'], folder));
  return contents;
}

/** Paths in that tarball. */
export function packedFiles(folder: string): string[] {
  return packedContents(folder).files.map(({ path }) => path);
}

/** Packs the package in `folder` as built now; the path of the tarball in `destination`. */
export function pack(folder: string, destination: string): string {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', destination], folder));
  return join(destination, filename);
}

/** Where the package in `folder` finds its dependency `name`: beside it or further up, not above our root. Undefined: nowhere. */
function resolveDependency(folder: string, name: string): string | undefined {
  for (let place = folder; place.startsWith(root); place = dirname(place)) {
    const found = join(place, 'node_modules', name);
    if (existsSync(found)) return found;
  }
  return undefined;
}

/** Folders below our own node_modules of everything that the package in `folder` needs at run time, except our packages themselves. */
function dependencyFolders(folder: string, found = new Set<string>()): Set<string> {
  const { dependencies = {}, optionalDependencies = {} } = readManifest(folder);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const dependency = name === 'zeropoint' ? undefined : resolveDependency(folder, name);
    // Optional packages for other platforms are not there.
    if (dependency === undefined || found.has(dependency)) continue;
    found.add(dependency);
    dependencyFolders(dependency, found);
  }
  return found;
}

/** Copies folders below our node_modules into a project's, with the links to their commands: npm fetches anew what lacks its links. */
function copyDependencies(dependencies: ReadonlySet<string>, project: string): void {
  for (const dependency of dependencies) cpSync(dependency, join(project, relative(root, dependency)), { recursive: true });
  const links = 'node_modules/.bin';
  mkdirSync(join(project, links), { recursive: true });
  for (const name of readdirSync(join(root, links))) {
    const target = readlinkSync(join(root, links, name));
    const file = join(root, links, target);
    if ([...dependencies].some((dependency) => file.startsWith(dependency + sep))) symlinkSync(target, join(project, links, name));
  }
}

/**
 * An empty project into which the packages of `folders` (relative to the root) were packed and installed, beside copies of their
 * dependencies that lie as they do in our node_modules: npm takes what is there and asks no registry. Needs a build.
 */
export function installedProject(folders: readonly string[]): string {
  const parent = temporaryFolder();
  const project = join(parent, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const sources = folders.map((folder) => join(root, folder));
  const tarballs = sources.map((source) => pack(source, parent));
  const dependencies = new Set(sources.flatMap((source) => [...dependencyFolders(source)]));
  copyDependencies(dependencies, project);
  const { stderr } = runNpm(['install', '--offline', '--ignore-scripts', ...tarballs], project);
  if (/warn/i.test(stderr)) throw new Error(`npm warns of the packages: ${stderr}`);
  return project;
}
