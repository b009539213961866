// Owns the published entries: the runtime's in dist/, and the command line and library in tools/dist/.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { minify } from 'terser';
import { bundle } from './bundle';
import { emitDeclarations } from './declarations';
import { minifyOptions } from './minify';
import { platformPlugin, platforms } from './platforms';
import { fromRoot, root } from './root';

/** Entries by the names that package.json's exports map uses. */
const entries = ['index', 'slim', 'image', 'tflite', 'graph', 'tasks', 'mobilenet', 'reference', 'float', 'threads', 'vision', 'audio'];
/** Those that bind binaries, once more for each platform: NAME.PLATFORM. */
const platformEntries = ['index', 'float', 'vision', 'audio'].flatMap((entry) => platforms.map((platform) => `${entry}.${platform}`));

/** The runtime. Shared code goes to chunks, so that ModelError is one class whichever entries are used together. */
export async function buildRuntime(): Promise<void> {
  rmSync(fromRoot('dist'), { recursive: true, force: true });
  await bundle({
    absWorkingDir: root,
    entryPoints: [...entries, ...platformEntries].map((entry) => ({ in: `src/${entry}.ts`, out: entry })),
    outdir: 'dist',
    target: 'es2022',
    // Names are for terser to shorten, since it keeps those of classes.
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [await platformPlugin(entries.map((entry) => `src/${entry}.ts`))],
  });
  await minifyAgain(fromRoot('dist'));
  emitDeclarations('tsconfig.json', 'src', 'dist/types', entries);
}

/** Minifies what esbuild bundled a second time. */
async function minifyAgain(folder: string): Promise<void> {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const text = readFileSync(`${folder}/${name}`, 'utf8');
    const { code } = await minify(text, minifyOptions);
    writeFileSync(`${folder}/${name}`, code!);
  }
}

/** The tools, and the threads that they start; their dependencies stay imports. */
export async function buildTools(): Promise<void> {
  rmSync(fromRoot('tools/dist'), { recursive: true, force: true });
  await bundle({
    absWorkingDir: fromRoot('tools'),
    entryPoints: { cli: 'cli.ts', index: 'index.ts', worker: 'quantize/worker.ts' },
    outdir: 'dist',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // Without the paths of tsconfig.json, so that zeropoint stays a package.
    tsconfigRaw: {},
  });
  emitDeclarations('tsconfig.tools.json', '.', 'tools/dist/types', ['tools/index']);
}
