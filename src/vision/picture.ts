// Owns pictures as people have them: arrays of pixels, sharp's results, and what browsers draw. All are recognized by their members.
import { ModelError } from '../errors';
import { checkPixels, type Pixels } from '../pixels/pixels';

/** `ImageData`, or any pixels of 8 bits; channels are those of the array's length: 1 grey, 3 RGB, 4 RGBA. */
export interface PixelArray {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** What sharp gives for `raw().toBuffer({ resolveWithObject: true })`. */
export interface RawPicture {
  readonly data: Uint8Array;
  readonly info: { readonly width: number; readonly height: number; readonly channels: number };
}

/** What a canvas draws, by its own size: `ImageBitmap`, `HTMLCanvasElement`, `OffscreenCanvas`. */
interface Sized {
  readonly width: number;
  readonly height: number;
}

/** What a canvas draws in its natural size: `HTMLImageElement`, `HTMLVideoElement`, `VideoFrame`. */
type Drawable =
  | (Sized & ({ getContext: unknown } | { close: unknown }))
  | { readonly naturalWidth: number; readonly naturalHeight: number }
  | { readonly videoWidth: number; readonly videoHeight: number }
  | { readonly displayWidth: number; readonly displayHeight: number };

export type Picture = Pixels | PixelArray | RawPicture | Drawable;

/** A file of a picture that browsers decode: `Blob`, `File`. */
export interface EncodedPicture {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface Context {
  drawImage(source: unknown, x: number, y: number, width: number, height: number): void;
  getImageData(x: number, y: number, width: number, height: number): PixelArray;
}

interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d', options: { willReadFrequently: boolean }): Context | null;
}

/** What this file uses of a browser. */
interface Browser {
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
  readonly document?: { createElement(name: 'canvas'): Canvas };
  createImageBitmap?(blob: EncodedPicture): Promise<Sized & { close(): void }>;
}

const browser = globalThis as Browser;

function makeCanvas(width: number, height: number): Canvas {
  if (browser.OffscreenCanvas) return new browser.OffscreenCanvas(width, height);
  const canvas = browser.document?.createElement('canvas');
  if (!canvas) throw new ModelError('bad-argument', 'nothing here draws pictures; give decoded pixels, { data, width, height }');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** Size of what a canvas draws; undefined for anything else. */
function drawableSize(picture: object): [width: number, height: number] | undefined {
  const members = picture as Record<string, unknown>;
  const prefix = ['natural', 'video', 'display'].find((name) => typeof members[`${name}Width`] === 'number');
  if (prefix) return [members[`${prefix}Width`] as number, members[`${prefix}Height`] as number];
  const draws = typeof members.getContext === 'function' || typeof members.close === 'function';
  return draws && typeof members.width === 'number' ? [members.width, members.height as number] : undefined;
}

/** Pixels of pictures. It keeps one canvas, since videos have a frame of the same size many times a second. */
export class PictureReader {
  private canvas: Canvas | undefined;

  /**
   * The pixels of a picture, not copied where it has them.
   * @throws ModelError `bad-argument` for what is no picture, has no pixels yet, or may not be read, as pictures of other origins
   */
  read(picture: Picture): Pixels {
    if (typeof picture !== 'object' || picture === null) throw notAPicture(picture);
    if ('data' in picture) return pixelsOf(picture);
    const size = drawableSize(picture);
    if (!size) throw notAPicture(picture);
    return this.draw(picture, ...size);
  }

  private draw(source: object, width: number, height: number): Pixels {
    if (!(width >= 1 && height >= 1)) throw new ModelError('bad-argument', 'the picture has no pixels yet; wait until it is loaded');
    if (this.canvas?.width !== width || this.canvas.height !== height) this.canvas = makeCanvas(width, height);
    const context = this.canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new ModelError('bad-argument', 'the canvas gives no 2d context');
    try {
      context.drawImage(source, 0, 0, width, height);
      return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
    } catch (cause) {
      throw new ModelError('bad-argument', `the browser does not give the picture's pixels: ${(cause as Error).message}`, { cause });
    }
  }
}

function notAPicture(picture: unknown): ModelError {
  const given = Object.prototype.toString.call(picture).slice(8, -1);
  const advice =
    given === 'Blob' || given === 'File'
      ? 'decode it by await decodePicture(blob)'
      : 'give { data, width, height }, or what a canvas draws';
  return new ModelError('bad-argument', `${given} is no picture; ${advice}`);
}

function pixelsOf(picture: Pixels | PixelArray | RawPicture): Pixels {
  const { width, height } = 'info' in picture ? picture.info : picture;
  const { data } = picture;
  const given = 'info' in picture ? picture.info.channels : (picture as Partial<Pixels>).channels;
  const channels = (given ?? data?.length / (width * height)) as Pixels['channels'];
  const pixels: Pixels = { data, width, height, channels };
  checkPixels(pixels);
  return pixels;
}

/**
 * Decodes the file of a picture by the browser, or whatever has createImageBitmap.
 * @throws ModelError `bad-argument` where there is none, or the file is no picture that it knows
 */
export async function decodePicture(file: EncodedPicture): Promise<Pixels> {
  if (!browser.createImageBitmap)
    throw new ModelError(
      'bad-argument',
      'nothing here decodes pictures; decode it, for example by sharp, and give { data, width, height }',
    );
  let bitmap: Sized & { close(): void };
  try {
    bitmap = await browser.createImageBitmap(file);
  } catch (cause) {
    throw new ModelError('bad-argument', `the file of type '${file.type}' does not decode: ${(cause as Error).message}`, { cause });
  }
  try {
    return new PictureReader().read(bitmap);
  } finally {
    bitmap.close();
  }
}
