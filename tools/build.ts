// Owns the build: the cores from assembly/, the published entries in dist/, their types, and the command line in tools/dist/.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as asc } from 'assemblyscript/asc';
import { build } from 'esbuild';
import { minify } from 'terser';
import { minifyOptions } from './minify';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const path = (...parts: string[]) => join(root, ...parts);

/** Entries by the names that package.json's exports map uses. */
const entries = ['index', 'index.workerd', 'image', 'tflite', 'graph', 'mobilenet', 'reference', 'float'];

interface Binary {
  readonly source: string;
  /** In assembly/asconfig.json. */
  readonly target: string;
  readonly output: string;
  readonly module: string;
  /** What the module exports. */
  readonly constant: string;
}

const binaries: readonly Binary[] = [
  { source: 'assembly/index.ts', target: 'simd', output: 'wasm/core.wasm', module: 'src/core/wasm.ts', constant: 'coreBase64' },
  {
    source: 'assembly/float/index.ts',
    target: 'float',
    output: 'wasm/float.wasm',
    module: 'src/core/float-wasm.ts',
    constant: 'floatCoreBase64',
  },
];

/** For `import core from 'zeropoint/wasm/core.wasm'`, which bundlers and workers turn into a module. */
const wasmTypes = `/** A WebAssembly.Module, which only the DOM libraries of TypeScript declare. */
declare const module: object;
export default module;
`;

/** One binary from assembly/ to wasm/ with its types, and the same inlined in src/core/. */
async function buildBinary({ source, target, output, module, constant }: Binary): Promise<void> {
  mkdirSync(path('wasm'), { recursive: true });
  const options = [source, '--config', 'assembly/asconfig.json', '--target', target, '--outFile', output];
  const { error, stderr } = await asc(options, { baseDir: root } as never);
  if (error) throw new Error(`asc: ${stderr.toString()}`);
  writeFileSync(path(`${output}.d.ts`), wasmTypes);
  const base64 = readFileSync(path(output)).toString('base64');
  const text = `// Owns ${output} inlined; generated from assembly/ by tools/build.ts.\nexport const ${constant} =\n  '${base64}';\n`;
  writeFileSync(path(module), text);
}

/** Shared code goes to chunks, so that ModelError is one class whichever entries are used together. */
async function buildEntries(): Promise<void> {
  rmSync(path('dist'), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => `src/${entry}.ts`),
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    // Names are for terser to shorten, since it keeps those of classes.
    minifySyntax: true,
    minifyWhitespace: true,
    external: ['@assemblyscript/loader', '*.wasm'],
    logLevel: 'warning',
  });
  await shrinkEntries();
  const types = entries.filter((entry) => entry !== 'index.workerd');
  emitDeclarations('tsconfig.json', 'src', 'dist/types', types);
}

/** Types of some entries, from the sources below `rootDir`; nothing but what they import stays. */
function emitDeclarations(project: string, rootDir: string, outDir: string, types: readonly string[]): void {
  const options = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', outDir, '--rootDir', rootDir];
  execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', project, ...options], { cwd: root, stdio: 'inherit' });
  finishDeclarations(path(outDir), types);
}

/** Minifies what esbuild bundled a second time. */
async function shrinkEntries(): Promise<void> {
  for (const name of readdirSync(path('dist')).filter((file) => file.endsWith('.js'))) {
    const text = readFileSync(path('dist', name), 'utf8');
    const { code } = await minify(text, minifyOptions);
    writeFileSync(path('dist', name), code!);
  }
}

/** Adds the extensions that `moduleResolution: nodenext` demands, and removes the declarations that no entry imports. */
function finishDeclarations(folder: string, types: readonly string[]): void {
  const needed = new Set(types.map((entry) => join(folder, `${entry}.d.ts`)));
  // A set grows while it is walked.
  for (const file of needed) {
    const text = readFileSync(file, 'utf8').replace(/((?:from |import\()["'])(\.[^"']*)/g, (_, before: string, specifier: string) => {
      const target = join(dirname(file), specifier);
      const module = existsSync(`${target}.d.ts`) ? specifier : `${specifier}/index`;
      needed.add(join(dirname(file), `${module}.d.ts`));
      return `${before}${module}.js`;
    });
    writeFileSync(file, text);
  }
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (name.endsWith('.d.ts') && !needed.has(join(folder, name))) rmSync(join(folder, name));
  }
}

/** The command line and the library; their dependencies stay imports. */
async function buildTools(): Promise<void> {
  rmSync(path('tools/dist'), { recursive: true, force: true });
  await build({
    absWorkingDir: path('tools'),
    entryPoints: ['cli.ts', 'index.ts'],
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // Without the paths of tsconfig.json, so that zeropoint stays a package.
    tsconfigRaw: {},
    logLevel: 'warning',
  });
  emitDeclarations('tsconfig.tools.json', '.', 'tools/dist/types', ['tools/index']);
}

for (const binary of binaries) await buildBinary(binary);
if (!process.argv.includes('--core')) {
  await buildEntries();
  await buildTools();
}
