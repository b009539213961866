// Owns the tests of tools/images/decode.ts: orientation, CMYK, grey, depth, transparency, damaged files.

import { readFileSync } from 'node:fs';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../src/errors';
import { decodeImage } from '../../../tools/images/decode';
import { sharedPath, sharedTest } from '../../support/shared';

const raw = (data: number[], width: number, height: number, channels: 1 | 3 | 4) =>
  sharp(Uint8Array.from(data), { raw: { width, height, channels } });

test('png of 2x1 colours comes back exactly', async () => {
  const { data, width, height, channels } = await decodeImage(await raw([1, 2, 3, 250, 251, 252], 2, 1, 3).png().toBuffer(), 'x.png');
  assert.equal([width, height, channels], [2, 1, 3]);
  assert.equal(Array.from(data), [1, 2, 3, 250, 251, 252]);
});

test('lossless webp comes back exactly', async () => {
  const { data } = await decodeImage(await raw([9, 8, 7, 6, 5, 4], 2, 1, 3).webp({ lossless: true }).toBuffer(), 'x.webp');
  assert.equal(Array.from(data), [9, 8, 7, 6, 5, 4]);
});

test('transparency lies over white: alpha 0 is white, alpha 255 the colour', async () => {
  const { data, channels } = await decodeImage(await raw([10, 20, 30, 0, 10, 20, 30, 255], 2, 1, 4).png().toBuffer(), 'x.png');
  assert.is(channels, 3);
  assert.equal(Array.from(data), [255, 255, 255, 10, 20, 30]);
});

test('grey stays one channel, in 8 and in 16 bits', async () => {
  const eight = await decodeImage(await raw([0, 100, 255], 3, 1, 1).toColourspace('b-w').png().toBuffer(), 'x.png');
  assert.is(eight.channels, 1);
  assert.equal(Array.from(eight.data), [0, 100, 255]);
  const sixteen = await decodeImage(await raw([0, 100, 255], 3, 1, 1).toColourspace('grey16').png().toBuffer(), 'x.png');
  assert.is(sixteen.channels, 1);
  assert.is(sixteen.data.length, 3);
});

test('EXIF orientation 6 turns a 32x16 jpeg into 16x32, its left side on top', async () => {
  const picture = Array.from({ length: 32 * 16 }, (_, i) => (i % 32 < 16 ? [255, 0, 0] : [0, 0, 255])).flat();
  const file = await raw(picture, 32, 16, 3).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
  const { data, width, height } = await decodeImage(file, 'x.jpg');
  assert.equal([width, height], [16, 32]);
  assert.ok(data[0] > 240 && data[2] < 15, `top is ${data.subarray(0, 3)}`);
  assert.ok(data[data.length - 1] > 240, `bottom is ${data.subarray(-3)}`);
});

test('CMYK jpeg becomes RGB', async () => {
  const file = await raw(new Array(16 * 16).fill([200, 30, 30]).flat(), 16, 16, 3)
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  assert.is((await sharp(file).metadata()).space, 'cmyk');
  const { data, channels } = await decodeImage(file, 'x.jpg');
  assert.is(channels, 3);
  assert.ok(data[0] > 150 && data[1] < 90 && data[2] < 90, `first pixel is ${data.subarray(0, 3)}`);
});

test('what is no picture is refused by name', async () => {
  const whole = await raw(new Array(64 * 64 * 3).fill(99), 64, 64, 3)
    .jpeg()
    .toBuffer();
  for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), Uint8Array.of(0x42, 0x4d, 0), whole.subarray(0, whole.length / 2)]) {
    try {
      await decodeImage(bytes, 'folder/odd.jpg');
    } catch (error) {
      assert.instance(error, ModelError);
      assert.is((error as ModelError).code, 'bad-data');
      assert.match((error as ModelError).message, /^folder\/odd\.jpg: this is not a readable/);
      continue;
    }
    assert.unreachable(`${bytes.length} bytes were decoded`);
  }
});

async function refused(bytes: Uint8Array, message: RegExp): Promise<void> {
  try {
    await decodeImage(bytes, 'folder/odd.png');
  } catch (error) {
    assert.instance(error, ModelError);
    assert.is((error as ModelError).code, 'bad-data');
    assert.match((error as ModelError).message, message);
    return;
  }
  assert.unreachable('nothing was refused');
}

test('documents are refused by their content, under any name', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>';
  const texts = [svg, `\n<?xml version="1.0"?>${svg}`, `\ufeff${svg}`, `<!DOCTYPE html><html>${svg}</html>`, '%PDF-1.4\n'];
  for (const bytes of [...texts.map((text) => new TextEncoder().encode(text)), gzipSync(svg)])
    await refused(bytes, /it is of no known kind/);
  // sharp itself would draw it.
  assert.is((await sharp(Buffer.from(svg)).metadata()).format, 'svg');
});

/** A PNG that announces a size and has no pixels. */
function announcedPng(width: number, height: number): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length);
    bytes.write(type, 4, 'latin1');
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
    return bytes;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(new Uint8Array(10))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

test('one limit on pixels for every format, before anything is decoded', async () => {
  await refused(announcedPng(8193, 8192), /8193x8192 pixels, more than 67108864|exceeds pixel limit/);
  // One bit per pixel: the largest picture that a file of this size can announce.
  const bmp = new Uint8Array(62 + 4 * Math.ceil((2 ** 26 + 32) / 32));
  const view = new DataView(bmp.buffer);
  bmp.set([0x42, 0x4d]);
  for (const [offset, value] of [
    [10, 62],
    [14, 40],
    [18, 2 ** 26 + 32],
    [22, 1],
    [28, 1],
    [46, 2],
  ]) {
    view.setUint32(offset, value, true);
  }
  const before = process.resourceUsage().maxRSS;
  await refused(bmp, /67108896x1 pixels, more than 67108864/);
  assert.ok(process.resourceUsage().maxRSS - before < 50_000, 'kilobytes: the pixels would be 200 MB');
});

test('of an animation, the first frame', async () => {
  const frames = Array.from({ length: 3 }, (_, i) => new Array(4 * 4 * 3).fill(100 * i)).flat();
  const strip = sharp(Uint8Array.from(frames), { raw: { width: 4, height: 12, channels: 3, pageHeight: 4 } });
  const { data, width, height } = await decodeImage(await strip.gif({ delay: [100, 100, 100] }).toBuffer(), 'x.gif');
  assert.equal([width, height, Math.max(...data)], [4, 4, 0]);
});

sharedTest(test, 'SVG under the name of a PNG is refused', async () => {
  for (const file of ['svgbig.png', 'svgfilter.png']) await refused(readFileSync(sharedPath('cases', 'hostile', file)), /no known kind/);
});

sharedTest(test, 'person.bmp less 128 is the golden input of person_detect', async () => {
  const { data } = await decodeImage(readFileSync(sharedPath('images/photos/person.bmp')), 'person.bmp');
  const golden = new Int8Array(readFileSync(sharedPath('golden/person_detect/input_person.bin')));
  assert.equal(
    Array.from(golden, (code) => code + 128),
    Array.from({ length: golden.length }, (_, i) => data[3 * i]),
  );
});

test.run();
