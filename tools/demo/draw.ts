// Owns drawing a small grey picture in a terminal: two rows of pixels per line of text.
import type { Colors } from 'picocolors/types';

/** Characters from dark to light, for terminals without colours. */
const shades = '  .:-=+*#%@';

/** First of the 24 greys in xterm's 256 colours; index 255 is the last. */
const firstGrey = 232;

const greyOf = (pixel: number): number => firstGrey + Math.min(Math.floor((pixel * 24) / 256), 23);
const shadeOf = (pixel: number): string => shades[Math.floor((pixel * shades.length) / 256)];

/** Lines of text, ending in a line feed. `pixels`: grey, `width` per row and an even number of rows, light on dark. */
export function drawPicture(pixels: Uint8Array, width: number, { isColorSupported }: Colors): string {
  let text = '';
  for (let at = 0; at < pixels.length; at += 2 * width) {
    for (let x = at; x < at + width; x++) {
      const [upper, lower] = [pixels[x], pixels[x + width]];
      // The upper half block shows the upper pixel in the text's colour and the lower one in the ground's.
      if (isColorSupported) text += `\x1b[38;5;${greyOf(upper)};48;5;${greyOf(lower)}m▀`;
      else text += shadeOf((upper + lower) / 2);
    }
    text += isColorSupported ? '\x1b[0m\n' : '\n';
  }
  return text.replace(/ +$/gm, '');
}
