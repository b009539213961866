// Owns reading the TensorFlow.js models that npm packages hold, as folders of files or as modules.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TfjsFile } from '../file';
import { stockPath } from './tfjs';

interface Manifest {
  readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
}

const pathsOf = (json: Manifest): string[] => json.weightsManifest.flatMap(({ paths }) => paths);

/** A folder of model.json and its shards. */
function folderFile(folder: string): TfjsFile {
  const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest & Record<string, unknown>;
  return { json, shards: new Map(pathsOf(json).map((path) => [path, readFileSync(join(folder, path))])) };
}

/** nsfwjs has a module for model.json and one per shard, in base64. */
function nsfwFile(model: string): TfjsFile {
  const require = createRequire(stockPath('..', 'package.json'));
  const part = (name: string): unknown => require(stockPath('nsfwjs/dist/models', model, `${name}.min.js`));
  const json = part('model') as Manifest & Record<string, unknown>;
  return { json, shards: new Map(pathsOf(json).map((path) => [path, Buffer.from(part(path.replace(/\.bin$/, '')) as string, 'base64')])) };
}

export interface PackageModel {
  readonly title: string;
  readonly file: () => TfjsFile;
  /** Shape by the name of its only input; elements are drawn between `low` and `high`. */
  readonly input: readonly [name: string, shape: readonly number[]];
  readonly low: number;
  readonly high: number;
  /** For graph models, whose outputs TensorFlow.js gives by name. */
  readonly outputs?: readonly string[];
}

const upscaler = (name: string, folder: string): PackageModel => ({
  title: `${name} ${folder}`,
  file: () => folderFile(stockPath('@upscalerjs', name, 'models', folder)),
  input: ['LR', [1, 20, 24, 3]],
  low: 0,
  high: 255,
});

export const packageModels: readonly PackageModel[] = [
  { title: 'nsfwjs mobilenet_v2, layers', file: () => nsfwFile('mobilenet_v2'), input: ['input_1', [1, 224, 224, 3]], low: 0, high: 1 },
  {
    title: 'nsfwjs mobilenet_v2_mid, a graph',
    file: () => nsfwFile('mobilenet_v2_mid'),
    input: ['input', [1, 224, 224, 3]],
    low: 0,
    high: 1,
    outputs: ['Identity:0'],
  },
  { title: 'nsfwjs inception_v3, layers', file: () => nsfwFile('inception_v3'), input: ['input_1', [1, 299, 299, 3]], low: 0, high: 1 },
  upscaler('default-model', ''),
  ...['x2', 'x3', 'x4', 'x8'].map((folder) => upscaler('esrgan-slim', folder)),
  {
    title: 'basic-pitch, a graph',
    file: () => folderFile(stockPath('@spotify/basic-pitch/model')),
    input: ['input_2', [1, 43844, 1]],
    low: -0.5,
    high: 0.5,
    outputs: ['Identity:0', 'Identity_1:0', 'Identity_2:0'],
  },
];
