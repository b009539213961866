// Tests tools/images/png.ts and canvas.ts: files that another decoder reads back to the pixels, and what is drawn where.
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Canvas } from '../../../tools/images/canvas';
import { asciiText, glyphHeight, glyphPixel, glyphWidth } from '../../../tools/images/font';
import { encodePng } from '../../../tools/images/png';
import { Random } from '../../support/random';

for (const channels of [1, 3, 4] as const) {
  test(`${channels} channels, noise and gradients: sharp reads what was written`, async () => {
    const random = new Random(channels);
    const [width, height] = [37, 23];
    const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i < 900 ? random.integer(0, 255) : i & 255));
    const read = await sharp(await encodePng({ data, width, height, channels }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    // sharp gives grey as three equal channels or as one, by its version.
    const step = read.info.channels / channels;
    assert.equal([read.info.width, read.info.height], [width, height]);
    assert.equal(
      Array.from(data, (_, i) => read.data[i * step]),
      Array.from(data),
    );
  });
}

test('filters make smooth pictures small', async () => {
  const data = Uint8Array.from({ length: 100 * 100 * 3 }, (_, i) => (Math.floor(i / 3) % 100) + Math.floor(i / 300) + (i % 3));
  assert.ok((await encodePng({ data, width: 100, height: 100, channels: 3 })).length < 1000);
});

const blank = (width: number, height: number) => new Canvas({ data: new Uint8Array(width * height), width, height, channels: 1 });
const lit = ({ pixels: { data, width } }: Canvas): string[] =>
  Array.from({ length: data.length / 3 }, (_, i) => i)
    .filter((i) => data[3 * i] > 127)
    .map((i) => `${i % width},${Math.floor(i / width)}`);

test('a frame lies inside of its edges, and what is outside of the picture is not drawn', () => {
  const canvas = blank(5, 4);
  canvas.frame({ left: 1, top: 1, right: 4, bottom: 9 }, [255, 0, 0]);
  assert.equal(lit(canvas), ['1,1', '2,1', '3,1', '1,2', '3,2', '1,3', '3,3']);
  canvas.disc(-1e9, 3, 1, [255, 255, 255]);
  canvas.line(-1e9, -1e9, -1e8, -1e8, [255, 255, 255]);
  assert.is(lit(canvas).length, 7);
});

test('lines and discs cover the pixels whose centres are near', () => {
  const canvas = blank(7, 7);
  canvas.line(0.5, 0.5, 6.5, 6.5, [255, 255, 255]);
  assert.equal(lit(canvas).filter((at) => at.split(',')[0] === at.split(',')[1]).length, 7, String(lit(canvas)));
  const round = blank(7, 7);
  round.disc(3.5, 3.5, 1, [255, 255, 255]);
  assert.equal(lit(round), ['3,2', '2,3', '3,3', '4,3', '3,4']);
});

test('labels move into the picture; their ink is readable on the ground', () => {
  const canvas = blank(60, 40);
  canvas.label(55, 90, 'I', [255, 255, 255]);
  const { data } = canvas.pixels;
  const at = (x: number, y: number) => data[3 * (y * 60 + x)];
  const left = 60 - (glyphWidth + 2);
  const top = 40 - (glyphHeight + 2);
  assert.equal([at(left - 1, 39), at(left, 39), at(left, top - 1), at(left, top)], [0, 255, 0, 255]);
  assert.is(at(left + 1 + 2, top + 1 + 3), 0, 'the stem of I in black');
});

test('every printable character has a glyph of its own; others become plain letters or ?', () => {
  const drawn = new Set<string>();
  for (let code = 32; code < 127; code++) {
    let bits = '';
    for (let row = 0; row < glyphHeight; row++)
      for (let column = 0; column < glyphWidth; column++) bits += Number(glyphPixel(String.fromCharCode(code), column, row));
    drawn.add(bits);
  }
  assert.is(drawn.size, 95);
  assert.is(asciiText('Käse, Straße ①猫'), 'Kase, Strasse 1?');
});

test.run();
