// Tests the drawing of pictures in terminals: rows in pairs, shades without colours, greys with them.
import pc from 'picocolors';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { drawPicture } from '../../../tools/demo/draw';

const pixels = Uint8Array.of(0, 255, 0, 0, 255, 0, 0, 255, 0, 255, 0, 255);

test('without colours: one character per two pixels, no blanks at the ends of lines', () => {
  assert.is(drawPicture(pixels, 3, pc.createColors(false)), ' @\n===\n');
});

test('with colours: upper pixel in front, lower pixel behind, and colours end with the line', () => {
  const cell = (upper: number, lower: number) => `\x1b[38;5;${upper};48;5;${lower}m▀`;
  const [none, full] = [232, 255];
  const first = cell(none, none) + cell(full, full) + cell(none, none);
  const second = cell(none, full) + cell(full, none) + cell(none, full);
  assert.is(drawPicture(pixels, 3, pc.createColors(true)), `${first}\x1b[0m\n${second}\x1b[0m\n`);
});

test.run();
