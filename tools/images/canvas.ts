// Owns drawing on decoded pictures: blended pixels, frames, lines, discs and text.
import type { Pixels } from 'zeropoint/image';
import { asciiText, glyphHeight, glyphPixel, glyphWidth } from './font';

/** [R, G, B], 0..255. */
export type Color = readonly [red: number, green: number, blue: number];

/** Edges in pixels. */
interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const black: Color = [0, 0, 0];
const white: Color = [255, 255, 255];

/** Black or white, whichever is read better on a colour: by its luma, ITU-R BT.601. */
function readable([red, green, blue]: Color): Color {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? black : white;
}

/** A copy of a picture in RGB. What lies outside of the picture is not drawn. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  private readonly data: Uint8Array;
  /** Pixels of a line's width and of a dot of the font, so that both are seen in pictures of any size. */
  readonly stroke: number;
  readonly dot: number;

  /** Lines and text are sized for pictures whose shorter side is `side` pixels; default: this picture's. */
  constructor({ data, width, height, channels }: Pixels, side = Math.min(width, height)) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(3 * width * height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      for (let c = 0; c < 3; c++) this.data[3 * pixel + c] = data[pixel * channels + (channels === 1 ? 0 : c)];
    }
    this.stroke = Math.max(1, Math.round(side / 160));
    this.dot = Math.max(1, Math.round(side / 300));
  }

  get pixels(): Pixels {
    return { data: this.data, width: this.width, height: this.height, channels: 3 };
  }

  /** old + opacity * (color - old), opacity in [0, 1]. */
  blend(x: number, y: number, color: Color, opacity = 1): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = 3 * (y * this.width + x);
    for (let c = 0; c < 3; c++) this.data[at + c] += Math.round(opacity * (color[c] - this.data[at + c]));
  }

  private fill({ left, top, right, bottom }: Edges, color: Color, opacity = 1): void {
    const [x0, x1] = [Math.max(0, Math.round(left)), Math.min(this.width, Math.round(right))];
    const [y0, y1] = [Math.max(0, Math.round(top)), Math.min(this.height, Math.round(bottom))];
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) this.blend(x, y, color, opacity);
  }

  /** A rectangle's outline, inside of its edges. */
  frame({ left, top, right, bottom }: Edges, color: Color): void {
    const width = this.stroke;
    this.fill({ left, top, right, bottom: top + width }, color);
    this.fill({ left, top: bottom - width, right, bottom }, color);
    this.fill({ left, top, right: left + width, bottom }, color);
    this.fill({ left: right - width, top, right, bottom }, color);
  }

  /** Pixels whose centres are no further than `radius` from (x, y), with a soft edge of one pixel. */
  disc(x: number, y: number, radius: number, color: Color): void {
    for (let row = Math.floor(y - radius - 1); row <= y + radius + 1; row++) {
      for (let column = Math.floor(x - radius - 1); column <= x + radius + 1; column++) {
        const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
        const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
        if (cover > 0) this.blend(column, row, color, cover);
      }
    }
  }

  /** From (x0, y0) to (x1, y1), in the width of a stroke. Ends may lie far outside. */
  line(x0: number, y0: number, x1: number, y1: number, color: Color): void {
    const half = this.stroke / 2;
    const [dx, dy] = [x1 - x0, y1 - y0];
    const squared = dx * dx + dy * dy || 1;
    const [top, bottom] = [Math.max(0, Math.floor(Math.min(y0, y1) - half)), Math.min(this.height - 1, Math.ceil(Math.max(y0, y1) + half))];
    const [left, right] = [Math.max(0, Math.floor(Math.min(x0, x1) - half)), Math.min(this.width - 1, Math.ceil(Math.max(x0, x1) + half))];
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const along = Math.min(1, Math.max(0, ((x + 0.5 - x0) * dx + (y + 0.5 - y0) * dy) / squared));
        const distance = Math.hypot(x + 0.5 - x0 - along * dx, y + 0.5 - y0 - along * dy);
        const cover = Math.min(1, Math.max(0, half + 0.5 - distance));
        if (cover > 0) this.blend(x, y, color, cover);
      }
    }
  }

  /** Height of a line of text in pixels, its ground included. */
  get lineHeight(): number {
    return (glyphHeight + 2) * this.dot;
  }

  /** Text on a ground of a colour, its top left corner at (x, y), moved into the picture where it fits. */
  label(x: number, y: number, text: string, ground: Color): void {
    const characters = asciiText(text);
    const width = ((glyphWidth + 1) * characters.length + 1) * this.dot;
    const left = Math.round(Math.max(0, Math.min(x, this.width - width)));
    const top = Math.round(Math.max(0, Math.min(y, this.height - this.lineHeight)));
    this.fill({ left, top, right: left + width, bottom: top + this.lineHeight }, ground);
    const ink = readable(ground);
    for (const [i, character] of Array.from(characters).entries()) {
      for (let row = 0; row < glyphHeight; row++) {
        for (let column = 0; column < glyphWidth; column++) {
          if (!glyphPixel(character, column, row)) continue;
          const [atX, atY] = [left + ((glyphWidth + 1) * i + column + 1) * this.dot, top + (row + 1) * this.dot];
          this.fill({ left: atX, top: atY, right: atX + this.dot, bottom: atY + this.dot }, ink);
        }
      }
    }
  }
}
