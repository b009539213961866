// Owns the demo's digits as files, a folder per class.
import { join } from 'node:path';
import sharp from 'sharp';
import { writeBytes } from '../files';
import { type Digit, digitSize, renderDigit } from './digits';

/** Pictures that are encoded and written at the same time. */
const parallel = 16;

/** Where `writePictures` puts digit `index`. */
export function picturePath(folder: string, { label }: Pick<Digit, 'label'>, index: number): string {
  return join(folder, String(label), `${String(index).padStart(4, '0')}.png`);
}

async function writePicture(folder: string, seed: number, index: number): Promise<void> {
  const digit = renderDigit(seed, index);
  const raw = { width: digitSize, height: digitSize, channels: 1 } as const;
  const png = await sharp(digit.pixels, { raw }).png({ compressionLevel: 3 }).toBuffer();
  await writeBytes(picturePath(folder, digit, index), new Uint8Array(png));
}

/** Writes digits 0 .. count - 1 of the set `seed` as grey PNGs below `folder`. */
export async function writePictures(folder: string, seed: number, count: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await writePicture(folder, seed, next++);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}
