// Tests what reports say and show of heads of every task: rows, cards, and pictures with what both networks found.
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderComparisonHtml } from '../../../tools/report/compare-html';
import { renderComparison } from '../../../tools/report/compare-text';
import { headFigures, headVerdict } from '../../../tools/report/head-words';
import { drawnPicture, worstPictures } from '../../../tools/report/worst-pictures';
import { comparison, nasty } from '../../support/comparison';
import { temporaryFolder } from '../../support/folder';
import { taskComparisons } from '../../support/task-comparisons';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);

const heads = taskComparisons();
const of = (task: (typeof heads)[number]['task']) => ({
  ...comparison,
  classification: undefined,
  heads: heads.filter((head) => head.task === task),
});

test('text: rows of every task, those of several heads with their names', () => {
  const text = (task: (typeof heads)[number]['task']) => renderComparison(of(task), recordingTerminal());
  assert.match(
    text('detector'),
    /\nmAP 50-95 +43\.2 % +40\.0 % +0\.0 points +95 % interval -5\.0 to -1\.0; 36,781 objects in 5,000 pictures; without 1 classes/,
  );
  assert.match(text('detector'), /\nmAP 50 +43\.2 % +40\.0 % +-3\.2 points/);
  assert.match(text('detector'), /\nboxes +118,000 +117,500 +7,500 of them new\n/);
  assert.match(text('segmenter'), /\nmIoU of both +95\.0 % +95 % interval 91\.0 % to 98\.0 %\n/);
  assert.match(
    text('landmarks'),
    /\nmean error +95\.00 % +of the inter-ocular distance; 95 % interval 91\.00 % to 98\.00 %; worst 25\.00 %\n/,
  );
  assert.match(
    text('landmarks'),
    /\nerror to labels +3\.10 % +3\.40 % +\+0\.30 % +95 % interval \+0\.10 % to \+0\.50 %; of the inter-ocular distance; 300 labelled\n/,
  );
  assert.match(
    text('pose'),
    /\nkeypoint AP 50-95 +43\.2 % +40\.0 % +-3\.2 points +95 % interval -5\.0 to -1\.0; 6,352 people in 2,346 pictures\n/,
  );
  assert.match(text('pose'), /\nOKS to labels +0\.432 +0\.400 +-0\.032 +95 % interval -0\.050 to -0\.010\n/);
  assert.match(text('pose'), /\npeople +12 +11\nOKS +0\.950 +95 % interval 0\.910 to 0\.980; worst 0\.250\n/);
  assert.match(text('embedder'), /\ncosine +0\.9500 +95 % interval 0\.9100 to 0\.9800; lowest 0\.5000\nretrieval at 1 +99\.0 % /);
  assert.match(text('regressor'), /\nSQNR +exact\nmean error +123456789 /);
  const all = renderComparison({ ...comparison, classification: undefined, heads }, recordingTerminal());
  for (const name of ['mesh: mean error', 'people: OKS', 'features: cosine', 'depth: SQNR', 'weather: same top-1'])
    assert.ok(all.includes(`\n${name}`), name);
});

test('text: an output that is a regressor is not listed twice; figures without a number say so', () => {
  const depth = { name: 'depth', shape: [1, 9], sqnr: 20, cosine: 1, maxAbs: 1 };
  const outputs = [depth, { ...depth, name: 'other' }];
  const text = renderComparison({ ...of('regressor'), outputs }, recordingTerminal());
  assert.match(text, /\noutput SQNR|\nSQNR of other|\noutput/);
  assert.not.match(text, /SQNR of depth/);
  const [detector] = of('detector').heads;
  const nothing = { ...detector, labelled: undefined, floatBoxes: 0, found: { value: Number.NaN } } as typeof detector;
  assert.equal(headFigures(nothing).find(({ label }) => label === 'found again')?.quantized, 'none');
  const unlabelled = { ...detector, labelled: undefined } as typeof detector;
  assert.is(headVerdict(unlabelled), "The quantized network finds 95.0 % of the float one's 118,000 boxes again, and 7,500 others.");
  assert.is(headVerdict(nothing), 'The float network finds no objects in these pictures.');
});

test('verdicts: what labels say of both networks, with chance', () => {
  const [detector] = of('detector').heads as Extract<(typeof heads)[number], { task: 'detector' }>[];
  const verdict = (drop: number, low: number) =>
    headVerdict({
      ...detector,
      labelled: { ...detector.labelled!, ap: { float: 0.4, quantized: 0.4 - drop, drop, interval: { low, high: 0.1 } } },
    });
  assert.is(verdict(0.032, 0.01), 'Quantization cost 3.2 points of mAP.');
  assert.is(verdict(0.032, -0.01), 'It lost 3.2 points of mAP on these 5,000 pictures, which is within chance.');
  assert.is(verdict(0, 0), 'mAP did not change.');
  assert.is(verdict(-0.01, -0.1), 'Quantization gained 1.0 points of mAP here.');
});

test('verdicts of points: what labels say, and without labels how both networks agree', () => {
  const [landmarks] = of('landmarks').heads as Extract<(typeof heads)[number], { task: 'landmarks' }>[];
  const [pose] = of('pose').heads as Extract<(typeof heads)[number], { task: 'pose' }>[];
  const verdict = (float: number, quantized: number, low: number, high: number) =>
    headVerdict({
      ...landmarks,
      labelled: { samples: 300, error: { float, quantized, drop: float - quantized, interval: { low, high } } },
    });
  const from = 'from 3.10 % to 3.40 % of the inter-ocular distance';
  assert.is(headVerdict(landmarks), `Quantization raised the error to the labels ${from}.`);
  assert.is(verdict(0.031, 0.034, -0.005, 0.001), `The error to the labels rose ${from} on these 300 samples, which is within chance.`);
  assert.is(
    verdict(0.034, 0.034, -0.001, 0.001),
    'The error to the labels did not rise: from 3.40 % to 3.40 % of the inter-ocular distance.',
  );
  assert.match(headVerdict({ ...landmarks, labelled: undefined }), /^Landmarks move by 95\.00 %/);
  assert.is(headVerdict(pose), 'Quantization cost 3.2 points of AP of keypoints.');
  assert.is(headVerdict({ ...pose, labelled: undefined }), 'People of both networks agree to an OKS of 0.950.');
  const tone = (head: (typeof heads)[number], label: string) => headFigures(head).find((figure) => figure.label === label)?.tone;
  assert.equal([tone(landmarks, 'error to labels'), tone(pose, 'OKS to labels')], ['loss', 'loss']);
});

test('page: a card per figure, the worst samples of every head with both pictures; names are text', async () => {
  const png = sharp({ create: { width: 60, height: 40, channels: 3, background: '#888' } }).png();
  const picture = folder.write('a.png', new Uint8Array(await png.toBuffer()));
  const shown = { ...comparison, classification: undefined, heads: taskComparisons(picture) };
  const pictures = await worstPictures(shown);
  const page = renderComparisonHtml(shown, pictures);
  const { document } = parseHTML(page);
  const cards = document.querySelectorAll('.cards .card');
  assert.is(cards.length, shown.heads.flatMap(headFigures).length + shown.outputs.length + 2);
  const [first] = [...document.querySelectorAll('.result')];
  assert.equal(
    [...first.querySelectorAll('figcaption')].map(({ textContent }) => textContent),
    ['Float', 'Quantized'],
  );
  assert.match(first.textContent!, /found by the float network alone/);
  assert.ok(first.textContent!.includes(nasty));
  assert.is(document.querySelectorAll('script').length, 0);
  assert.match(document.body.textContent!, /What changed its class/);
  const titles = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent);
  assert.ok(titles.includes('Where mesh (landmarks) differs most'), titles.join('; '));
  assert.match(document.body.textContent!, /and 4 better classes/);
});

/** Mean of the channels of the pixel at shares of a picture. */
async function pixelAt(uri: string, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(Buffer.from(uri.split(',')[1], 'base64'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = info.channels * (Math.floor(y * info.height) * info.width + Math.floor(x * info.width));
  return [...data.subarray(at, at + 3)];
}

const isGrey = ([red, green, blue]: number[]): boolean => Math.max(red, green, blue) - Math.min(red, green, blue) < 24;

test('pictures: masks, boxes, points and people lie where they were found; what cannot be read has none', async () => {
  const png = sharp({ create: { width: 600, height: 400, channels: 3, background: '#888' } }).png();
  const picture = folder.write('b.png', new Uint8Array(await png.toBuffer()));
  const pictures = await worstPictures({ heads: taskComparisons(picture).slice(0, 1), labels: undefined });
  const uri = (sample: number, network: 'float' | 'quantized') => pictures.get(drawnPicture(0, sample, network))!;
  assert.ok(!isGrey(await pixelAt(uri(0, 'float'), 0.1 + 2 / 600, 0.6)), 'the left edge of the box');
  assert.ok(isGrey(await pixelAt(uri(0, 'quantized'), 0.1 + 2 / 600, 0.6)), 'no box');
  assert.ok(isGrey(await pixelAt(uri(2, 'float'), 0.25, 0.4)), 'class 0, below the names');
  assert.ok(!isGrey(await pixelAt(uri(2, 'float'), 0.75, 0.25)) && !isGrey(await pixelAt(uri(2, 'float'), 0.25, 0.75)), 'class 1');
  assert.ok(!isGrey(await pixelAt(uri(3, 'float'), 0.9, 0.9)) && isGrey(await pixelAt(uri(3, 'quantized'), 0.9, 0.9)), 'points');
  assert.ok(uri(1, 'float') !== uri(1, 'quantized') || uri(1, 'float').length > 100);
  assert.equal([typeof uri(4, 'float'), uri(4, 'quantized'), uri(5, 'float')], ['string', undefined, undefined]);
  assert.is((await worstPictures({ heads: taskComparisons('/nowhere.png'), labels: undefined })).size, 0);
});

test.run();
