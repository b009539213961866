// Owns the account of every published byte: groups of files with limits, whose sum is what the tarball holds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { coreText } from '../../src/core/wasm';
import { type Packed, packedContents, root } from './installed';
import { reachable } from './reachable';

/** Files for which `holds` is true and that no group before holds; limits are bytes of all together, `brotli` of each compressed alone. */
interface Group {
  readonly name: string;
  readonly holds: (path: string) => boolean;
  readonly raw: number;
  readonly brotli: number;
}

interface Size {
  readonly files: number;
  readonly raw: number;
  readonly brotli: number;
}

/** The sizes of the groups, in order, and the files that belong to none. */
function account(folder: string, { files }: Packed, groups: readonly Group[]): { sizes: Size[]; rest: string[] } {
  const sizes = groups.map(() => ({ files: 0, raw: 0, brotli: 0 }));
  const rest: string[] = [];
  for (const { path, size } of files) {
    const total = sizes[groups.findIndex(({ holds }) => holds(path))];
    if (!total) {
      rest.push(path);
      continue;
    }
    total.files++;
    total.raw += size;
    total.brotli += brotliCompressSync(readFileSync(join(folder, path))).length;
  }
  return { sizes, rest };
}

const documents = (raw: number, brotli: number): Group => {
  return { name: 'documents and manifest', holds: (path) => /^(\w+\.md|LICENSE|package\.json)$/.test(path), raw, brotli };
};

const types = (raw: number, brotli: number): Group => ({ name: 'types', holds: (path) => path.endsWith('.d.ts'), raw, brotli });

/** An entry's module and the chunks that it imports, directly or not. */
function entry(folder: string, { files }: Packed, name: string, raw: number, brotli: number): Group {
  const paths = files.map(({ path }) => path);
  const found = reachable([`dist/${name}.js`], paths, (path) => readFileSync(join(folder, path), 'utf8'));
  return { name: `dist/${name}.js and what it alone imports`, holds: (path) => found.has(path), raw, brotli };
}

/** Text of the core's first bytes. */
const coreStart = coreText.slice(0, 80);
const holdsCore = (path: string): boolean => path.endsWith('.js') && readFileSync(join(root, path), 'utf8').includes(coreStart);

const runtime = packedContents(root);
const runtimeGroups: readonly Group[] = [
  { name: 'wasm/core.wasm', holds: (path) => path === 'wasm/core.wasm', raw: 62_000, brotli: 14_800 },
  { name: 'wasm/core-relaxed.wasm', holds: (path) => path === 'wasm/core-relaxed.wasm', raw: 105_000, brotli: 22_500 },
  { name: 'wasm/float.wasm', holds: (path) => path === 'wasm/float.wasm', raw: 54_000, brotli: 14_000 },
  { name: 'both cores inlined, and how one is chosen', holds: holdsCore, raw: 115_000, brotli: 26_000 },
  { ...entry(root, runtime, 'index', 245_000, 82_000), name: 'dist/index.js and what it imports, without the cores' },
  entry(root, runtime, 'index.workerd', 1_300, 650),
  entry(root, runtime, 'index.edge-light', 1_300, 650),
  entry(root, runtime, 'slim', 3_200, 1_400),
  entry(root, runtime, 'float', 130_000, 38_000),
  entry(root, runtime, 'float.workerd', 1_400, 800),
  entry(root, runtime, 'float.edge-light', 1_400, 800),
  entry(root, runtime, 'threads', 11_000, 4_600),
  entry(root, runtime, 'graph', 8_800, 3_500),
  entry(root, runtime, 'image', 14_000, 5_500),
  entry(root, runtime, 'mobilenet', 25_500, 8_900),
  entry(root, runtime, 'reference', 1_200, 600),
  entry(root, runtime, 'tasks', 14_000, 5_500),
  entry(root, runtime, 'vision', 60_000, 20_000),
  entry(root, runtime, 'vision.workerd', 32_000, 10_000),
  entry(root, runtime, 'vision.edge-light', 32_000, 10_000),
  entry(root, runtime, 'audio', 18_000, 7_000),
  entry(root, runtime, 'audio.workerd', 5_000, 2_000),
  entry(root, runtime, 'audio.edge-light', 5_000, 2_000),
  entry(root, runtime, 'tflite', 3_200, 1_300),
  types(275_000, 90_000),
  documents(50_000, 17_000),
];

const toolsFolder = join(root, 'tools');
const tools = packedContents(toolsFolder);
const toolsGroups: readonly Group[] = [
  { name: 'bin.js', holds: (path) => path === 'bin.js', raw: 200, brotli: 200 },
  { name: 'the charts of reports', holds: (path) => /^dist\/compare-charts-\w+\.js$/.test(path), raw: 5_200, brotli: 2_200 },
  { ...entry(toolsFolder, tools, 'index', 800_000, 182_000), name: 'dist/index.js and what it imports' },
  { ...entry(toolsFolder, tools, 'cli', 110_000, 29_000), name: 'dist/cli.js and what it alone imports' },
  entry(toolsFolder, tools, 'worker', 1_000, 600),
  types(145_000, 48_500),
  documents(26_000, 10_000),
];

const packages = [
  { name: 'zeropoint', folder: root, packed: runtime, groups: runtimeGroups, tarball: 380_000 },
  { name: '@zeropoint/tools', folder: toolsFolder, packed: tools, groups: toolsGroups, tarball: 300_000 },
];

for (const { name, folder, packed, groups, tarball } of packages) {
  const { sizes, rest } = account(folder, packed, groups);

  test(`${name}: every published byte belongs to a group`, () => {
    assert.equal(rest, []);
    assert.is(
      sizes.reduce((sum, { raw }) => sum + raw, 0),
      packed.unpackedSize,
    );
    console.log(`note: ${name}: ${packed.files.length} files, ${packed.unpackedSize} bytes, ${packed.size} as a tarball of ${tarball}`);
    assert.ok(packed.size <= tarball, `the tarball has ${packed.size} bytes, more than ${tarball}`);
  });

  groups.forEach((group, i) => {
    test(`${name}: ${group.name}: at most ${group.raw} bytes, ${group.brotli} compressed`, () => {
      const { files, raw, brotli } = sizes[i];
      console.log(`note: ${name}: ${group.name}: ${files} files, ${raw} bytes of ${group.raw}, ${brotli} of ${group.brotli} compressed`);
      assert.ok(files > 0, 'no file');
      assert.ok(raw <= group.raw, `${raw} bytes, more than ${group.raw}`);
      assert.ok(brotli <= group.brotli, `${brotli} bytes compressed, more than ${group.brotli}`);
    });
  });
}

test.run();
