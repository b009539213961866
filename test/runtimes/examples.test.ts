// Tests the pages among the examples in Chromium as a user would open them, with a file for a camera and one for a microphone.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presets } from '../../src/image';
import { recordedEntry } from '../../src/metadata/recorded';
import { readModel, writeModel } from '../../src/tflite';
import { digitSeeds, digitSize, renderDigit } from '../../tools/demo/digits';
import { writePictures } from '../../tools/demo/pictures';
import { installedProject } from '../package/installed';
import { digitsOnnx } from '../support/digits-onnx';
import { fakeDevices, greyVideo, wavFile } from '../support/fake-devices';
import { temporaryFolder } from '../support/folder';
import { toneNetwork, toneSound } from '../support/tones';
import { serve } from './contexts';
import { engineTest } from './engine-test';
import { engines } from './engines';
import type { Page } from './launch-chromium';
import { inChromium } from './run-chromium';

const folder = temporaryFolder();
test.after(folder.remove);
const examples = join(import.meta.dirname, '../../examples');
const chromium = [engines.chromium, engines.playwright];

/** A new folder as the first lines of the pages say: them, a model, and the package as npm installs it. */
function siteWith(model: Uint8Array): string {
  const project = installedProject(['.']);
  cpSync(examples, project, { recursive: true });
  writeFileSync(join(project, 'model.tflite'), model);
  return project;
}

/** Opens `path` of a site in Chromium. */
async function inPage(site: string, path: string, use: (page: Page) => Promise<void>, args: string[] = []): Promise<void> {
  const server = await serve(site);
  const opened = async (open: (url: string) => Promise<void>, page: Page) => {
    await open(server.address + path);
    await use(page);
  };
  try {
    await inChromium(engines.chromium, engines.playwright, opened, args);
  } finally {
    server.close();
  }
}

/** The first label that the page shows, once it shows milliseconds. */
async function firstLabel(page: Page): Promise<unknown> {
  const shown = await page.waitForFunction(`/\\d ms/.test(note.textContent) && scores.firstElementChild.firstChild.textContent`);
  return shown.jsonValue();
}

/** The demo's network of digits with labels and preprocessing, as the quantizer records them. */
function digitsModel(): Uint8Array {
  const graph = readModel(readFileSync(join(examples, '../tools/demo/digits.tflite')));
  graph.metadata.push(recordedEntry({ labels: Array.from('0123456789'), preprocessing: presets.raw }));
  return writeModel(graph);
}

/** A digit that is not among those that networks were trained or calibrated with. */
const seven = renderDigit(digitSeeds.heldOut, 7);
const sevenFile = async () => {
  const raw = { width: digitSize, height: digitSize, channels: 1 } as const;
  return folder.write('seven.png', await sharp(seven.pixels, { raw }).png().toBuffer());
};

engineTest(test, 'the webcam page reads a digit from the camera', chromium, async () => {
  const video = folder.write('seven.y4m', greyVideo(seven.pixels, digitSize));
  const args = fakeDevices({ video });
  await inPage(siteWith(digitsModel()), '/webcam.html', async (page) => assert.is(await firstLabel(page), '7'), args);
});

engineTest(test, 'the keyword page recognizes two tones from the microphone in an AudioWorklet', chromium, async () => {
  const stretches = [{ seconds: 1.5 }, { tone: 'low', seconds: 1.5 }, { seconds: 1.5 }, { tone: 'high', seconds: 1.5 }] as const;
  const audio = folder.write('tones.wav', wavFile(toneSound(44100, ...stretches), 44100));
  const hear = async (page: Page) => {
    await page.click('#start');
    const heard = await page.waitForFunction(`heard.children.length >= 2 && Array.from(heard.children, (item) => item.textContent)`);
    const words = ((await heard.jsonValue()) as string[]).slice(0, 2).map((text) => text.split(',')[0]);
    assert.equal(words.sort(), ['high', 'low']);
    const labels = await page.waitForFunction(`Array.from(scores.children, (row) => row.firstChild.textContent)`);
    assert.equal(await labels.jsonValue(), ['silence', 'low', 'high']);
  };
  await inPage(siteWith(toneNetwork()), '/keywords.html', hear, fakeDevices({ audio }));
});

engineTest(test, 'the page with a worker classifies a chosen picture, and says what is no picture', chromium, async () => {
  const picture = await sevenFile();
  const noPicture = folder.write('notes.png', 'no picture');
  await inPage(siteWith(digitsModel()), '/classify.html', async (page) => {
    await page.waitForFunction(`note.textContent.startsWith('Ready')`);
    await page.setInputFiles('#input', picture);
    assert.is(await firstLabel(page), '7');
    await page.setInputFiles('#input', noPicture);
    await page.waitForFunction(`/decode/.test(note.textContent)`);
  });
});

engineTest(test, 'an ONNX file becomes a site that classifies', chromium, async () => {
  const onnx = folder.write('digits.onnx', digitsOnnx());
  await writePictures(folder.at('pictures'), digitSeeds.calibration, 60);
  const site = folder.at('site');
  const names = ['nought', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  const labels = folder.write('names.txt', names.join('\n'));
  const args = [join(examples, 'onnx-to-browser.mjs'), onnx, folder.at('pictures'), site, 'unit', labels];
  const printed = execFileSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(printed, /\d+ bytes of float32 became \d+, calibrated on 60 pictures/);
  const picture = await sevenFile();
  await inPage(site, '/index.html', async (page) => {
    await page.waitForFunction(`note.textContent.startsWith('Ready')`);
    await page.setInputFiles('#input', picture);
    assert.is(await firstLabel(page), 'seven');
  });
});

test.run();
