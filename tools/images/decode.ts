// Owns picture files: JPEG, PNG, WebP, GIF, TIFF, AVIF and BMP bytes to pixels.
import sharp from 'sharp';
import { ModelError } from 'zeropoint';
import type { Pixels } from 'zeropoint/image';
import { decodeBmp } from './bmp';

/** Pixels of a picture of any format, as 8192 x 8192; larger ones are refused before memory is allocated for them: 200 MB as RGB. */
const maxPixels = 2 ** 26;

const latin1 = (bytes: Uint8Array, begin: number, end: number): string => String.fromCharCode(...bytes.subarray(begin, end));

/** How files of each format begin. */
const formats: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  bmp: (bytes) => latin1(bytes, 0, 2) === 'BM',
  jpeg: (bytes) => latin1(bytes, 0, 3) === '\xff\xd8\xff',
  png: (bytes) => latin1(bytes, 0, 8) === '\x89PNG\r\n\x1a\n',
  webp: (bytes) => latin1(bytes, 0, 4) === 'RIFF' && latin1(bytes, 8, 12) === 'WEBP',
  gif: (bytes) => /^GIF8[79]a$/.test(latin1(bytes, 0, 6)),
  // Classic TIFF has the version 42, BigTIFF 43, in the byte order of the first two bytes.
  tiff: (bytes) => /^(II[*+]\0|MM\0[*+])$/.test(latin1(bytes, 0, 4)),
  avif: (bytes) => latin1(bytes, 4, 8) === 'ftyp',
};

/**
 * The format by the first bytes, whatever the file's name. What sharp could read besides, as SVG, PDF and what ImageMagick knows, is a
 * program or a document whose work no limit on pixels bounds.
 */
function formatOf(bytes: Uint8Array): string {
  const found = Object.entries(formats).find(([, begins]) => begins(bytes));
  if (!found) throw new Error('it is of no known kind');
  return found[0];
}

/** Whether the bytes begin as a picture of a format that is read. */
export function isPicture(bytes: Uint8Array): boolean {
  return Object.values(formats).some((begins) => begins(bytes));
}

function checkPixels(width: number, height: number): void {
  if (width * height > maxPixels) throw new Error(`it has ${width}x${height} pixels, more than ${maxPixels}`);
}

/** Turned upright by EXIF, CMYK and profiles brought to sRGB, transparency over white, grey kept grey. */
async function sharpPixels(bytes: Uint8Array): Promise<Pixels> {
  const picture = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', animated: false }).rotate().flatten({ background: '#fff' });
  const { space, width, height, format } = await picture.metadata();
  if (!['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'].includes(format)) throw new Error(`${format} is not read`);
  checkPixels(width, height);
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
 * Decodes one picture file of at most 2^26 pixels; `where` names it in messages. Animations and files of several pages give their first.
 * @throws ModelError `bad-data` for bytes that are no picture of these formats, a damaged or a larger one
 */
export async function decodeImage(bytes: Uint8Array, where: string): Promise<Pixels> {
  try {
    return formatOf(bytes) === 'bmp' ? decodeBmp(bytes, checkPixels) : await sharpPixels(bytes);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\s+/g, ' ').trim();
    throw new ModelError('bad-data', `this is not a readable JPEG, PNG, WebP or BMP picture (${reason}); raw tensors end in .bin`, {
      where,
      cause,
    });
  }
}
