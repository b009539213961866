// Owns geometry and colour: which part of a picture is used, at which size, and how many channels it keeps.
import { ModelError } from '../errors';
import type { Preprocessing } from './preprocessing';
import type { Span } from './resample';

/** A decoded picture: rows top to bottom, channels interleaved, no padding between rows; grey, RGB or RGBA, 8 bits each. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 RGB, 4 RGBA. Alpha is ignored: flatten transparent pictures first. */
  readonly channels: 1 | 3 | 4;
}

/** @throws ModelError `bad-argument` unless the sizes are whole, positive and agree with `data`. */
export function checkPixels(pixels: Pixels): void {
  if (!/Uint8(Clamped)?Array\]$/.test(Object.prototype.toString.call(pixels?.data))) {
    throw new ModelError('bad-argument', 'pixels are { data, width, height, channels } with data in a Uint8Array or Uint8ClampedArray');
  }
  const { data, width, height, channels } = pixels;
  if (!(width >= 1 && height >= 1 && Number.isInteger(width) && Number.isInteger(height))) {
    throw new ModelError('bad-argument', `a picture of ${width}x${height} pixels has no area; give whole sizes of at least 1`);
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new ModelError('bad-argument', `pixels have ${channels} channels; give grey (1), RGB (3) or RGBA (4)`);
  }
  if (data.length !== width * height * channels) {
    throw new ModelError(
      'bad-argument',
      `pixels hold ${data.length} bytes, but ${width}x${height}x${channels} need ${width * height * channels}; pass rows without padding, and no transferred buffer`,
    );
  }
}

/**
 * One axis of tf.image.central_crop: start = floor((side - side * fraction) / 2), and as much is left out at the end.
 * 100 pixels at 0.875 keep 6..93, 88 pixels.
 */
function centralFraction(side: number, fraction: number): { first: number; count: number } {
  const first = Math.floor((side - side * fraction) / 2);
  return { first, count: side - 2 * first };
}

/** (full - part) / 2 with ties to even, as Python's round() in torchvision's center_crop: 1 -> 0, 3 -> 2, 5 -> 2. */
function centreOffset(full: number, part: number): number {
  const twice = full - part;
  const half = Math.floor(twice / 2);
  return twice % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/**
 * Which source columns and rows reach a target of `width` x `height`, and at which scale.
 * The longer side after `shortSide` is floor(shortSide * long / short), as in torchvision's Resize.
 */
export function fit(pixels: Pixels, how: Preprocessing, width: number, height: number): { columns: Span; rows: Span } {
  const x = centralFraction(pixels.width, how.crop ?? 1);
  const y = centralFraction(pixels.height, how.crop ?? 1);
  let [fullWidth, fullHeight] = [width, height];
  if (how.resize && how.resize !== 'stretch') {
    const { shortSide } = how.resize;
    const short = Math.min(x.count, y.count);
    fullWidth = Math.floor((shortSide * x.count) / short);
    fullHeight = Math.floor((shortSide * y.count) / short);
    if (fullWidth < width || fullHeight < height) {
      throw new ModelError(
        'bad-argument',
        `resized to ${fullWidth}x${fullHeight} the picture does not cover the input of ${width}x${height}; raise shortSide to ${Math.max(width, height)} or more`,
      );
    }
  }
  return {
    columns: { source: x.count, sourceFirst: x.first, resized: fullWidth, first: centreOffset(fullWidth, width), count: width },
    rows: { source: y.count, sourceFirst: y.first, resized: fullHeight, first: centreOffset(fullHeight, height), count: height },
  };
}

/**
 * Grey by ITU-R 601 in Pillow's 16-bit integers (libImaging/Convert.c, L24): (19595 R + 38470 G + 7471 B + 32768) >> 16.
 * RGB or RGBA in, one channel out.
 */
export function toGrey({ data, width, height, channels }: Pixels): Pixels {
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += channels) {
    grey[i] = (19595 * data[at] + 38470 * data[at + 1] + 7471 * data[at + 2] + 32768) >> 16;
  }
  return { data: grey, width, height, channels: 1 };
}
