// Owns the float classifiers that the accuracy of quantization is measured on, each with labelled pictures for calibration and for judging.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Preprocessing, presets } from '../src/image';
import { readModel } from '../src/tflite';
import type { Sample, Samples } from '../tools/dataset/dataset';
import { openDataset } from '../tools/dataset/open';
import { figureSeeds, renderFigure } from '../tools/demo/figures';

const shared = join(import.meta.dirname, '../../shared');
const demo = join(import.meta.dirname, '../tools/demo');
/** Most pictures that calibration may see; the rest judges. */
export const calibrationLimit = 128;

/** A float classifier. */
export interface Task {
  readonly model: string;
  /** Path of the `.tflite`. */
  readonly path: string;
  /** `seed` chooses the pictures of the calibration; the others judge. */
  readonly read: (seed: number) => Promise<Pictures>;
}

export interface Pictures {
  readonly calibration: readonly Sample[];
  readonly rest: readonly Sample[];
}

/** A network with pictures in `shared`, decoded once; calibration takes a seeded choice of at most a quarter. */
function pictured(model: string, pictures: string, preprocessing: Preprocessing): Task {
  const path = join(shared, 'models', `${model}.tflite`);
  const read = async (seed: number): Promise<Pictures> => {
    const { inputs } = readModel(new Uint8Array(readFileSync(path)));
    const open = async (limit?: number): Promise<Sample[]> => {
      const samples: Sample[] = [];
      for await (const sample of await openDataset(join(shared, 'images', pictures), { inputs, preprocessing, limit, seed })) {
        samples.push({ ...sample, inputs: sample.inputs.map((data) => data.slice()) });
      }
      return samples;
    };
    const all = await open();
    const size = Math.min(calibrationLimit, all.length >> 2);
    const chosen = new Set((await open(size)).map(({ name }) => name));
    return { calibration: all.filter(({ name }) => chosen.has(name)), rest: all.filter(({ name }) => !chosen.has(name)) };
  };
  return { model, path, read };
}

/** A network of tools/demo on drawn figures; calibration and judgement draw by different seeds. */
function drawn(model: string): Task {
  const draw = (seed: number, count: number): Sample[] =>
    Array.from({ length: count }, (_, index) => {
      const { label, pixels } = renderFigure(seed, index);
      return { name: `${seed}/${index}`, index, label, inputs: [Float32Array.from(pixels)] };
    });
  const read = async (seed: number) => ({
    calibration: draw(figureSeeds.calibration + 1000 * (seed - 1), calibrationLimit),
    rest: draw(figureSeeds.heldOut, 2100),
  });
  return { model, path: join(demo, `${model}.tflite`), read };
}

const { mean, std } = presets.torchvision;

export const tasks: readonly Task[] = [
  pictured('mobilenet_v2_1.0_224_float', 'imagenet', presets.inception),
  pictured('mobilenet_v1_0.25_224_float', 'imagenet', presets.inception),
  pictured('mobilenet_v1_0.25_224_keras_float', 'imagenet', presets.inception),
  pictured('mobilenet_v1_0.25_224_relu_scrambled_float', 'imagenet', presets.inception),
  pictured('squeezenet1.1_float', 'imagenet', { crop: 0.875, mean, std }),
  pictured('vww_96_float', 'vww', { mean: 0, std: 255 }),
  pictured('resnet8_cifar10_float', 'cifar10', presets.raw),
  drawn('figures-v3'),
  drawn('figures-efficientnet'),
];

/** @throws Error that names the tasks */
export function taskOf(model: string): Task {
  const task = tasks.find((entry) => entry.model === model);
  if (!task) throw new Error(`there is no task '${model}'; give some of ${tasks.map((entry) => entry.model).join(', ')}`);
  return task;
}

export const asSamples = (samples: readonly Sample[]): Samples => ({
  size: samples.length,
  async *[Symbol.asyncIterator]() {
    yield* samples;
  },
});
