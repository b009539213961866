// Owns the layering as data: which module may import which, and what no module may name.
import { relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { circles, fileOf, type Import, importsOf, sources, sourceText } from './support/sources';

/** Modules of src and what they may import besides themselves; ARCHITECTURE.md explains why. `type` marks type-only imports. */
const allowed: Record<string, readonly string[]> = {
  errors: [],
  account: ['errors'],
  options: ['errors'],
  graph: ['account', 'errors', 'quant'],
  quant: ['errors', 'type graph'],
  tensor: ['errors', 'graph', 'quant'],
  tasks: ['errors', 'tensor', 'type graph'],
  metadata: ['errors', 'pixels', 'tflite', 'type graph'],
  'task-source': ['errors', 'type model'],
  'task-load': ['errors', 'float', 'index', 'tflite', 'type model'],
  'task-model': ['model', 'options', 'task-load', 'task-source', 'type float'],
  vision: [
    'errors',
    'type float',
    'graph',
    'metadata',
    'options',
    'pixels',
    'task-model',
    'task-source',
    'tasks',
    'tensor',
    'tflite',
    'type model',
  ],
  audio: ['errors', 'options', 'task-model', 'tasks', 'tensor', 'type model', 'type task-source'],
  'operator-info': ['graph', 'tensor'],
  inspect: ['type operator-info', 'type plan', 'type tensor'],
  pixels: ['core/byte-text', 'core/pixels-wasm', 'errors', 'options', 'type graph'],
  tflite: ['account', 'graph', 'errors'],
  custom: ['account', 'errors', 'graph', 'quant', 'tflite'],
  builders: ['graph', 'errors', 'options', 'tflite', 'quant'],
  reference: ['graph', 'quant', 'errors'],
  passes: ['account', 'graph', 'quant', 'errors'],
  plan: [
    'account',
    'graph',
    'quant',
    'reference',
    'errors',
    'core/abi',
    'core/abi-float',
    'core/abi-relaxed',
    'custom/lstm-integer',
    'custom/lstm-operands',
    'custom/svdf',
    'type core/isa',
    'type core/scratch',
  ],
  core: ['errors'],
  execution: ['graph', 'plan', 'core', 'reference'],
  'model-file': ['metadata', 'type graph', 'type pixels'],
  signature: ['options', 'type graph', 'type tensor'],
  threads: ['core', 'errors', 'execution', 'model', 'options', 'plan'],
  model: [
    'account',
    'errors',
    'options',
    'graph',
    'tflite',
    'passes',
    'plan',
    'reference',
    'core',
    'execution',
    'tensor',
    'operator-info',
    'inspect',
    'model-file',
    'signature',
  ],
};

/** Entries hold exports and bind the core; what they may import. */
const entries: Record<string, readonly string[]> = {
  'threads.ts': ['core', 'threads', 'type model'],
  'slim.ts': ['core', 'errors', 'model', 'tensor', 'type graph', 'type operator-info', 'type pixels', 'type signature', 'type tflite'],
  'index.ts': ['errors', 'graph', 'model', 'operator-info', 'tensor', 'core', 'type pixels', 'type signature', 'type tflite'],
  'float.ts': ['core', 'custom', 'model', 'options', 'passes/dequantize-weights', 'plan/lower-float', 'reference'],
  'graph.ts': ['graph', 'options', 'passes', 'quant', 'tensor'],
  'image.ts': ['pixels'],
  'mobilenet.ts': ['builders'],
  'reference.ts': ['custom', 'graph', 'options', 'passes/remove-dead', 'reference', 'type tflite'],
  'tasks.ts': ['metadata', 'tasks'],
  'vision.ts': ['errors', 'pixels', 'task-model', 'type task-source', 'type tasks', 'vision'],
  'audio.ts': ['audio', 'errors', 'type task-source'],
  'tflite.ts': ['custom', 'errors', 'graph', 'metadata', 'tflite'],
};

/**
 * The binaries: assembly/, assembly/float/, assembly/pixels/ and assembly/tools/, which share no file, and assembly/relaxed/, which is
 * assembly/ with operators of its own. Those of pixels and of the tools have no descriptors: they export microkernels; gather,
 * histogram, matrix, moments, reconstruct and round are the tools'. Operators never import each other, microkernels know no descriptors but constants, nothing points upward.
 */
const assembly: Record<string, readonly string[]> = {
  abi: [],
  'abi-int16': [],
  'abi-load': [],
  'abi-move': [],
  'abi-recurrent': [],
  'abi-reduce': [],
  simd: [],
  requantize: ['abi'],
  exponential: [],
  logarithm: [],
  microkernels: ['microkernels', 'simd', 'requantize', 'exponential', 'logarithm', 'abi', 'abi-int16', 'abi-recurrent'],
  operators: ['microkernels', 'requantize', 'simd', 'abi', 'abi-int16', 'abi-load', 'abi-move', 'abi-recurrent', 'abi-reduce'],
  run: ['run', 'operators', 'abi', 'abi-int16', 'abi-load', 'abi-move', 'abi-recurrent', 'abi-reduce'],
  gather: [],
  histogram: [],
  matrix: [],
  moments: [],
  round: ['matrix'],
  reconstruct: ['matrix', 'round'],
  index: ['run', 'abi', 'gather', 'histogram', 'matrix', 'moments', 'reconstruct', 'round'],
  'pixels/index': ['microkernels'],
};

/**
 * Folders of tools, the rooms of quantize, and the files beside the folders; what they may import besides themselves. The command line
 * and the library are two ends of the same street; build and demo are for this repository only.
 */
const tools: Record<string, readonly string[]> = {
  download: [],
  files: [],
  glob: ['files'],
  hash: [],
  json: ['quote'],
  kernels: [],
  options: [],
  quote: [],
  random: [],
  shards: ['json'],
  statistics: [],
  steps: [],
  terminal: ['quote'],
  archive: [],
  import: ['files', 'json', 'options', 'quote'],
  model: ['archive', 'files', 'hash', 'import', 'json', 'options', 'quote', 'random', 'statistics'],
  images: ['files', 'json', 'type model', 'quote'],
  dataset: ['archive', 'files', 'hash', 'images', 'json', 'options', 'quote', 'random', 'shards', 'steps'],
  calibrate: ['dataset', 'files', 'hash', 'json', 'kernels', 'model', 'options', 'shards', 'type steps'],
  'quantize/build': ['calibrate', 'json', 'model', 'options'],
  'quantize/decide': ['model', 'type steps'],
  'quantize/equalize': ['calibrate', 'quantize/build'],
  'quantize/refine': ['calibrate', 'kernels', 'model', 'quantize/build'],
  quantize: [
    'calibrate',
    'dataset',
    'hash',
    'json',
    'model',
    'options',
    'quantize/build',
    'quantize/decide',
    'quantize/equalize',
    'quantize/refine',
    'steps',
  ],
  'quantize/search': [
    'type calibrate',
    'type dataset',
    'model',
    'options',
    'quantize',
    'quantize/build',
    'quantize/decide',
    'quantize/refine',
    'steps',
  ],
  compare: ['dataset', 'hash', 'json', 'model', 'options', 'random', 'shards', 'statistics'],
  spread: ['compare', 'dataset', 'hash', 'model', 'options', 'quantize', 'statistics'],
  report: ['type compare', 'files', 'images', 'type model', 'type spread', 'terminal'],
  commands: [
    'calibrate',
    'compare',
    'dataset',
    'download',
    'files',
    'glob',
    'hash',
    'images',
    'import',
    'model',
    'options',
    'quantize',
    'quantize/build',
    'quantize/search',
    'report',
    'shards',
    'spread',
    'terminal',
  ],
  program: ['commands', 'quote', 'terminal', 'package.json'],
  cli: ['program'],
  index: [
    'calibrate',
    'compare',
    'dataset',
    'import',
    'model',
    'quantize',
    'type quantize/build',
    'quantize/search',
    'report',
    'shards',
    'spread',
  ],
  demo: ['files', 'model', 'program', 'random', 'report', 'terminal'],
  build: [],
};

/** `src/graph/validate/scales` is module `graph`; `src/model` is module `model`. */
function moduleOf(path: string): string {
  return path.replace(/\.ts$/, '').split('/')[1];
}

/** `assembly/operators/pool` and `assembly/float/operators/pool` are layer `operators`. */
function layerOf(path: string): string {
  if (/^assembly\/pixels\/index(\.ts)?$/.test(path)) return 'pixels/index';
  return moduleOf(path.replace(/assembly\/(float|relaxed|pixels|tools)\//, 'assembly/'));
}

/** `tools/model/open` is module `model`, `tools/quantize/build/weights` is `quantize/build`. */
function toolsModuleOf(path: string): string {
  const [, folder, room, file] = path.replace(/\.ts$/, '').split('/');
  return folder === 'quantize' && file !== undefined ? `${folder}/${room}` : folder;
}

function permits(list: readonly string[], { target, isType }: Import, module = moduleOf(target)): boolean {
  const path = target.split('/').slice(1).join('/');
  return list.some((entry) => {
    const name = entry.replace(/^type /, '');
    return (name === module || name === path) && (isType || name === entry);
  });
}

test('src: every import points down the layers', () => {
  for (const file of sources('src')) {
    const name = relative('src', file);
    const module = moduleOf(file);
    if (name.endsWith('.d.ts')) continue;
    const isEntry = name in entries;
    const list = isEntry ? entries[name] : allowed[module];
    assert.ok(list, `${file}: module '${module}' is not in the table`);
    for (const found of importsOf(file)) {
      const inside = !isEntry && moduleOf(found.target) === module && found.target.split('/').length > 2;
      assert.ok(inside || permits(list, found), `${file} must not import ${found.target}${found.isType ? '' : ' (as a value)'}`);
    }
  }
});

test('assembly: index -> run -> operators -> microkernels -> simd and requantize', () => {
  for (const file of sources('assembly')) {
    for (const { target } of importsOf(file)) {
      const list = assembly[layerOf(file)];
      const folder = (path: string) => /assembly\/(float|relaxed|pixels|tools)\//.exec(path)?.[1];
      const sameCore = folder(file) === folder(target) || (folder(file) === 'relaxed' && folder(target) === undefined);
      assert.ok(sameCore && list?.includes(layerOf(target)), `${file} must not import ${target}`);
    }
    const text = sourceText(file);
    if (!file.endsWith('simd.ts')) assert.not.match(text, /relaxed_|dot_i16x8_s/, `${file}: dot products live in simd.ts`);
    if (file.includes('operators/'))
      assert.not.match(text, /(i32x4|f32x4|i64x2)\./, `${file}: arithmetic on vectors lives in microkernels`);
  }
});

test('tools import the runtime as its users do, by the names of its entries', () => {
  for (const file of sources('tools')) {
    for (const { target } of importsOf(file)) assert.not.match(target, /^src\//, `${file} must not import ${target}`);
  }
});

test('tools: every import points down the layers', () => {
  for (const file of sources('tools')) {
    const module = toolsModuleOf(file);
    const list = tools[module];
    assert.ok(list, `${file}: module '${module}' is not in the table`);
    for (const found of importsOf(file)) {
      const target = toolsModuleOf(found.target);
      const allowed = target === module || permits(list, found, target);
      assert.ok(allowed, `${file} must not import ${found.target}${found.isType ? '' : ' (as a value)'}`);
    }
  }
});

test('no file imports itself over others, not even for types', () => {
  const files = ['src', 'tools', 'assembly', 'test'].flatMap(sources);
  const graph = new Map(files.map((file) => [file, importsOf(file).map(({ target }) => fileOf(target))]));
  assert.equal(circles(graph), []);
});

test('circles are found, of files, of themselves, and beside other ways', () => {
  const graph = new Map([
    ['a', ['b', 'd']],
    ['b', ['c']],
    ['c', ['a', 'd']],
    ['d', ['e']],
    ['e', []],
    ['f', ['f', 'a']],
  ]);
  assert.equal(circles(graph), [['a', 'b', 'c'], ['f']]);
});

test.run();
