// Owns which addresses sources and documents may name: those of others, listed here, and none of the project's own before it has one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryUrl } from '../tools/build/repository';

const root = join(import.meta.dirname, '..');

/** Places that exist whatever becomes of this project: sources of formulas, formats, licences and tools; and what no resolver finds. */
const foreign = [
  // This machine, and names reserved for examples (RFC 2606).
  '127.0.0.1',
  'localhost',
  'git.example',
  'example.com',
  // Papers and the reference.
  'arxiv.org',
  'cocodataset.org',
  'docs.ultralytics.com',
  'doi.org',
  'github.com/google/gemmlowp',
  'github.com/google/flatbuffers',
  'github.com/google/XNNPACK',
  'github.com/google-ai-edge',
  'github.com/onnx',
  'github.com/tensorflow',
  'onnx.ai',
  'www.tensorflow.org',
  'ai.google.dev',
  'storage.googleapis.com/download.tensorflow.org',
  // Languages, platforms and their tools.
  'biomejs.dev',
  'developer.mozilla.org',
  'docs.npmjs.com',
  'github.com/AssemblyScript',
  'github.com/WebAssembly',
  'json.schemastore.org',
  'nodejs.org',
  'registry.npmjs.org',
  'typedoc.org',
  'v8.dev',
  'webassembly.github.io',
  'www.assemblyscript.org',
  // Licences and conventions.
  'keepachangelog.com',
  'semver.org',
  'www.apache.org/licenses',
  'www.w3.org',
];

/** Text files that git tracks, without lock files, whose addresses npm writes. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((file) => /(\.(md|json|ts|mjs|js|yml|html)|(^|\/)(LICENSE|run))$/.test(file) && !file.endsWith('package-lock.json'));

/** Addresses in a text, without scheme and without the punctuation after them. */
const addressesIn = (text: string): string[] =>
  [...text.matchAll(/https?:\/\/([\w.-]+[^\s"'`<>()[\]]*?)[.,;:]*(?=[\s"'`<>()[\]]|$)/g)].map(([, address]) => address);

/** Whether an address may be named while the repository lies at `own`. */
function isKnown(address: string, own: string | undefined): boolean {
  const places = own === undefined ? foreign : [...foreign, own.replace('https://', '')];
  const isPlace = places.some((place) => address === place || (address.startsWith(place) && /[/:#?]/.test(address[place.length])));
  return isPlace && (!/zeropoint/i.test(address) || (own !== undefined && address.startsWith(own.replace('https://', ''))));
}

test('no file names an address of the project that does not exist, nor one that is not listed', () => {
  assert.ok(files.length > 400, `${files.length} files`);
  const unknown = files
    .filter((file) => file !== 'test/addresses.test.ts')
    .flatMap((file) =>
      addressesIn(readFileSync(join(root, file), 'utf8'))
        .filter((address) => !isKnown(address, repositoryUrl))
        .map((address) => `${file}: ${address}`),
    );
  assert.equal(unknown, []);
});

test('addresses are found in prose, links, code and manifests', () => {
  const text = `See https://a.example/b, [c](http://c.example/d#e) and '"https://f.example"' <https://g.example/>.`;
  assert.equal(addressesIn(text), ['a.example/b', 'c.example/d#e', 'f.example', 'g.example/']);
});

test('addresses of the project are known once it has one, and only those', () => {
  assert.ok(isKnown('arxiv.org/abs/1712.05877', undefined));
  assert.not.ok(isKnown('arxiv.org.example/abs', undefined));
  for (const address of ['www.npmjs.com/package/zeropoint', 'github.com/zeropoint/zeropoint', 'github.com/tensorflow/zeropoint'])
    assert.not.ok(isKnown(address, undefined), address);
  const own = 'https://host.example/owner/zeropoint';
  assert.ok(isKnown('host.example/owner/zeropoint/issues', own));
  assert.not.ok(isKnown('host.example/owner/zeropoint-other', own));
  assert.not.ok(isKnown('www.npmjs.com/package/zeropoint', own));
});

test.run();
