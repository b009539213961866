// Owns PNG files made of pixels.
import sharp from 'sharp';
import type { Pixels } from 'zeropoint/image';

/** The bytes of a PNG file, grey, RGB or RGBA; each row has the filter that makes it smallest. */
export async function encodePng({ data, width, height, channels }: Pixels): Promise<Uint8Array> {
  return new Uint8Array(await sharp(data, { raw: { width, height, channels } }).png({ adaptiveFiltering: true }).toBuffer());
}
