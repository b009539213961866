// Tests the reports of a comparison: wording of figures, tables, and an HTML page that is well-formed and sends no request.
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Comparison, LayerComparison } from '../../../tools/compare/comparison';
import { pairedAccuracy } from '../../../tools/compare/statistics';
import { writeBytes } from '../../../tools/files';
import { renderComparisonHtml } from '../../../tools/report/compare-html';
import { renderComparison, renderComparisonJson } from '../../../tools/report/compare-text';
import { formatDecibels, formatPoints, layerName } from '../../../tools/report/compare-words';
import { html } from '../../../tools/report/html';
import { loadCharts } from '../../../tools/report/load-charts';
import { thumbnails } from '../../../tools/report/thumbnails';
import { recordingTerminal } from '../../support/terminal';

const layer = (index: number, more: Partial<LayerComparison> = {}): LayerComparison => ({
  name: `net/conv_${index}/Relu6;net/conv_${index}/BiasAdd`,
  type: 'CONV_2D',
  index,
  shape: [1, 4, 4, 8],
  dtype: 'int8',
  local: { sqnr: 20 + index, cosine: 0.99, maxAbs: 0.5 },
  global: { sqnr: 10 + index, cosine: 0.9, maxAbs: 1.5 },
  range: { low: -1, high: 1 },
  used: { low: -2, high: 3 },
  saturated: 0.1,
  channels: 8,
  deadChannels: 0,
  rescaled: false,
  cause: { name: 'saturation', evidence: '10 % of the values lie beyond the range', option: '--observer min-max' },
  activations: { min: -2, max: 3, counts: [1, 100, 50, 3, 0, 1] },
  weights: { min: -127, max: 127, counts: [0, 4, 9, 2], low: -127, high: 127 },
  ...more,
});

const nasty = '<script>alert("&\')</script>';

const comparison: Comparison = {
  format: 'zeropoint comparison',
  version: 1,
  float: { name: 'float.tflite', bytes: 4096, sha256: 'f'.repeat(64), milliseconds: 10 },
  quantized: { name: `${nasty}.tflite`, bytes: 1024, sha256: '0'.repeat(64), milliseconds: 4 },
  data: { samples: 100, sha256: '1'.repeat(64), skipped: [{ name: 'bad.jpg', reason: 'cut short' }] },
  classification: {
    classes: 10,
    labelled: 100,
    labelOffset: 0,
    top1: pairedAccuracy({ both: 70, floatOnly: 20, quantizedOnly: 2, neither: 8 }),
    agreement: 0.7,
    agreementInterval: { low: 0.6, high: 0.78 },
    changes: 30,
    changed: [
      { name: 'wrong.png', label: 3, float: { class: 1, score: 0.5 }, quantized: { class: 2, score: 0.4 } },
      { name: nasty, picture: '/a.png', label: 1, float: { class: 1, score: 0.5 }, quantized: { class: 2, score: 0.4 } },
    ],
  },
  outputs: [{ name: 'scores', shape: [1, 10], sqnr: 17.25, cosine: 0.98, maxAbs: 0.125 }],
  layers: [layer(1), layer(0), layer(2, { cause: { name: 'healthy', evidence: 'fine' } })],
  layerSamples: 16,
  matched: 'names',
  unmatched: ['extra'],
  settings: {
    calibration: { model: '', data: '', samples: 64, settings: { observer: 'min-max' } },
    settings: { equalize: true },
  },
  labels: ['zero', nasty, 'two', 'three'],
};

test('words: signs of points, limits of dB, names without boilerplate or middle', () => {
  assert.equal([0.0123, -0.05, 0.0001, -0.0001].map(formatPoints), ['+1.2', '-5.0', '0.0', '0.0']);
  assert.equal([undefined, 150, 12.34].map(formatDecibels), ['', 'exact', '12.3 dB']);
  assert.is(layerName({ name: 'net/conv/batch_norm/FusedBatchNormV3;net/conv/Conv2D' }), 'net/conv');
  assert.is(layerName({ name: 'abcdefghijklmnop' }, 10), 'abc…klmnop');
  assert.is(layerName({ name: 'Relu6' }), 'Relu6');
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
  const empty = new Set(['meta', 'img', 'br', '!doctype']);
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
