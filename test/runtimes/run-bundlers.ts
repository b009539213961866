// Owns the bundlers: where they are, and how each makes a page of bundled-page.mjs.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { temporaryFolder } from '../package/installed';
import { ended } from './run-firefox';

/** Holds package.json and package-lock.json of the bundlers. */
export const bundlerFolder = join(import.meta.dirname, 'bundlers');
const packages = join(bundlerFolder, 'node_modules');

export const bundlersInstalled = existsSync(join(packages, '.package-lock.json'));

export function bundlerVersion(name: string): string {
  return JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')).version;
}

// Their types are not installed with the project.
const imported = async (path: string) => import(pathToFileURL(join(packages, path)).href);

/**
 * A copy of an installed project with the bundlers beside the package; it goes away with the process. Not in this repository, whose
 * tsconfig.json maps the package to its sources, which bundlers read.
 */
export function bundledProject(project: string): string {
  const folder = temporaryFolder();
  cpSync(project, folder, { recursive: true });
  // Hard links where the file system is one.
  for (const options of ['-al', '-a'])
    if (spawnSync('cp', [options, '--no-clobber', `${packages}/.`, join(folder, 'node_modules')]).status === 0) break;
  const parcel = { '@parcel/resolver-default': { packageExports: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', ...parcel }));
  return folder;
}

const html = (script: string) => `<!doctype html><meta charset="utf-8"><script type="module" src="${script}"></script>`;

/** A bundler that writes a page into a project; returns its path, with the core's address as the query where no file is copied. */
export interface Bundler {
  readonly name: string;
  readonly copiesFiles: boolean;
  readonly bundle: (project: string) => Promise<string>;
}

const entry = 'bundled-page.mjs';

export const esbuildPage: Bundler = {
  name: 'esbuild',
  copiesFiles: false,
  async bundle(project) {
    await build({ absWorkingDir: project, entryPoints: [entry], outfile: 'esbuild/page.js', bundle: true, format: 'esm', minify: true });
    writeFileSync(join(project, 'esbuild/index.html'), html('page.js'));
    return '/esbuild/index.html';
  },
};

export const bundlers: readonly Bundler[] = [
  {
    name: 'vite',
    copiesFiles: true,
    async bundle(project) {
      writeFileSync(join(project, 'index.html'), html(`/${entry}`));
      const vite = await imported('vite/dist/node/index.js');
      await vite.build({ root: project, base: '/vite/', logLevel: 'error', build: { outDir: 'vite', assetsInlineLimit: 0 } });
      return '/vite/index.html';
    },
  },
  {
    name: 'webpack',
    copiesFiles: true,
    async bundle(project) {
      const { default: webpack } = await imported('webpack/lib/index.js');
      const stats = await new Promise<{ hasErrors(): boolean; toString(): string }>((resolve, reject) => {
        const output = { path: join(project, 'webpack'), filename: 'page.js', publicPath: '/webpack/' };
        const done = (error: unknown, found: { hasErrors(): boolean; toString(): string }) => (error ? reject(error) : resolve(found));
        webpack({ context: project, mode: 'production', entry: `./${entry}`, output }, done);
      });
      if (stats.hasErrors()) throw new Error(stats.toString());
      writeFileSync(join(project, 'webpack/index.html'), html('page.js'));
      return '/webpack/index.html';
    },
  },
  {
    name: 'rollup',
    copiesFiles: false,
    async bundle(project) {
      const { rollup } = await imported('rollup/dist/es/rollup.js');
      const { nodeResolve } = await imported('@rollup/plugin-node-resolve/dist/es/index.js');
      const bundle = await rollup({ input: join(project, entry), plugins: [nodeResolve({ browser: true })] });
      await bundle.write({ file: join(project, 'rollup/page.js'), format: 'es' });
      writeFileSync(join(project, 'rollup/index.html'), html('page.js'));
      return '/rollup/index.html';
    },
  },
  {
    name: 'parcel',
    copiesFiles: true,
    async bundle(project) {
      writeFileSync(join(project, 'index.html'), html(`./${entry}`));
      const program = join(project, 'node_modules/parcel/lib/bin.js');
      const options = ['build', 'index.html', '--dist-dir', 'parcel', '--public-url', '/parcel', '--no-cache', '--no-source-maps'];
      await promisify(execFile)(process.execPath, [program, ...options], { cwd: project });
      return '/parcel/index.html';
    },
  },
];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Builds and starts a Next application by a bundler, and gives what `use` makes of its address. */
export async function inNext<T>(project: string, bundler: '--turbopack' | '--webpack', use: (address: string) => Promise<T>): Promise<T> {
  rmSync(join(project, '.next'), { recursive: true, force: true });
  cpSync(join(bundlerFolder, 'next'), project, { recursive: true });
  // Next 16.4 does not build this edge route by webpack: it misses a manifest of its own.
  if (bundler === '--webpack') rmSync(join(project, 'app/api/edge'), { recursive: true });
  const program = join(project, 'node_modules/next/dist/bin/next');
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' as const };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, 'build', bundler], { cwd: project, env }).catch(
    (error) => {
      throw new Error(`next build: ${error.stdout}${error.stderr}`);
    },
  );
  if (/error/i.test(stderr)) throw new Error(stdout + stderr);
  const port = await freePort();
  const child = spawn(process.execPath, [program, 'start', '-H', '127.0.0.1', '-p', String(port)], { cwd: project, env });
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text) => text.includes('Ready') && resolve());
      child.once('exit', () => reject(new Error('next start ended')));
    });
    return await use(`http://127.0.0.1:${port}`);
  } finally {
    await ended(child);
  }
}
