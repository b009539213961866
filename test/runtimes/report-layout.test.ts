// Owns the proof that reports fit on phones: Chromium lays them out, and nothing is wider than the screen.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pairedAccuracy } from '../../tools/compare/statistics';
import { renderComparisonHtml } from '../../tools/report/compare-html';
import { loadCharts } from '../../tools/report/load-charts';
import { drawnPicture } from '../../tools/report/worst-pictures';
import { comparison, layer } from '../support/comparison';
import { taskComparisons } from '../support/task-comparisons';
import { engineTest } from './engine-test';
import { engines } from './engines';
import { withChromium } from './launch-chromium';

const long = 'a_rather_long_name_of_a_network_that_somebody_trained_v3_large_final_2.tflite';
const unbroken = 'x'.repeat(80);
const option = `--skip 'stem/${'block_with_a_long_name/'.repeat(5)}conv*'`;
const wide = {
  ...comparison,
  float: { ...comparison.float, name: long, bytes: 123_456_789_012, milliseconds: 123_456.7 },
  quantized: { ...comparison.quantized, name: long.replace('final', 'int8') },
  classification: { ...comparison.classification!, top1: pairedAccuracy({ both: 1000, floatOnly: 0, quantizedOnly: 0, neither: 0 }) },
  heads: taskComparisons('/picture.png'),
  outputs: [0, 1].map((i) => ({ name: `${unbroken}${i}`, shape: [1, 10], sqnr: -1234.5, cosine: -0.1234, maxAbs: 123_456_789 })),
  layers: Array.from({ length: 40 }, (_, i) =>
    layer(i, {
      name: i % 2 ? `stem/block/with/many/segments/conv_${i}` : `${unbroken}${i}`,
      global: { sqnr: -123.45, cosine: -0.1234, maxAbs: 123_456_789_012 },
      cause: { name: 'activation rounding', evidence: 'rounding its output makes 100 % of the error', option },
    }),
  ),
};

/** A picture of 900 x 300 pixels for every sample of every head. */
const drawn = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300"/>')}`;
const pictures = new Map(
  wide.heads.flatMap((_, h) =>
    Array.from({ length: 12 }, (_, s) =>
      (['float', 'quantized'] as const).map((network) => [drawnPicture(h, s, network), drawn] as const),
    ).flat(),
  ),
);

/** Elements that end right of the screen and cannot be scrolled to in a box of their own, and the width of the page. */
const measure = `({
  width: document.documentElement.scrollWidth,
  wide: [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5 && !element.closest('pre'))
    .map((element) => element.tagName + ' ' + element.className + ' ' + element.textContent.slice(0, 60)),
})`;

engineTest(test, 'the report at 320 to 1280 pixels', [engines.chromium, engines.playwright], async () => {
  const page = renderComparisonHtml(wide, pictures, await loadCharts());
  await withChromium(async (browser) => {
    for (const width of [320, 390, 430, 1280]) {
      const tab = await browser.newPage({ viewport: { width, height: 800 } });
      await tab.setContent(page.replaceAll('<details', '<details open'));
      assert.equal(await tab.evaluate(measure), { width, wide: [] }, `${width} pixels`);
    }
  });
});

test.run();
