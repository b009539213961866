// Tests the reports of a comparison: wording of figures, tables, and an HTML page that is well-formed and sends no request.
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeBytes } from '../../../tools/files';
import { renderComparisonHtml } from '../../../tools/report/compare-html';
import { renderComparison, renderComparisonJson } from '../../../tools/report/compare-text';
import { formatDecibels, formatPoints, layerName, sharedPrefix } from '../../../tools/report/compare-words';
import { html } from '../../../tools/report/html';
import { loadCharts } from '../../../tools/report/load-charts';
import { thumbnails } from '../../../tools/report/thumbnails';
import { comparison, nasty } from '../../support/comparison';
import { recordingTerminal } from '../../support/terminal';

test('words: signs of points, limits of dB, names without boilerplate or middle', () => {
  assert.equal([0.0123, -0.05, 0.0001, -0.0001].map(formatPoints), ['+1.2', '-5.0', '0.0', '0.0']);
  assert.equal([undefined, 150, 12.34].map(formatDecibels), ['', 'exact', '12.3 dB']);
  assert.is(layerName({ name: 'net/conv/batch_norm/FusedBatchNormV3;net/conv/Conv2D' }), 'net/conv');
  assert.is(layerName({ name: 'abcdefghijklmnop' }, 10), 'abc…klmnop');
  assert.is(layerName({ name: 'Relu6' }), 'Relu6');
});

test('words: a prefix of whole segments that most layers share', () => {
  const prefix = (...names: string[]) => sharedPrefix(names.map((name) => ({ name })));
  assert.is(prefix('net/a/x', 'net/a/y', 'net/a/z', 'net/b'), 'net/');
  assert.is(prefix('net/a/x', 'net/a/y', 'net/a/z', 'net/a/v', 'logits'), 'net/a/', '4 of 5 are enough');
  assert.is(prefix('net/a/x', 'net/a/y', 'logits'), '', '2 of 3 are not');
  assert.is(prefix('net/a', 'net/b'), '', 'nothing is saved with two');
  assert.is(prefix('same', 'same', 'same'), '');
  assert.is(prefix('model.0.conv', 'model.1.conv', 'model.2.conv'), 'model.');
  assert.is(layerName({ name: 'net/a/x' }, 44, 'net/'), 'a/x');
  assert.is(layerName({ name: 'logits' }, 44, 'net/'), 'logits');
});

test('text: the drop with its interval, sizes, worst layers first with cause and option', () => {
  const text = renderComparison(comparison, recordingTerminal());
  assert.match(text, /top-1 +90\.0 % +72\.0 % +-18\.0 points +95 % interval -\d+\.\d to -\d+\.\d\n/);
  assert.match(text, /same top-1 +70\.0 % +95 % interval 60\.0 % to 78\.0 %/);
  assert.match(text, /file +4\.00 KiB +1\.00 KiB +4\.0× smaller/);
  assert.match(text, /one run +10\.0 ms +4\.00 ms +2\.5× faster/);
  assert.match(text, /net\/conv_1 +CONV_2D +21\.0 dB +11\.0 dB +0\.9000 +1\.50 +saturation +--observer min-max\n/);
  assert.ok(text.indexOf('net/conv_1') < text.indexOf('net/conv_0'), 'in the order given');
  assert.match(text, /100 samples, 1 unreadable/);
  assert.match(text, /without a float counterpart: 1/);
  const bare = renderComparison({ ...comparison, classification: undefined, layers: [], unmatched: [] }, recordingTerminal());
  assert.match(bare, /No layer of the float network was found/);
  assert.not.match(bare, /top-1/);
});

test('JSON: everything comes back', () => {
  assert.equal(JSON.parse(renderComparisonJson(comparison)), JSON.parse(JSON.stringify(comparison)));
});

test('html tag: text is escaped, markup and lists stay, nothing leaves nothing', () => {
  assert.is(
    html`<p title="${'"'}">${'<&'}${[html`<b>${1}</b>`, html`<i></i>`]}${undefined}${false}</p>`.text,
    '<p title="&quot;">&lt;&amp;<b>1</b><i></i></p>',
  );
});

/** Names of elements that are opened and not closed, or closed out of order. */
function unbalanced(page: string): string[] {
  const empty = new Set(['meta', 'img', 'br', 'wbr', '!doctype']);
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name, end] of page.replace(/<style>.*?<\/style>/gs, '').matchAll(/<(\/?)([a-z!][a-z0-9]*)[^>]*?(\/?)>/gi)) {
    const tag = name.toLowerCase();
    if (empty.has(tag) || end) continue;
    if (!slash) open.push(tag);
    else if (open.pop() !== tag) wrong.push(tag);
  }
  return [...wrong, ...open];
}

const picture = 'data:image/webp;base64,AAAA';
const charts = await loadCharts();
const page = renderComparisonHtml(comparison, new Map([['/a.png', picture]]), charts);

test('page: well-formed, with its charts, pictures and settings', () => {
  assert.equal(unbalanced(page), []);
  const { document } = parseHTML(page);
  assert.is(document.querySelectorAll('svg').length, 2 + 2 * 3, 'the layers twice, for desk and phone, and two histograms per layer');
  assert.is(document.querySelectorAll('svg[aria-label]').length, 8 + document.querySelectorAll('svg svg[aria-label]').length);
  assert.equal(
    [...document.querySelectorAll('img')].map((image) => image.getAttribute('src')),
    [picture],
  );
  assert.match(document.querySelector('pre')!.textContent!, /"equalize": true/);
  assert.match(document.body.textContent!, /Quantization cost 18\.0 points of top-1 accuracy/);
  const cards = [...document.querySelectorAll('.picture')].map((card) => card.textContent);
  assert.ok(cards[0].includes(nasty), 'what was right and is wrong now comes first');
  assert.match(cards[1], /right: three/);
});

test('page: names without their prefix, options once with their layers, causes explained where they stand', () => {
  const { document } = parseHTML(page);
  assert.match(document.body.textContent!, /Names begin with net\/, which is left out here/);
  assert.equal(
    [...document.querySelectorAll('td.name')].map((cell) => cell.textContent),
    ['conv_1', 'conv_0', 'conv_2'],
  );
  assert.is(page.match(/--observer min-max/g)?.length, 1);
  const [card] = [...document.querySelectorAll('h3')].filter(({ textContent }) => textContent === '--observer min-max');
  assert.match(card.parentElement!.textContent!, /For 2 layers, the worst first:\s*conv_1conv_0/);
  const causes = [...document.querySelectorAll('details.why')].map(({ textContent }) => textContent);
  assert.match(causes[0], /^saturationValues beyond the range of the codes are clipped/);
  assert.match(document.querySelector('svg')!.textContent!, /conv_0conv_1conv_2/, 'the axis names its layers');
  assert.match(page, /<span class="file">/);
});

test('page: of a file that a search made, its frontier as two charts and a table, with the chosen point', () => {
  const point = { milliseconds: 1, float32: 0, int16: 0, int4: 0 };
  const frontier = [
    { ...point, bytes: 100_000, decibels: 10, int4: 3, drop: 2 },
    { ...point, bytes: 150_000, decibels: 20, drop: 0.5, isChosen: true },
    { ...point, bytes: 200_000, decibels: 30, milliseconds: 1.5, float32: 2, int16: 1 },
  ];
  const searched = renderComparisonHtml({ ...comparison, settings: { ...comparison.settings!, frontier } }, new Map(), charts);
  assert.equal(unbalanced(searched), []);
  const { document } = parseHTML(searched);
  assert.is(document.querySelectorAll('svg').length, 8 + 4, 'over time and size, each for desk and phone');
  const rows = [...document.querySelectorAll('details tbody tr')].map(({ textContent }) => textContent!.replace(/\s+/g, ' '));
  assert.ok(
    rows.some((row) => /^- chosen150 kB 1\.00 ms20\.0 dB 0\.50$/.test(row)),
    rows.join('\n'),
  );
  assert.ok(
    rows.some((row) => /^2 float, 1 of 16 bits200 kB/.test(row)),
    rows.join('\n'),
  );
  assert.not.match(document.querySelector('pre')!.textContent!, /frontier/);
  assert.not.match(page, /What the search chose from/);
});

test('page: of a file that zeropoint did not make, options are those of making another one', () => {
  const text = parseHTML(renderComparisonHtml({ ...comparison, settings: undefined }, new Map())).document.body.textContent!;
  assert.match(text, /was not made by zeropoint/);
  assert.not.match(text, /that the file was not made with/);
});

test('page: without the charts the rest is there, well-formed, and says how to get them', () => {
  const plain = renderComparisonHtml(comparison, new Map([['/a.png', picture]]));
  assert.equal(unbalanced(plain), []);
  const { document } = parseHTML(plain);
  assert.is(document.querySelectorAll('svg').length, 0);
  assert.is(document.querySelectorAll('table').length, parseHTML(page).document.querySelectorAll('table').length);
  assert.match(document.body.textContent!, /has no charts.*npm install @observablehq\/plot linkedom/);
  assert.not.match(page, /has no charts/);
});

test('page: no script, no request, names from outside are text', () => {
  const { document } = parseHTML(page);
  assert.is(document.querySelectorAll('script, link, iframe, object, embed').length, 0);
  assert.match(page, /default-src 'none'/);
  const references = [...page.matchAll(/(?:src|href|action|data)\s*=\s*"([^"]*)"|url\(([^)]*)\)|@import/gi)].map(
    ([all, a, b]) => a ?? b ?? all,
  );
  assert.equal(references, [picture]);
  assert.not.match(page.replace(/xmlns(:\w+)?="[^"]*"/g, ''), /https?:/);
});

test('thumbnails: small data URIs by path, none for samples without a picture or with one that cannot be read', async () => {
  const path = `/tmp/zeropoint-thumbnail-${process.pid}.png`;
  const png = await sharp({ create: { width: 300, height: 20, channels: 3, background: '#f00' } })
    .png()
    .toBuffer();
  await writeBytes(path, new Uint8Array(png));
  const uris = await thumbnails([{ picture: path }, { picture: '/nowhere.png' }, {}]);
  assert.equal([...uris.keys()], [path]);
  assert.match(uris.get(path)!, /^data:image\/webp;base64,/);
  assert.ok(uris.get(path)!.length < 4000, `${uris.get(path)!.length}`);
});

test.run();
