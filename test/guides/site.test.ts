// Tests the site of the documents as files: every link leads to a page, a section or a file of it, nothing comes from elsewhere, and the search
// finds what the documents say.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildSite, type IndexEntry } from '../../docs/site/build';
import { highlight } from '../../docs/site/highlight';
import { anchorOf, resolveLink } from '../../docs/site/render';
import { excerpt, search } from '../../docs/site/search';
import { temporaryFolder } from '../support/folder';

const folder = temporaryFolder();
test.after(folder.remove);
const pages = await buildSite(folder.at('site'));
const read = (file: string): string => readFileSync(folder.at('site', file), 'utf8');
const index: IndexEntry[] = JSON.parse(read('search-index.js').replace(/^window\.searchIndex = |;\n$/g, ''));
const hasApi = pages.includes('api.html');
if (!hasApi) console.log('note: the site has no API reference here (npm run docs:api)');

const idsOf = (html: string): Set<string> => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
const decoded = (text: string): string =>
  text
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');

test('every guide has a page, in the sidebar of every page', () => {
  const guides = readdirSync(join(import.meta.dirname, '../../docs')).filter((file) => file.endsWith('.md'));
  assert.ok(guides.length > 10);
  for (const page of pages) for (const guide of guides) assert.ok(read(page).includes(`<a href="${guide.replace('.md', '.html')}"`), guide);
});

test('every link leads to a page, a section or a file of the site', () => {
  const ids = new Map(pages.map((page) => [page, idsOf(read(page))]));
  let count = 0;
  for (const page of pages) {
    for (const [, address] of read(page).matchAll(/ (?:href|src)="([^"]*)"/g)) {
      const [file, anchor] = decoded(address).split('#');
      if (/^https:/.test(file)) continue;
      const target = file || page;
      assert.ok(readdirSync(folder.at('site')).includes(target), `${page} links to ${address}`);
      if (anchor) assert.ok(ids.get(target)?.has(decodeURIComponent(anchor)), `${page} links to ${address}`);
      count++;
    }
  }
  assert.ok(count > 1000, `${count} links`);
});

test('nothing is loaded from elsewhere', () => {
  for (const page of pages) {
    const tags = read(page).matchAll(/<(?:link|script|img|iframe|source|video)\b[^>]*>/g);
    for (const [tag] of tags) assert.not.match(tag, /(?:href|src)="(?:\w+:|\/)/, page);
    assert.not.match(read(page), /<script>|<style>| on\w+="/, page);
  }
  assert.not.match(read('style.css'), /url\(|@import/);
  assert.not.match(read('client.js'), /https?:/);
});

test('ids are unique on every page', () => {
  for (const page of pages) {
    const ids = [...read(page).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.is(new Set(ids).size, ids.length, page);
  }
});

test('the search finds terms in titles and in text, guides first', () => {
  const first = (query: string) => search(index, query, 5).map(({ entry: [file, anchor] }) => `${file}#${anchor}`);
  assert.ok(
    first('hostile files').some((place) => place.startsWith('security.html')),
    `${first('hostile files')}`,
  );
  assert.is(first('shard machines')[0], 'command-line.html#many-machines');
  assert.ok(
    first('handedness').some((place) => place.startsWith('hands.html')),
    `${first('handedness')}`,
  );
  assert.is(first('find FACES')[0], 'faces.html#');
  assert.equal(first('no-such-word'), []);
  assert.equal(first('  '), []);
  if (hasApi)
    assert.ok(first('ImprintedClassifier').includes('api-zeropoint-vision.html#imprintedclassifier'), `${first('ImprintedClassifier')}`);
});

test('an excerpt shows the first word that occurs', () => {
  const text = `${'before '.repeat(40)}needle ${'after '.repeat(40)}`;
  assert.match(excerpt(text, ['needle'], 80), /^… before .*needle after .* …$/);
  assert.is(excerpt('short', ['absent'], 80), 'short');
});

test('a link that leads nowhere fails the build', () => {
  const targets = { pages: new Map([['docs/a.md', 'a.html']]), files: new Set(['docs/family.svg']) };
  assert.is(resolveLink('a.md#b', 'docs/c.md', targets), 'a.html#b');
  assert.is(resolveLink('docs/a.md', 'README.md', targets), 'a.html');
  assert.is(resolveLink('family.svg', 'docs/c.md', targets), 'family.svg');
  assert.is(resolveLink('../examples/classify.mjs', 'docs/c.md', targets), 'examples.html#classifymjs');
  assert.throws(() => resolveLink('b.md', 'docs/c.md', targets), /docs\/c\.md links to b\.md/);
});

test('anchors are those of GitHub', () => {
  const used = new Map<string, number>();
  assert.equal(
    ['In Node, Deno & Bun', 'x86, `measured`', 'x86, measured', '[0.3.0] - 2026-11-29'].map((heading) => anchorOf(heading, used)),
    ['in-node-deno--bun', 'x86-measured', 'x86-measured-1', '030---2026-11-29'],
  );
});

test('colours of code leave its text as it is', () => {
  const code = "const a = `x`; // <b> & 'c'\nload('a');";
  assert.is(decoded(highlight(code, 'ts').replace(/<\/?span[^>]*>/g, '')), code);
  assert.match(highlight(code, 'ts'), /<span class="comment">\/\/ &lt;b&gt; &amp; 'c'<\/span>/);
  assert.is(highlight('a < b', 'text'), 'a &lt; b');
  assert.match(highlight("run 'a b' --top 3 # c", 'sh'), /<span class="word">--top<\/span> 3 <span class="comment"># c<\/span>/);
});

test.run();
