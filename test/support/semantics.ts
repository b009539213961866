// Owns relaxed cores whose dot products are written out in plain SIMD: every semantics that processors have, and some that none has.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Isa } from '../../src/core/isa';
import { compile } from '../../tools/build/asc';
import { root } from '../../tools/build/root';

const simdFile = 'assembly/relaxed/simd.ts';

/** Sums of two products per 32-bit lane, exact: `low` and `high` are the first and the last eight bytes. */
const pairs = (extendTerms: string) => `
// @ts-ignore: decorator
@inline
function lowPairs(weights: v128, terms: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(weights), i16x8.extend_low_i8x16_${extendTerms}(terms));
}

// @ts-ignore: decorator
@inline
function highPairs(weights: v128, terms: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(weights), i16x8.extend_high_i8x16_${extendTerms}(terms));
}

/** The eight sums as int16 that wrap. */
// @ts-ignore: decorator
@inline
function wrappedPairs(weights: v128, terms: v128): v128 {
  return i8x16.shuffle(
    lowPairs(weights, terms), highPairs(weights, terms),
    0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29,
  );
}

// @ts-ignore: decorator
@inline
function saturatedPairs(weights: v128, terms: v128): v128 {
  return i16x8.narrow_i32x4_s(lowPairs(weights, terms), highPairs(weights, terms));
}

// @ts-ignore: decorator
@inline
function exactQuads(weights: v128, terms: v128): v128 {
  const low = lowPairs(weights, terms);
  const high = highPairs(weights, terms);
  return i32x4.add(
    i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27),
    i8x16.shuffle(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
  );
}
`;

interface Semantics {
  readonly terms: 's' | 'u';
  /** The result of dotAdd4(sum, weights, terms). */
  readonly quads: string;
  /** The result of dot2(weights, terms). */
  readonly pairs: string;
  /** What loading must prove. */
  readonly isa: Isa;
}

const exactSum = 'i32x4.add(sum, exactQuads(weights, terms))';
const saturatedSum = 'i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(saturatedPairs(weights, terms)))';
const wrappedSum = 'i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(wrappedPairs(weights, terms)))';
const wrapped = 'wrappedPairs(weights, terms)';
const saturated = 'saturatedPairs(weights, terms)';

/** Of processors: see Isa. */
export const realSemantics = {
  signed: { terms: 's', quads: exactSum, pairs: wrapped, isa: 'relaxed-signed' },
  signedWrapping: { terms: 's', quads: wrappedSum, pairs: wrapped, isa: 'relaxed-signed-wrapping' },
  unsigned: { terms: 'u', quads: exactSum, pairs: saturated, isa: 'relaxed-unsigned' },
  saturating: { terms: 'u', quads: saturatedSum, pairs: saturated, isa: 'relaxed-saturating' },
} as const satisfies Record<string, Semantics>;

/** What an engine could get wrong: none of it may be taken for a semantics that plans know. */
export const wrongSemantics = {
  'doubled sums, as Node 20 behind its flag': {
    terms: 's',
    quads: `i32x4.add(${exactSum}, exactQuads(weights, terms))`,
    pairs: wrapped,
    isa: 'simd',
  },
  'signed pairs that saturate': { terms: 's', quads: saturatedSum, pairs: saturated, isa: 'simd' },
  'unsigned pairs that wrap': { terms: 'u', quads: wrappedSum, pairs: wrapped, isa: 'simd' },
  'saturating pairs in int32 sums only': { terms: 'u', quads: saturatedSum, pairs: wrapped, isa: 'simd' },
  'sums that saturate': {
    terms: 's',
    quads: 'v128.bitselect(i32x4.splat(100000), sum, i32x4.gt_s(sum, i32x4.splat(100000)))',
    pairs: wrapped,
    isa: 'simd',
  },
  'weights and terms exchanged': {
    terms: 's',
    quads: 'i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(i16x8.narrow_i32x4_s(lowPairs(terms, weights), highPairs(weights, terms))))',
    pairs: saturated,
    isa: 'simd',
  },
} as const satisfies Record<string, Semantics>;

/** assembly/relaxed/simd.ts with its relaxed instructions written out. */
function simdSource({ terms, quads, pairs: twos }: Semantics): string {
  const source = readFileSync(join(root, simdFile), 'utf8');
  const replaced = source
    .replace('i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, terms, sum)', quads)
    .replace('i16x8.relaxed_dot_i8x16_i7x16_s(weights, terms)', twos);
  if (replaced.includes('relaxed_dot')) throw new Error(`${simdFile} has relaxed instructions that are not written out`);
  return replaced + pairs(terms);
}

function assemblySources(): string {
  const files = readdirSync(join(root, 'assembly'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files
    .sort()
    .map((file) => readFileSync(join(root, 'assembly', file), 'utf8'))
    .join('\n');
}

/** Those of asconfig.json, which the compiler does not find without a file system of its own; cores that are not taken are not optimized. */
function compilerOptions({ isa }: Semantics): string[] {
  const { options } = JSON.parse(readFileSync(join(root, 'assembly/asconfig.json'), 'utf8'));
  return Object.entries(options as Record<string, unknown>).flatMap(([name, value]) => {
    if ((name === 'optimizeLevel' || name === 'runPasses') && isa === 'simd') return [];
    if (Array.isArray(value)) return value.flatMap((item) => [`--${name}`, String(item)]);
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
}

/** Compiles to `file`, unless another process does so at this moment. */
async function compileOnce(semantics: Semantics, source: string, file: string): Promise<void> {
  const lock = `${file}.lock`;
  mkdirSync(dirname(file), { recursive: true });
  try {
    mkdirSync(lock);
  } catch {
    // A process that ended early leaves its lock behind: after a minute everyone compiles.
    for (let waited = 0; waited < 600 && !existsSync(file); waited++) await new Promise((done) => setTimeout(done, 100));
    if (existsSync(file)) return;
  }
  const options = ['assembly/relaxed/index.ts', ...compilerOptions(semantics), '--outFile', 'core.wasm'];
  let wasm: Uint8Array | undefined;
  await compile(options, {
    readFile: (name) => {
      if (name.endsWith(simdFile)) return source;
      const path = name.startsWith('/') ? name : join(root, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile: (_, contents) => {
      wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  writeFileSync(`${file}.${process.pid}`, wasm!);
  renameSync(`${file}.${process.pid}`, file);
  rmSync(lock, { recursive: true, force: true });
}

/** The relaxed core with other dot products; compiled once per state of the sources and kept under node_modules. */
export async function relaxedCore(semantics: Semantics): Promise<WebAssembly.Module> {
  const source = simdSource(semantics);
  const hash = createHash('sha256')
    .update(assemblySources())
    .update(source)
    .update(`${compilerOptions(semantics)}`)
    .digest('hex')
    .slice(0, 16);
  const file = join(root, `node_modules/.cache/zeropoint/relaxed-${hash}.wasm`);
  if (!existsSync(file)) await compileOnce(semantics, source, file);
  return new WebAssembly.Module(readFileSync(file));
}
