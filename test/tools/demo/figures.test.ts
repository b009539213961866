// Tests the coloured figures: the same on every engine, all different, each with its label, and visible on their grounds.
import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { figureNames, figureSeeds, figureSize, renderFigure } from '../../../tools/demo/figures';

test('the first 84 figures of the held-out set have the bytes that the committed networks were judged by', () => {
  const hash = createHash('sha256');
  for (let i = 0; i < 84; i++) hash.update(renderFigure(figureSeeds.heldOut, i).pixels);
  assert.is(hash.digest('hex'), '1f54527492e4eb908cb9f7107b59e44f9cd1fca5b793c3168c132dc37cc9dff1');
});

test('equal seed and index give equal pictures, and 500 figures of three sets are all different', () => {
  const seen = new Set<string>();
  for (const seed of Object.values(figureSeeds)) {
    for (let i = 0; i < 168; i++) seen.add(Buffer.from(renderFigure(seed, i).pixels).toString('base64'));
    assert.equal(renderFigure(seed, 5), renderFigure(seed, 5));
  }
  assert.is(seen.size, 504);
});

test('there are 42 figures, letters first, and as many consecutive indices hold all labels', () => {
  assert.is(figureNames.length, 42);
  assert.is(new Set(figureNames).size, 42);
  assert.equal(figureNames.slice(0, 2), ['A', 'B']);
  const labels = Array.from({ length: 84 }, (_, i) => renderFigure(7, i).label);
  assert.equal(
    labels,
    Array.from({ length: 84 }, (_, i) => i % 42),
  );
});

/** Largest difference between means over squares of 4 x 4 pixels, of one colour. */
function contrast(pixels: Uint8Array): number {
  const blocks = figureSize / 4;
  const means = new Float64Array(3 * blocks * blocks);
  for (const [i, value] of pixels.entries()) {
    const pixel = Math.floor(i / 3);
    const block = Math.floor(pixel / figureSize / 4) * blocks + Math.floor((pixel % figureSize) / 4);
    means[3 * block + (i % 3)] += value / 16;
  }
  const ranges = [0, 1, 2].map((c) => {
    const own = means.filter((_, i) => i % 3 === c);
    return Math.max(...own) - Math.min(...own);
  });
  return Math.max(...ranges);
}

test('every one of 420 figures stands out from its ground by more than noise does', () => {
  for (let i = 0; i < 420; i++) {
    const { pixels, label } = renderFigure(11, i);
    assert.is(pixels.length, 3 * figureSize ** 2);
    assert.ok(contrast(pixels) > 30, `seed 11, index ${i}, ${figureNames[label]}: ${contrast(pixels)}`);
  }
});

test.run();
