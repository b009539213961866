// Owns the way to the files of MediaPipe's npm packages: networks, and pictures of hands.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const modules = join(import.meta.dirname, '../models/mediapipe/node_modules');

/** The packages, by their names without the scope. */
export const packageFolder = join(modules, '@mediapipe');

/** The folder of a package with pictures of hands. */
export const handPictures = join(modules, 'fingerpose/assets');

export const hasMediaPipe = existsSync(packageFolder) && existsSync(handPictures);

export const installMediaPipe = 'npm ci --prefix test/models/mediapipe';

/** Distinct networks by their files' names: beside the scripts, and inside archives whose loaders list what they hold. */
export function networks(): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const name of readdirSync(packageFolder)) {
    const files = readdirSync(join(packageFolder, name));
    const read = (file: string) => new Uint8Array(readFileSync(join(packageFolder, name, file)));
    for (const file of files.filter((file) => file.endsWith('.tflite'))) found.set(file, read(file));
    for (const loader of files.filter((file) => file.endsWith('_packed_assets_loader.js'))) {
      const archive = read(loader.replace('_loader.js', '.data'));
      const entries = new TextDecoder().decode(read(loader)).matchAll(/"filename": "([^"]+\.tflite)", "start": (\d+), "end": (\d+)/g);
      for (const [, path, start, end] of entries) found.set(basename(path), archive.slice(Number(start), Number(end)));
    }
  }
  return found;
}
