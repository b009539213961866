// Owns small pictures for reports, as data URIs.
import sharp from 'sharp';
import { readBytes } from '../files';
import { decodeImage } from '../images/decode';

/** Width and height in pixels; twice what the report shows, for dense screens. */
const side = 176;

/** The picture's centre as a WebP data URI of a few kilobytes; undefined where it cannot be read any more. */
export async function thumbnail(path: string): Promise<string | undefined> {
  try {
    const { data, width, height, channels } = await decodeImage(await readBytes(path), path);
    // Tiny pictures, as of CIFAR, keep their pixels.
    const kernel = Math.min(width, height) < side / 2 ? 'nearest' : 'lanczos3';
    const small = sharp(data, { raw: { width, height, channels: channels as 1 | 3 | 4 } }).resize(side, side, { fit: 'cover', kernel });
    return `data:image/webp;base64,${(await small.webp({ quality: 70 }).toBuffer()).toString('base64')}`;
  } catch {
    return undefined;
  }
}
