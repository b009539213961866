// Owns the binaries: assembly/ to wasm/, and the same inlined as text in src/core/.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compile } from './asc';
import { type Alphabet, alphabetOf, byteText } from './byte-text';
import { delta } from './delta';
import { fromRoot } from './root';

/** That of the tools: its module holds it in hexadecimal. */
const toolsModule = 'tools/kernels/wasm.ts';

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
  /** The binary, before it in the list, that the module holds the difference to. */
  readonly base?: string;
}

const binaries: readonly Binary[] = [
  { source: 'assembly/index.ts', name: 'core', module: 'src/core/wasm.ts', constant: 'coreText' },
  {
    source: 'assembly/relaxed/index.ts',
    name: 'core-relaxed',
    module: 'src/core/relaxed-wasm.ts',
    constant: 'relaxedDelta',
    features: ['relaxed-simd'],
    base: 'core',
  },
  { source: 'assembly/float/index.ts', name: 'float', module: 'src/core/float-wasm.ts', constant: 'floatText' },
  {
    source: 'assembly/float/index.ts',
    name: 'float-relaxed',
    module: 'src/core/float-relaxed-wasm.ts',
    constant: 'floatRelaxedDelta',
    features: ['relaxed-simd'],
    base: 'float',
  },
  { source: 'assembly/pixels/index.ts', name: 'pixels', module: 'src/core/pixels-wasm.ts', constant: 'pixelsText' },
];

const alphabetModule = 'src/core/alphabet.ts';
const generated = 'generated from assembly/ by tools/build/.';

/** For `import core from 'zeropoint/wasm/core.wasm'`, which bundlers and workers turn into a module. */
const wasmTypes = `/** A WebAssembly.Module, which only the DOM libraries of TypeScript declare. */
declare const module: object;
export default module;
`;

/**
 * Writes every binary with its types, its text format beside it, and the module that holds it inlined. asconfig.json disables warning 112, that not
 * every embedding can exchange v128 values: it matters to exported functions only, and those have integers. Its last pass merges locals
 * that are never live together: the compiler leaves those of inlined functions apart, and indices above 127 take two bytes of an
 * instruction.
 */
export async function buildBinaries(): Promise<void> {
  mkdirSync(fromRoot('wasm'), { recursive: true });
  const inlined = new Map<Binary, Uint8Array>();
  for (const binary of binaries) {
    const { source, name, features = [], base } = binary;
    const output = `wasm/${name}.wasm`;
    const enable = features.flatMap((feature) => ['--enable', feature]);
    await compile([source, '--config', 'assembly/asconfig.json', ...enable, '--outFile', output, '--textFile', `wasm/${name}.wat`]);
    writeFileSync(fromRoot(`${output}.d.ts`), wasmTypes);
    const bytes = readFileSync(fromRoot(output));
    inlined.set(binary, base ? delta(readFileSync(fromRoot(`wasm/${base}.wasm`)), bytes) : bytes);
  }
  await buildToolsBinary();
  const alphabet = alphabetOf([...inlined.values()]);
  writeFileSync(fromRoot(alphabetModule), alphabetText(alphabet));
  for (const [{ name, module, constant, base }, bytes] of inlined) {
    const what = `wasm/${name}.wasm inlined${base ? `, as its difference to ${base}.wasm` : ''}`;
    writeFileSync(fromRoot(module), `// Owns ${what}; ${generated}\nexport const ${constant} =\n  '${byteText(bytes, alphabet)}';\n`);
  }
}

async function buildToolsBinary(): Promise<void> {
  const output = 'wasm/tools.wasm';
  await compile(['assembly/tools/index.ts', '--config', 'assembly/asconfig.json', '--outFile', output]);
  const text = readFileSync(fromRoot(output)).toString('hex');
  writeFileSync(fromRoot(toolsModule), `// Owns ${output} inlined; ${generated}\nexport const binary =\n  '${text}';\n`);
}

function alphabetText({ characters, bytes }: Alphabet): string {
  return [
    `// Owns how inlined binaries are written: characters, and bytes in hexadecimal by the rank of their characters; ${generated}`,
    `export const characters = '${characters}';`,
    `export const byteOrder =\n  '${Buffer.from(bytes).toString('hex')}';\n`,
  ].join('\n');
}
