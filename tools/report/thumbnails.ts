// Owns the pictures of changed samples in reports: small ones, as data URIs.
import sharp from 'sharp';
import type { ChangedSample } from '../compare/figures';
import { readBytes } from '../files';
import { decodeImage } from '../images/decode';

/** Width and height in pixels: twice the size in the report, for screens of two device pixels per CSS pixel. */
const side = 176;

/** The picture's centre as a WebP data URI of a few kilobytes; undefined where the file is gone or no picture. */
async function thumbnail(path: string): Promise<string | undefined> {
  try {
    const { data, width, height, channels } = await decodeImage(await readBytes(path), path);
    // Pictures of few pixels, such as CIFAR's, are enlarged without blurring.
    const kernel = Math.min(width, height) < side / 2 ? 'nearest' : 'lanczos3';
    const small = sharp(data, { raw: { width, height, channels: channels as 1 | 3 | 4 } }).resize(side, side, { fit: 'cover', kernel });
    return `data:image/webp;base64,${(await small.webp({ quality: 70 }).toBuffer()).toString('base64')}`;
  } catch {
    return undefined;
  }
}

/** Data URIs of the samples' pictures by path; without those that cannot be read. */
export async function thumbnails(samples: readonly Pick<ChangedSample, 'picture'>[]): Promise<Map<string, string>> {
  const uris = new Map<string, string>();
  for (const { picture } of samples) {
    const uri = picture === undefined ? undefined : await thumbnail(picture);
    if (picture !== undefined && uri !== undefined) uris.set(picture, uri);
  }
  return uris;
}
