// Owns picture files: JPEG, PNG, WebP, GIF, TIFF, AVIF and BMP bytes to pixels.
import sharp from 'sharp';
import { ModelError } from 'zeropoint';
import type { Pixels } from 'zeropoint/image';
import { decodeBmp } from './bmp';

/** Larger pictures are refused before memory is allocated; sharp's default for `limitInputPixels`. */
const maxPixels = 0x3fff * 0x3fff;

/** Turned upright by EXIF, CMYK and profiles brought to sRGB, transparency over white, grey kept grey. */
async function sharpPixels(bytes: Uint8Array): Promise<Pixels> {
  const picture = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' }).rotate().flatten({ background: '#fff' });
  const { space } = await picture.metadata();
  const grey = space === 'b-w' || space === 'grey16';
  const { data, info } = await picture
    .toColourspace(grey ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    width: info.width,
    height: info.height,
    channels: info.channels as 1 | 3,
  };
}

/**
 * Decodes one picture file; `where` names it in messages. Animations give their first frame.
 * @throws ModelError `bad-data` for bytes that are no picture or a damaged one
 */
export async function decodeImage(bytes: Uint8Array, where: string): Promise<Pixels> {
  try {
    return bytes[0] === 0x42 && bytes[1] === 0x4d ? decodeBmp(bytes) : await sharpPixels(bytes);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\s+/g, ' ').trim();
    throw new ModelError('bad-data', `this is not a readable JPEG, PNG, WebP or BMP picture (${reason}); raw tensors end in .bin`, {
      where,
      cause,
    });
  }
}
