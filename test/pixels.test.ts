// Tests the binary of pixels: the same elements as by script over sizes, layouts and stale memory, what it is from outside, and engines without it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeText } from '../src/core/byte-text';
import { pixelsText } from '../src/core/pixels-wasm';
import type { DType, TensorData } from '../src/graph/graph';
import type { Pixels, Preprocessing } from '../src/image';
import { PixelBinary } from '../src/pixels/binary';
import { pixelEngine, preprocess, preprocessBy } from '../src/pixels/preprocess';
import { PixelScript } from '../src/pixels/script';
import { Random } from './support/random';

const text = readFileSync(fileURLToPath(new URL('../wasm/pixels.wat', import.meta.url)), 'utf8');

/** Compared in order, so that each case finds the memory as the one before left it. */
const [binary, script] = [new PixelBinary(), new PixelScript()];

interface Case {
  readonly width: number;
  readonly height: number;
  readonly channels: Pixels['channels'];
  readonly toWidth: number;
  readonly toHeight: number;
  readonly toChannels: 1 | 3;
  readonly dtype: 'uint8' | 'int8' | 'float32';
  readonly settings: Preprocessing;
  /** Of random pixels; undefined: all are 255, the largest sums. */
  readonly seed?: number;
}

function emptyInput(dtype: DType, count: number): TensorData {
  if (dtype === 'float32') return new Float32Array(count).fill(9);
  return dtype === 'int8' ? new Int8Array(count).fill(9) : new Uint8Array(count).fill(9);
}

/** Elements of the binary and of the script must be the same. */
function compare(of: Case): void {
  const { width, height, channels, toWidth, toHeight, toChannels, dtype, settings, seed } = of;
  const data = new Uint8Array(width * height * channels).fill(255);
  const random = new Random(seed ?? 0);
  if (seed !== undefined) for (let i = 0; i < data.length; i++) data[i] = random.next();
  const pixels = { data, width, height, channels };
  const shape = settings.layout === 'nchw' ? [1, toChannels, toHeight, toWidth] : [1, toHeight, toWidth, toChannels];
  const [expected, actual] = [0, 1].map(() => emptyInput(dtype, toWidth * toHeight * toChannels));
  preprocessBy(() => script, pixels, settings, { shape, dtype, scale: 0.02, zeroPoint: 3 }, expected);
  preprocessBy(() => binary, pixels, settings, { shape, dtype, scale: 0.02, zeroPoint: 3 }, actual);
  const first = expected.findIndex((value, i) => value !== actual[i]);
  assert.is(first, -1, `${JSON.stringify(of)}: element ${first} is ${actual[first]}, expected ${expected[first]}`);
}

function randomCase(random: Random, side: number): Case {
  const [width, height, toWidth, toHeight] = [1, 2, 3, 4].map(() => random.integer(1, side));
  const toChannels = random.pick([1, 3] as const);
  const isPerChannel = toChannels === 3 && random.integer(0, 1) === 1;
  const resize = random.pick(['stretch', { shortSide: Math.max(toWidth, toHeight) + 3 }, { letterbox: random.integer(0, 255) }] as const);
  const settings: Preprocessing = {
    resize,
    crop: random.pick([1, 0.875, 0.3]),
    layout: random.pick(['nhwc', 'nchw'] as const),
    colors: random.pick(['rgb', 'bgr'] as const),
    quantized: random.pick(['pixel', 'normalized'] as const),
    mean: isPerChannel ? [1, 20, 100] : 7,
    std: isPerChannel ? [50, 60, 70] : 90,
  };
  const channels = random.pick([1, 3, 4] as const);
  const dtype = random.pick(['uint8', 'int8', 'float32'] as const);
  return { width, height, channels, toWidth, toHeight, toChannels, dtype, settings, seed: random.integer(1, 1000) };
}

for (const [side, rounds] of [
  [50, 1500],
  [400, 40],
]) {
  test(`random pictures and inputs of up to ${side} pixels have the elements of the script, seed ${side}`, () => {
    const random = new Random(side);
    for (let round = 0; round < rounds; round++) compare(randomCase(random, side));
  });
}

for (const channels of [1, 3, 4] as const) {
  test(`${channels} channels of 255 stay 255, also where sums of products pass 2^31 before they are put together`, () => {
    const common = { channels, toChannels: 3, dtype: 'uint8', settings: {} } as const;
    compare({ ...common, width: 4099, height: 3, toWidth: 5, toHeight: 2 });
    compare({ ...common, width: 3, height: 4099, toWidth: 2, toHeight: 5 });
    compare({ ...common, width: 7, height: 4, toWidth: 60, toHeight: 61 });
    compare({ ...common, width: 4099, height: 3, toWidth: 1, toHeight: 1, seed: 5 });
  });
}

test('rows longer than a strip are resized one by one', () => {
  compare({
    width: 50_000,
    height: 3,
    channels: 4,
    toWidth: 8,
    toHeight: 5,
    toChannels: 3,
    dtype: 'int8',
    settings: { mean: 3 },
    seed: 8,
  });
});

test('the inlined binary is the one in wasm/, small enough to be compiled at once everywhere', () => {
  const bytes = readFileSync(fileURLToPath(new URL('../wasm/pixels.wasm', import.meta.url)));
  assert.ok(bytes.equals(decodeText(pixelsText)), 'build again: npm run build -- --core');
  // Chromium compiles at most 4 KB synchronously on a page's main thread (until version 115).
  assert.ok(bytes.length <= 4096, `${bytes.length} bytes`);
});

test('it imports a memory alone and has no state', () => {
  const lines = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found);
  assert.equal(lines(/^ \(import ("[^)]*) /gm), ['"env" "memory" (memory $0']);
  assert.equal(lines(/^ \((global|data|table|elem|start)\b/gm), []);
  assert.equal(text.match(/relaxed\w*|memory\.grow/g) ?? [], []);
});

test('where bytes may not be compiled, pictures have the same elements', () => {
  const { Module } = WebAssembly;
  const pixels: Pixels = { data: Uint8Array.from({ length: 48 }, (_, i) => 5 * i), width: 4, height: 4, channels: 3 };
  const [expected, actual] = [new Uint8Array(12), new Uint8Array(12)];
  preprocessBy(() => binary, pixels, {}, { shape: [2, 2, 3], dtype: 'uint8' }, expected);
  WebAssembly.Module = class {
    constructor() {
      throw new WebAssembly.CompileError('forbidden');
    }
  } as unknown as typeof Module;
  try {
    assert.instance(pixelEngine(), PixelScript);
    preprocess(pixels, {}, { shape: [2, 2, 3], dtype: 'uint8' }, actual);
  } finally {
    WebAssembly.Module = Module;
  }
  assert.equal(actual, expected);
});

test.run();
