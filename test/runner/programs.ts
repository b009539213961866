// Owns where compiled sources lie, and the programs of the project that tests start as processes of their own.

/** Programs of the project that tests start as processes of their own, by their paths from the root. */
export const programs = [
  'tools/cli.ts',
  'tools/quantize/worker.ts',
  'tools/demo/start.ts',
  'tools/build/release.ts',
  'test/run.ts',
] as const;

/** The environment variable through which test processes learn the folder of the bundle. */
const bundleVariable = 'ZEROPOINT_TEST_BUNDLE';

/** Where a source lies in the bundle, from the bundle's folder. */
export function bundledName(source: string): string {
  return source.replace(/\.ts$/, '.mjs');
}

/** Inside a test: the compiled file of one of `programs`. */
export function bundledProgram(program: (typeof programs)[number]): string {
  const folder = process.env[bundleVariable];
  if (!folder) throw new Error(`${bundleVariable} is not set: run tests by npx tsx test/run.ts [WORD ...]`);
  return `${folder}/${bundledName(program)}`;
}

/** The environment of a test process whose bundle lies in `folder`. */
export function testEnvironment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, [bundleVariable]: folder };
}
