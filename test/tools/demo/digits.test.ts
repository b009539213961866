// Tests the demo's digits: the same on every engine, all different, each with its label, and on the picture.
import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { digitSeeds, digitSize, renderDigit } from '../../../tools/demo/digits';

const key = (pixels: Uint8Array): string => Buffer.from(pixels).toString('base64');

test('the first 50 digits of the held-out set have the bytes that the committed network was judged by', () => {
  const hash = createHash('sha256');
  for (let i = 0; i < 50; i++) hash.update(renderDigit(digitSeeds.heldOut, i).pixels);
  assert.is(hash.digest('hex'), 'bb1e098413dbf2c59a9c4126fc3f1669851522c64dfe7a1430264946aadda8ce');
});

test('equal seed and index give equal pictures', () => {
  for (let i = 0; i < 20; i++) assert.equal(renderDigit(9, i), renderDigit(9, i), `seed 9, index ${i}`);
});

test('900 digits of three sets are all different', () => {
  const seen = new Set<string>();
  for (const seed of Object.values(digitSeeds)) {
    for (let i = 0; i < 300; i++) seen.add(key(renderDigit(seed, i).pixels));
  }
  assert.is(seen.size, 900);
});

test('ten consecutive indices hold the ten labels', () => {
  assert.equal(
    Array.from({ length: 20 }, (_, i) => renderDigit(5, i).label),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test('every one of 500 digits has ink, and fewer than 1 in 100 lies with more than 8 bright pixels along the rim', () => {
  const last = digitSize - 1;
  const cut: number[] = [];
  for (let i = 0; i < 500; i++) {
    const { pixels } = renderDigit(11, i);
    assert.is(pixels.length, digitSize * digitSize);
    const bright = [...pixels.keys()].filter((at) => pixels[at] > 110);
    assert.ok(bright.length >= 20 && bright.length <= 300, `seed 11, index ${i}: ${bright.length} bright pixels`);
    const isRim = (at: number) => [0, last].includes(at % digitSize) || [0, last].includes(Math.floor(at / digitSize));
    if (bright.filter(isRim).length > 8) cut.push(i);
  }
  assert.ok(cut.length < 5, `seed 11, indices ${cut}`);
});

test.run();
