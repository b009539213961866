// Owns a run of esbuild, whose warnings are errors.
import { type BuildOptions, build } from 'esbuild';

/** Bundles TypeScript entries into ES modules that share chunks. Throws on errors and on warnings. */
export async function bundle(options: BuildOptions): Promise<void> {
  const { warnings } = await build({ bundle: true, splitting: true, format: 'esm', logLevel: 'warning', ...options });
  if (warnings.length > 0) throw new Error(`esbuild: ${warnings.map(({ text }) => text).join('; ')}`);
}
