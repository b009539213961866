// Owns bundling the tests: one run of esbuild compiles every selected file, so that no test process loads a TypeScript compiler.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** `import.meta` keeps meaning the source: tests and programs find the project's files from it. */
const sourceLocations: Plugin = {
  name: 'source locations',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const constants: Record<string, string> = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
      const contents = text.replace(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, key) => JSON.stringify(constants[key]));
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Bundles `sources` (paths from `root`) into `folder`, where each lies by its path from `root`. What they share is in chunks, so that a
 * process holds every module once. Packages stay imports and are found in the node_modules above `folder`. Throws errors and warnings.
 */
export async function bundleTests(root: string, sources: readonly string[], folder: string): Promise<void> {
  const { metafile, warnings } = await build({
    absWorkingDir: root,
    entryPoints: [...sources],
    outdir: folder,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Modules of tests are imported for their effects, too, which `sideEffects` in package.json denies.
    ignoreAnnotations: true,
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [sourceLocations],
    metafile: true,
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text, location }) => `${location?.file}:${location?.line}: ${text}`).join('\n'));
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const built = imports.find(({ external, path }) => external && /^zeropoint(\/|$)/.test(path));
  if (built) throw new Error(`tests would import ${built.path} as it was built: tsconfig.json maps it to no source`);
}
