// Owns the build: the core from assembly/, the published entries in dist/, their types, and the command line in tools/dist/.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as asc } from 'assemblyscript/asc';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const path = (...parts: string[]) => join(root, ...parts);

/** Entries by the names that package.json's exports map uses. */
const entries = ['index', 'index.workerd', 'image', 'tflite', 'mobilenet', 'reference'];

/** assembly/ to wasm/core.wasm, and the same inlined as src/core/wasm.ts. */
async function buildCore(): Promise<void> {
  mkdirSync(path('wasm'), { recursive: true });
  const options = ['assembly/index.ts', '--config', 'assembly/asconfig.json', '--target', 'simd', '--outFile', 'wasm/core.wasm'];
  const { error, stderr } = await asc(options, { baseDir: root } as never);
  if (error) throw new Error(`asc: ${stderr.toString()}`);
  const base64 = readFileSync(path('wasm/core.wasm')).toString('base64');
  const source = `// Owns the inlined core; generated from assembly/ by tools/build.ts.\nexport const coreBase64 =\n  '${base64}';\n`;
  writeFileSync(path('src/core/wasm.ts'), source);
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
    minify: true,
    external: ['@assemblyscript/loader', '*.wasm'],
    logLevel: 'warning',
  });
  const declarations = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', 'dist/types', '--rootDir', 'src'];
  execFileSync(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', path('tsconfig.json'), ...declarations], {
    cwd: root,
    stdio: 'inherit',
  });
  finishDeclarations();
}

/** Adds the extensions that `moduleResolution: nodenext` demands, and removes the declarations that no entry imports. */
function finishDeclarations(): void {
  const needed = new Set(entries.filter((entry) => entry !== 'index.workerd').map((entry) => path('dist/types', `${entry}.d.ts`)));
  // A set grows while it is walked.
  for (const file of needed) {
    const text = readFileSync(file, 'utf8').replace(/((?:from |import\()["'])(\.[^"']+)/g, (_, before: string, specifier: string) => {
      const target = join(dirname(file), specifier);
      const module = existsSync(`${target}.d.ts`) ? specifier : `${specifier}/index`;
      needed.add(join(dirname(file), `${module}.d.ts`));
      return `${before}${module}.js`;
    });
    writeFileSync(file, text);
  }
  for (const name of readdirSync(path('dist/types'), { recursive: true }) as string[]) {
    if (name.endsWith('.d.ts') && !needed.has(path('dist/types', name))) rmSync(path('dist/types', name));
  }
}

/** One file for the command line; its dependencies stay imports. */
async function buildTools(): Promise<void> {
  rmSync(path('tools/dist'), { recursive: true, force: true });
  await build({
    absWorkingDir: path('tools'),
    entryPoints: ['cli.ts'],
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
}

await buildCore();
if (!process.argv.includes('--core')) {
  await buildEntries();
  await buildTools();
}
