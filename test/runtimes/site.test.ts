// Tests the site of the documents in Chromium, from files: pages fit every screen, load nothing but the site, and the search leads to sections.
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildSite } from '../../docs/site/build';
import { temporaryFolder } from '../support/folder';
import { engineTest } from './engine-test';
import { engines } from './engines';
import { type Page, withChromium } from './launch-chromium';

const folder = temporaryFolder();
test.after(folder.remove);

/** Elements that end right of the screen and cannot be scrolled to in a box of their own, and the width of the page. */
const measure = `({
  width: document.documentElement.scrollWidth,
  wide: [...document.querySelectorAll('body *:not(.skip)')]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .filter((element) => !element.closest('pre, .table, p:has(> img)'))
    .map((element) => element.tagName + ' ' + element.className + ' ' + element.textContent.slice(0, 60)),
})`;

/** Contrast of text and its ground as WCAG 2 defines it, of the elements that a selector finds, the least. */
const leastContrast = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return rgb(color)[3] === 255 || !element.parentElement ? color : ground(element.parentElement);
  };
  const contrasts = [...document.querySelectorAll('main p, main a, main td, main th, main code, main span, .menu a, .menu h2')].map((element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
  return Math.min(...contrasts);
})()`;

async function checkLayout(page: Page, address: (file: string) => string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await page.goto(address(file));
    for (const width of [320, 390, 430, 900, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      assert.equal(await page.evaluate(measure), { width, wide: [] }, `${file} at ${width} pixels`);
    }
  }
}

const type = (text: string) => `(() => {
  const input = document.querySelector('.search input');
  input.focus();
  input.value = ${JSON.stringify(text)};
  input.dispatchEvent(new Event('input'));
})()`;

const press = (key: string) =>
  `document.querySelector('.search input').dispatchEvent(new KeyboardEvent('keydown', { key: ${JSON.stringify(key)}, bubbles: true }))`;

async function checkSearch(page: Page, address: (file: string) => string): Promise<void> {
  await page.goto(address('index.html'));
  await page.evaluate(type('shard machines'));
  await page.waitForFunction(`document.querySelectorAll('.search li a').length > 0`);
  assert.match(await page.evaluate<string>(`document.querySelector('.search a.chosen').textContent`), /Many machines/);
  await page.evaluate(press('Enter'));
  await page.waitForFunction(`location.href.endsWith('command-line.html#many-machines')`);
  await page.evaluate(type('no-such-word'));
  await page.waitForFunction(`document.querySelector('.search li.none')`);
  await page.evaluate(press('Escape'));
  assert.is(await page.evaluate(`document.querySelector('.search ol').hidden`), true);
}

engineTest(test, 'the site of the documents', [engines.chromium, engines.playwright], async () => {
  const files = await buildSite(folder.at('site'));
  const address = (file: string) => pathToFileURL(folder.at('site', file)).href;
  await withChromium(async (browser) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
      const [faults, elsewhere]: string[][] = [[], []];
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('console', (message) => faults.push((message as { text(): string }).text()));
      page.on('request', (request) => {
        const url = (request as { url(): string }).url();
        if (!url.startsWith(address('.'))) elsewhere.push(url);
      });
      // Layouts are alike in both schemes.
      if (colorScheme === 'light') await checkLayout(page, address, files);
      await checkSearch(page, address);
      for (const file of ['index.html', 'classify.html', 'performance.html']) {
        await page.goto(address(file));
        const contrast = await page.evaluate<number>(leastContrast);
        assert.ok(contrast >= 4.5, `${file}, ${colorScheme}: contrast ${contrast}`);
      }
      assert.equal({ faults, elsewhere }, { faults: [], elsewhere: [] });
      await page.close();
    }
  });
});

test.run();
