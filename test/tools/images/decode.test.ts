// Owns the tests of tools/images/decode.ts: orientation, CMYK, grey, depth, transparency, damaged files.

import { readFileSync } from 'node:fs';
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

sharedTest(test, 'person.bmp less 128 is the golden input of person_detect', async () => {
  const { data } = await decodeImage(readFileSync(sharedPath('images/photos/person.bmp')), 'person.bmp');
  const golden = new Int8Array(readFileSync(sharedPath('golden/person_detect/input_person.bin')));
  assert.equal(
    Array.from(golden, (code) => code + 128),
    Array.from({ length: golden.length }, (_, i) => data[3 * i]),
  );
});

test.run();
