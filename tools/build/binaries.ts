// Owns the binaries: assembly/ to wasm/, and the same inlined as base64 in src/core/.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compile } from './asc';
import { fromRoot } from './root';

interface Binary {
  readonly source: string;
  /** In wasm/, without extension. */
  readonly name: string;
  /** The module in src/core/ that holds it inlined. */
  readonly module: string;
  /** What that module exports. */
  readonly constant: string;
  /** Beyond those of asconfig.json. */
  readonly features?: readonly string[];
}

const binaries: readonly Binary[] = [
  { source: 'assembly/index.ts', name: 'core', module: 'src/core/wasm.ts', constant: 'coreBase64' },
  {
    source: 'assembly/relaxed/index.ts',
    name: 'core-relaxed',
    module: 'src/core/relaxed-wasm.ts',
    constant: 'relaxedCoreBase64',
    features: ['relaxed-simd'],
  },
  { source: 'assembly/float/index.ts', name: 'float', module: 'src/core/float-wasm.ts', constant: 'floatCoreBase64' },
];

/** For `import core from 'zeropoint/wasm/core.wasm'`, which bundlers and workers turn into a module. */
const wasmTypes = `/** A WebAssembly.Module, which only the DOM libraries of TypeScript declare. */
declare const module: object;
export default module;
`;

/**
 * Writes every binary with its types, its text format beside it, and the module that holds it inlined. asconfig.json disables warning 112, that not
 * every embedding can exchange v128 values: it matters to exported functions only, and those have integers.
 */
export async function buildBinaries(): Promise<void> {
  mkdirSync(fromRoot('wasm'), { recursive: true });
  for (const { source, name, module, constant, features = [] } of binaries) {
    const output = `wasm/${name}.wasm`;
    const enable = features.flatMap((feature) => ['--enable', feature]);
    await compile([source, '--config', 'assembly/asconfig.json', ...enable, '--outFile', output, '--textFile', `wasm/${name}.wat`]);
    writeFileSync(fromRoot(`${output}.d.ts`), wasmTypes);
    const base64 = readFileSync(fromRoot(output)).toString('base64');
    const text = `// Owns ${output} inlined; generated from assembly/ by tools/build/.\nexport const ${constant} =\n  '${base64}';\n`;
    writeFileSync(fromRoot(module), text);
  }
}
