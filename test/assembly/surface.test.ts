// Tests what the shipped core is from outside, its size, and the instructions in the innermost loops of its hot kernels.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeText } from '../../src/core/byte-text';
import { coreBytes } from '../../src/core/inline';
import { coreText } from '../../src/core/wasm';

const bytes = readFileSync(fileURLToPath(new URL('../../wasm/core.wasm', import.meta.url)));
const module = new WebAssembly.Module(bytes);
const text = readFileSync(fileURLToPath(new URL('../../wasm/core.wat', import.meta.url)), 'utf8');

const rawLimit = 60 * 1024;
const brotliLimit = 15 * 1024;

/** Identifiers of the sections, as in the binary format of the WebAssembly specification. */
const sectionNames = ['custom', 'type', 'import', 'function', 'table', 'memory', 'global', 'export', 'start', 'element', 'code', 'data'];

function sections(): string[] {
  const found: string[] = [];
  let at = 8;
  while (at < bytes.length) {
    found.push(sectionNames[bytes[at++]] ?? 'unknown');
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      size |= (bytes[at] & 127) << shift;
      if ((bytes[at++] & 128) === 0) break;
    }
    at += size;
  }
  return found;
}

test('the inlined core is the one in wasm/', () => {
  assert.ok(bytes.equals(decodeText(coreText)), 'build again: npm run build -- --core');
});

/** Without compiling: not every engine of the tests knows relaxed SIMD. */
const relaxedBytes = readFileSync(fileURLToPath(new URL('../../wasm/core-relaxed.wasm', import.meta.url)));
const relaxedText = readFileSync(fileURLToPath(new URL('../../wasm/core-relaxed.wat', import.meta.url)), 'utf8');

test('the inlined relaxed core, made of the core and the difference, is the one in wasm/', () => {
  assert.ok(relaxedBytes.equals(coreBytes.relaxed()), 'build again: npm run build -- --core');
});

test('the relaxed core imports the memory alone, exports what the core does and hasDots, and has no state', () => {
  const lines = (pattern: RegExp) => [...relaxedText.matchAll(pattern)].map(([, found]) => found);
  assert.equal(lines(/^ \(import ("[^)]*) /gm), ['"env" "memory" (memory $0']);
  assert.equal(lines(/^ \(export "(\w+)"/gm), ['abiVersion', 'hasDots', 'run', 'memory']);
  assert.equal(lines(/^ \((global|data|table|elem|start)\b/gm), []);
});

/** The innermost loops of the hot tiles: a load of sixteen bytes and four splats for each of four pixels, sixteen vectors of weights. */
test('the hot tiles of the relaxed core load and multiply, and nothing else', () => {
  const counts = innermostLoops(relaxedText)
    .filter((loop) => loop.filter((name) => name === 'i32x4.relaxed_dot_i8x16_i7x16_add_s').length === 64)
    .map((loop) => {
      const count = (instruction: string) => loop.filter((name) => name === instruction).length;
      return { load: count('v128.load'), splat: count('i8x16.shuffle'), store: count('v128.store'), call: count('call') };
    });
  // ScaledHalf, SignedHalf and all other modes.
  assert.equal(counts, new Array(3).fill({ load: 20, splat: 16, store: 0, call: 0 }));
});

test('imports nothing but the memory', () => {
  assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
});

test('exports abiVersion, run and the memory', () => {
  assert.equal(
    WebAssembly.Module.exports(module).map(({ name, kind }) => `${name} ${kind}`),
    ['abiVersion function', 'run function', 'memory memory'],
  );
});

test('has no state: no globals, data, tables or start function, so that several instances can share a memory', () => {
  assert.equal(
    sections().filter((name) => name !== 'custom'),
    ['type', 'import', 'function', 'export', 'code'],
  );
});

test(`is at most ${rawLimit} bytes, ${brotliLimit} compressed`, () => {
  const compressed = brotliCompressSync(bytes).length;
  console.log(`  core.wasm: ${bytes.length} bytes, ${compressed} with brotli`);
  assert.ok(bytes.length <= rawLimit, `${bytes.length} bytes`);
  assert.ok(compressed <= brotliLimit, `${compressed} bytes compressed`);
});

test('uses no relaxed instruction, whose results differ between engines, and never grows the memory', () => {
  assert.equal(text.match(/relaxed\w*/g) ?? [], []);
  assert.equal(text.match(/memory\.grow/g) ?? [], []);
});

const indentation = (line: string) => line.length - line.trimStart().length;

/** Instructions of all loops that contain no loop. The text holds one instruction per line, indented by one space per level. */
function innermostLoops(wat = text): string[][] {
  const lines = wat.split('\n');
  return lines.flatMap((line, first) => {
    if (!/^\s*loop\b/.test(line)) return [];
    const end = lines.findIndex((other, i) => i > first && indentation(other) <= indentation(line));
    const instructions = lines.slice(first + 1, end).map((other) => other.trim().split(' ')[0]);
    return instructions.includes('loop') ? [] : [instructions];
  });
}

const counted = {
  dot: 'i32x4.dot_i16x8_s',
  splat: 'v128.load32_splat',
  load: 'v128.load',
  call: 'call',
  constant: 'v128.const',
} as const;

/** Counts of the instructions above, as `8 dot, 2 splat, 4 load`. */
function signature(instructions: readonly string[]): string {
  return Object.entries(counted)
    .map(([name, instruction]) => [name, instructions.filter((found) => found === instruction).length] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** How often each signature occurs among the innermost loops with `instruction`. */
function signatures(instruction: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const instructions of innermostLoops().filter((loop) => loop.includes(instruction))) {
    const key = signature(instructions);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/**
 * The GEMM microkernels, once per requantization mode, and those of int16 codes: what they load is what they multiply, weights and broadcast pairs, and nothing
 * else happens inside.
 */
const gemmLoops: Record<string, number> = {
  // 1 pixel x 16 channels
  '4 dot, 1 splat, 4 load': 6 + 1,
  // 2 pixels x 16 channels
  '8 dot, 2 splat, 4 load': 6 + 1,
  // 4 pixels x 8 channels
  '8 dot, 4 splat, 2 load': 6,
  // 2 pixels x 8 channels, of int16 codes only
  '4 dot, 2 splat, 2 load': 1,
};

test('the inner loops of the GEMMs hold the golden instructions', () => {
  assert.equal(signatures(counted.splat), gemmLoops, 'if the change is meant and measured to be faster, change gemmLoops');
});

/**
 * The depthwise kernels. Those of 3x3 requantize in the same loop, which loads more constants in some modes than in others. The one for
 * any kernel loads two taps of two pixels and their weights, that for int16 codes two taps of one pixel. ADD in its linear form is the one
 * with more products than loads but functions of int16 by lines, and rows of RESIZE_BILINEAR that with as many.
 */
const depthwiseLoops: Record<string, number> = {
  '20 dot, 40 load': 2,
  '20 dot, 43 load': 2,
  '20 dot, 44 load': 3,
  '20 dot, 47 load': 3,
  '4 dot, 6 load': 6,
  '4 dot, 2 load': 1,
  '2 dot, 2 load': 1,
  '2 dot, 4 load': 1,
  '2 dot, 1 load': 1,
};

test('the inner loops of the depthwise kernels hold the golden instructions', () => {
  const all = signatures(counted.dot);
  const depthwise = Object.fromEntries(Object.entries(all).filter(([key]) => !key.includes('splat')));
  assert.equal(depthwise, depthwiseLoops, 'if the change is meant and measured to be faster, change depthwiseLoops');
});

test.run();
