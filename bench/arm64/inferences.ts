// Owns counting inferences on arm64: the emulator, and ./inference.ts bundled for it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Counts, countInstructions, installEmulator } from './emulator';

/**
 * What runs a model: zeropoint, `simd` for its core without relaxed SIMD, the float entry, `relaxedFloat` for that option of it, or a peer,
 * which bench/peers must have installed.
 */
export type Engine = 'zeropoint' | 'simd' | 'zeropoint/float' | 'relaxedFloat' | 'LiteRT.js' | 'tfjs-tflite';

/** Instructions of `runs` inferences of a .tflite file; `cpu` as in countInstructions. Throws where the engine refuses the file. */
export type CountInferences = (engine: Engine, file: string, runs: number, cpu?: string) => Counts;

/** Gives `use` the path of ./inference.ts as one file, and removes it when `use` returns. */
export async function withInferenceBundle<T>(use: (bundle: string) => T | Promise<T>): Promise<T> {
  // Beside the peers, whose packages it finds by its own place; one per process.
  const bundle = join(import.meta.dirname, `../peers/inference-${process.pid}.emulated.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'inference.ts')],
    ...{ bundle: true, format: 'esm', platform: 'node', outfile: bundle, logLevel: 'warning' },
  });
  try {
    return await use(bundle);
  } finally {
    rmSync(bundle);
  }
}

/** Brings what is missing, and gives `use` the counter. */
export function withInferenceCounter<T>(use: (count: CountInferences) => T | Promise<T>): Promise<T> {
  installEmulator();
  return withInferenceBundle((bundle) => use((engine, file, runs, cpu) => countInstructions(bundle, [engine, file, String(runs)], cpu)));
}

/** Instructions of all classes. */
export function totalInstructions({ dot, multiply, memory, vector, other }: Counts): number {
  return dot + multiply + memory + vector + other;
}
