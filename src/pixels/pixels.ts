// Owns decoded pictures: their type, its check, and grey from colours.
import { ModelError } from '../errors';

/** A decoded picture of 8 bits per channel: rows from top to bottom, channels interleaved, no padding between rows. */
export interface Pixels {
  /** height * width * channels elements. */
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
