// Owns what the packed runtime package holds, how large it is, and that a project it is installed into can use it.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { minify } from 'terser';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { floatText } from '../../src/core/float-wasm';
import { relaxedDelta } from '../../src/core/relaxed-wasm';
import { coreText } from '../../src/core/wasm';
import { minifyOptions } from '../../tools/build/minify';
import { installedProject, packedFiles, readManifest, root } from './installed';
import { reachable } from './reachable';

const project = installedProject(['.']);
const installed = join(project, 'node_modules/zeropoint');

test('the package holds what a user needs and nothing else', () => {
  const files = packedFiles(root);
  const modules = [
    'audio',
    'threads',
    'float',
    'graph',
    'image',
    'index',
    'mobilenet',
    'reference',
    'slim',
    'tasks',
    'tflite',
    'vision',
    ...['audio', 'index', 'float', 'vision'].flatMap((entry) => [`${entry}.workerd`, `${entry}.edge-light`]),
  ].map((entry) => `dist/${entry}.js`);
  const types = ['audio', 'threads', 'float', 'graph', 'image', 'index', 'mobilenet', 'reference', 'slim', 'tasks', 'tflite', 'vision'].map(
    (entry) => `dist/types/${entry}.d.ts`,
  );
  const documents = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'];
  // Chunks and declarations belong when an entry imports them, directly or not.
  const imported = reachable([...modules, ...types], files, (file) => readFileSync(join(root, file), 'utf8'));
  const expected = new Set([
    ...documents,
    ...imported,
    'wasm/core.wasm',
    'wasm/core.wasm.d.ts',
    'wasm/core-relaxed.wasm',
    'wasm/core-relaxed.wasm.d.ts',
    'wasm/float.wasm',
    'wasm/float.wasm.d.ts',
  ]);
  const unneeded = files.filter((file) => !expected.has(file));
  const absent = [...expected].filter((file) => !files.includes(file));
  assert.equal({ unneeded, absent }, { unneeded: [], absent: [] });
});

test('every target of the exports map is in the package', () => {
  const files = packedFiles(root).map((file) => `./${file}`);
  for (const [entry, target] of Object.entries(readManifest(installed).exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
      assert.ok(files.includes(file), `exports['${entry}'] points to ${file}, which is not packed`);
    }
  }
});

test('no module touches eval, Function, process, Buffer or require', async () => {
  const forbidden = ['eval', 'Function', 'process', 'Buffer', 'require'];
  // esbuild replaces references to globals only: not properties, strings or local names.
  const define = Object.fromEntries(forbidden.map((name) => [name, `forbidden_${name}`]));
  for (const file of readdirSync(join(installed, 'dist')).filter((name) => name.endsWith('.js'))) {
    const { code } = await transform(readFileSync(join(installed, 'dist', file), 'utf8'), { define });
    // Threads ask a process, if there is one, for workers, and slim for files.
    const pattern = ['threads.js', 'slim.js'].includes(file) ? /\bforbidden_\w+/g : /\bforbidden_\w+|\bglobalThis\.process/g;
    assert.equal(code.match(pattern) ?? [], [], file);
  }
});

/** Brotli bytes of a bundle of `zeropoint` as installed, minified like our own files, under `conditions`; `external` stays outside. */
async function bundledBytes(conditions: string[], external: string[]): Promise<number> {
  const { outputFiles } = await build({
    absWorkingDir: project,
    stdin: { contents: "export * from 'zeropoint';", resolveDir: project },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions,
    external: ['*.wasm', ...external],
    write: false,
  });
  const { code } = await minify(outputFiles[0].text, minifyOptions);
  return brotliCompressSync(code!).length;
}

test('lines of the published code are short, but for binaries and lists of names', () => {
  for (const file of readdirSync(join(installed, 'dist')).filter((name) => name.endsWith('.js'))) {
    const throwing = readFileSync(join(installed, 'dist', file), 'utf8')
      .split('\n')
      .filter((line) => line.includes('new ModelError'));
    for (const line of throwing) assert.ok(line.length <= 800, `${file} has a line of ${line.length} characters: ${line}`);
  }
});

test('an uncaught error prints a short source line, its name and message, and a short stack', () => {
  const script = `import('zeropoint').then(({ loadSync }) => loadSync(new Uint8Array(100)))`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: project, encoding: 'utf8' });
  assert.is(status, 1);
  const lines = stderr.trimEnd().split('\n');
  assert.match(lines[0], /^file:.*\/zeropoint\/dist\/[\w-]+\.js:\d+$/);
  assert.match(lines[1], /new ModelError\(/);
  assert.match(lines[2], /^\s*\^$/);
  assert.match(stderr, /^ModelError: the file must have 'TFL3' at byte 4; is it another format or a web page\?$/m);
  assert.match(stderr, "code: 'not-tflite'");
  assert.ok(lines.length <= 18, stderr);
  for (const line of lines) assert.ok(line.length <= 300, `a line of ${line.length} characters: ${line}`);
});

test('names of classes survive, and a model is shown on one screen', () => {
  const shown = runCommonJs(
    'show',
    `(async () => {
      const { loadSync, ModelError } = await import('zeropoint');
      const { mobilenetV1 } = await import('zeropoint/mobilenet');
      const model = loadSync(mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
      const text = require('node:util').inspect(model);
      console.log(JSON.stringify({ names: [model.constructor.name, ModelError.name], first: text.split('\\n')[0], lines: text.split('\\n').length }));
    })();`,
  );
  assert.equal(shown, { names: ['Model', 'ModelError'], first: "Model 'main'", lines: 6 });
});

/** A KB has 1000 bytes. */
function atMost(kilobytes: number, bytes: number, what: string): void {
  console.log(`note: ${what}: ${bytes} bytes of ${kilobytes * 1000}`);
  assert.ok(bytes <= kilobytes * 1000, `${what}: ${bytes} bytes, more than ${kilobytes} KB`);
}

test('our host code has at most 67 KB compressed', async () => {
  atMost(67, await bundledBytes(['workerd'], []), 'host code, brotli');
});

test('the default entry with both cores inlined has at most 92 KB compressed', async () => {
  atMost(92, await bundledBytes([], []), 'entry zeropoint with both cores, brotli');
});

test('slim has no binary as text, and at most 68 KB compressed', async () => {
  const bundle = await build({
    stdin: { contents: "export * from 'zeropoint/slim';", resolveDir: project },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const { code } = await minify(bundle.outputFiles[0].text, minifyOptions);
  for (const text of [coreText, relaxedDelta, floatText]) assert.not(code!.includes(text.slice(0, 80)));
  atMost(68, brotliCompressSync(code!).length, 'entry zeropoint/slim, brotli');
});

/**
 * What an app of one import fetches at first, as one file with both cores, minified. Bundlers that split code (Vite, Rollup, webpack) put
 * `zeropoint/float`, which tasks import on demand, into a chunk of its own; here that import is left as it is.
 */
async function firstFile(text: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: project,
    stdin: { contents: text, resolveDir: project },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['./float.js'],
    write: false,
    logLevel: 'error',
  });
  return (await minify(outputFiles[0].text, minifyOptions)).code!;
}

test('an app with ImageClassifier, with both cores, has at most 100 KB compressed; the float binary is fetched on demand', async () => {
  const text = await firstFile("export { ImageClassifier } from 'zeropoint/vision';");
  assert.ok(text.includes(coreText.slice(0, 80)));
  assert.not(text.includes(floatText.slice(0, 80)));
  assert.match(text, /import\("\.\/float\.js"\)/);
  // Not imported for anything else.
  assert.not.match(text, /from\s*"\.\/float\.js"/);
  atMost(100, brotliCompressSync(text).length, 'an app with ImageClassifier, brotli');
});

for (const [name, limit] of Object.entries({ dequantize: 1000, quantize: 1200, ModelError: 500 })) {
  test(`${name} alone is at most ${limit} bytes of a bundle`, async () => {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${name} } from 'zeropoint';`, resolveDir: project },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    const { length } = outputFiles[0].contents;
    console.log(`note: ${name} alone: ${length} bytes`);
    assert.ok(length <= limit, `${length} bytes`);
  });
}

/** Runs a CommonJS file of this text in the project and returns the JSON that it prints. */
function runCommonJs(name: string, text: string) {
  const file = join(project, `${name}.cjs`);
  writeFileSync(file, text);
  return JSON.parse(execFileSync(process.execPath, [basename(file)], { cwd: project, encoding: 'utf8' }));
}

test('a CommonJS file imports zeropoint dynamically and runs a built model', () => {
  const { codes, same } = runCommonJs(
    'run',
    `const { readFileSync } = require('node:fs');
    (async () => {
      const { load } = await import('zeropoint');
      const { mobilenetV1 } = await import('zeropoint/mobilenet');
      const bytes = mobilenetV1({ alpha: 0.25, resolution: 96, classes: 100 });
      const modules = ['core', 'core-relaxed'].flatMap((name) => {
        const wasm = readFileSync(require.resolve('zeropoint/wasm/' + name + '.wasm'));
        return WebAssembly.validate(wasm) ? [new WebAssembly.Module(wasm)] : [];
      });
      const loaded = [await load(bytes), ...(await Promise.all(modules.map((module) => load(bytes, { module }))))];
      const outputs = loaded.map((model) => {
        model.inputs[0].data.forEach((_, i, data) => { data[i] = 31 * i; });
        model.run();
        return [...model.outputs[0].data];
      });
      console.log(JSON.stringify({ codes: outputs[0], same: outputs.every((codes) => String(codes) === String(outputs[0])) }));
    })();`,
  );
  assert.is(codes.length, 100);
  // Codes of a SOFTMAX, in steps of 1/256, each rounded.
  const sum = codes.reduce((total: number, code: number) => total + code, 0);
  assert.ok(Math.abs(sum - 256) <= 50, `probabilities add up to ${sum} / 256`);
  assert.ok(same, 'the inlined core and those of zeropoint/wasm/ disagree');
});

test('the package runs where intrinsics are frozen, and where Object.prototype was changed before the import', () => {
  const text = `(async () => {
      if (process.argv[2]) Object.assign(Object.prototype, { isa: 'x', maxBytes: 1, batch: 7, shapes: 1, signature: 's', module: {}, where: 'w', cause: 1 });
      const { load, ModelError } = await import('zeropoint');
      const { mobilenetV1 } = await import('zeropoint/mobilenet');
      await Promise.all(['audio', 'float', 'graph', 'image', 'reference', 'tasks', 'tflite', 'threads', 'vision'].map((entry) => import('zeropoint/' + entry)));
      const model = await load(mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }), {});
      model.run();
      const error = await load(new Uint8Array(9)).catch((caught) => caught);
      process.stdout.write(error instanceof ModelError ? error.code + ' ' + Object.hasOwn(error, 'where') + ' ' + model.outputs[0].shape : String(error));
    })();`;
  const file = join(project, 'frozen.cjs');
  writeFileSync(file, text);
  for (const options of [
    ['--frozen-intrinsics', '--no-warnings', file],
    [file, 'changed'],
  ]) {
    assert.is(execFileSync(process.execPath, options, { cwd: project, encoding: 'utf8' }), 'not-tflite false 1,10');
  }
});

test('all entries throw one and the same ModelError', () => {
  const result = runCommonJs(
    'errors',
    `(async () => {
      const zeropoint = await import('zeropoint');
      const tflite = await import('zeropoint/tflite');
      const { loadReference } = await import('zeropoint/reference');
      const float = await import('zeropoint/float');
      const { mobilenetV1 } = await import('zeropoint/mobilenet');
      const thrown = (action) => { try { action(); } catch (error) { return error instanceof zeropoint.ModelError && error.code; } };
      const text = new TextEncoder().encode('no model at all');
      console.log(JSON.stringify({
        shared: zeropoint.ModelError === tflite.ModelError,
        load: thrown(() => zeropoint.loadSync(text)),
        read: thrown(() => tflite.readModel(text)),
        reference: thrown(() => loadReference(text)),
        float: thrown(() => float.loadSync(text)),
        builder: thrown(() => mobilenetV1({ alpha: -1 })),
      }));
    })();`,
  );
  assert.equal(result, {
    shared: true,
    load: 'not-tflite',
    read: 'not-tflite',
    reference: 'not-tflite',
    float: 'not-tflite',
    builder: 'bad-argument',
  });
});

test.run();
