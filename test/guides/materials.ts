// Owns the networks and pictures that the guides name: real ones where they are, else, for a few, built ones.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { mobilenetV1 } from '../../src/mobilenet';
import { writeModel } from '../../src/tflite';
import { digitSeeds } from '../../tools/demo/digits';
import { writePictures } from '../../tools/demo/pictures';
import { decodeImage } from '../../tools/images/decode';
import { handPictures, hasMediaPipe, installMediaPipe, networks } from '../support/mediapipe';
import { streamingModel } from '../support/sample-models';
import { hasShared, sharedPath } from '../support/shared';
import { toneNetwork, toneSound } from '../support/tones';
import { onnxFile } from '../tools/import/onnx/file';
import { quantizedNetwork } from '../tools/import/onnx/quantized/network';

const root = join(import.meta.dirname, '../..');
const digits = join(root, 'tools/demo/digits.tflite');

/** Names in guides, and files of `../shared`. */
const sharedFiles: Readonly<Record<string, string>> = {
  'mobilenet.tflite': 'models/mobilenet_v2_1.0_224_quant.tflite',
  'detector.tflite': 'models/coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite',
  'deeplab.tflite': 'models/deeplabv3_mnv2_dm05_pascal_quant.tflite',
  'movenet.tflite': 'models/movenet_single_pose_lightning_ptq.tflite',
  'embedding.tflite': 'models/mobilenet_v1_1.0_224_quant_embedding_extractor.tflite',
  'labels.txt': 'models/labels/imagenet_labels.txt',
  'voc-labels.txt': 'models/labels/pascal_voc_segmentation_labels.txt',
  'parrot.jpg': 'images/photos/parrot.jpg',
  'burger.jpg': 'images/photos/burger.jpg',
  'pets.jpg': 'images/photos/cats_and_dogs.jpg',
};

/** Beside a page that fetches them. */
const cores: Readonly<Record<string, string>> = { 'core.wasm': join(root, 'wasm/core.wasm') };

/** Pictures that sharp does not read, as PNG. */
const bitmaps: Readonly<Record<string, string>> = {
  'portrait.png': 'grace_hopper.bmp',
  'exercise.png': 'squat.bmp',
  'cat.png': 'cat.bmp',
};

export interface Materials {
  /** Names that the folder has. */
  readonly names: ReadonlySet<string>;
  /** Whether a network is the one of the guides, so that results are those that they show. */
  readonly areReal: boolean;
}

async function writeShared(write: (name: string, data: Uint8Array) => void): Promise<void> {
  for (const [name, path] of Object.entries(sharedFiles)) write(name, readFileSync(sharedPath(path)));
  for (const [name, file] of Object.entries(bitmaps)) {
    const { data, width, height, channels } = await decodeImage(readFileSync(sharedPath('images/photos', file)), file);
    write(name, await sharp(data, { raw: { width, height, channels } }).png().toBuffer());
  }
}

/** A picture of random blocks, for a network that was built. */
async function drawnPicture(): Promise<Buffer> {
  const data = new Uint8Array(64 * 48 * 3).map((_, i) => (Math.floor(i / 24) * 37) % 256);
  return sharp(data, { raw: { width: 64, height: 48, channels: 3 } })
    .jpeg()
    .toBuffer();
}

/** Little-endian int16 of samples in [-1, 1). */
const pcm = (samples: Float32Array): Uint8Array => new Uint8Array(Int16Array.from(samples, (sample) => 32768 * sample).buffer);

/** Writes everything there is into `folder`. */
export async function writeMaterials(folder: string): Promise<Materials> {
  const names = new Set<string>();
  const write = (name: string, data: Uint8Array) => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), data);
    names.add(name);
  };
  if (hasShared) await writeShared(write);
  else {
    console.log('note: ../shared is absent: guides run on a built MobileNet and a drawn picture');
    write('mobilenet.tflite', mobilenetV1({ alpha: 0.25, resolution: 224, classes: 1001 }));
    write('parrot.jpg', await drawnPicture());
    write('labels.txt', new TextEncoder().encode(Array.from({ length: 1001 }, (_, i) => `label ${i}`).join('\n')));
  }
  if (hasMediaPipe) {
    for (const [name, data] of networks()) write(name, data);
    copyFileSync(join(handPictures, 'nocurl.jpg'), join(folder, 'hand.jpg'));
    names.add('hand.jpg');
  } else console.log(`note: test/models/mediapipe is not installed (${installMediaPipe}): guides of faces, hands and poses do not run`);
  write('stream.tflite', writeModel(streamingModel()));
  write('keywords.tflite', toneNetwork());
  write('sound.pcm', pcm(toneSound(16000, { seconds: 1 }, { tone: 'low', seconds: 2 }, { seconds: 1 }, { tone: 'high', seconds: 2 })));
  write('float.tflite', readFileSync(digits));
  write('quantized.onnx', onnxFile(quantizedNetwork({ form: 'qdq', activations: 'uint8', weights: 'int8', perChannel: true })));
  await writePictures(join(folder, 'pictures'), digitSeeds.calibration, 24);
  for (const name of names.has('pets.jpg') ? ['pets.jpg', 'parrot.jpg'] : []) write(`photos/${name}`, readFileSync(join(folder, name)));
  for (const [name, path] of Object.entries(cores)) write(name, readFileSync(path));
  return { names, areReal: hasShared };
}

/** Files that code names and the folder lacks; those that it writes itself are not meant. */
export function missingMaterials(code: string, { names }: Materials): string[] {
  const written = [...code.matchAll(/(?:writeFile|toFile)\('([^']+)'/g)].map(([, name]) => name);
  const named = [...code.matchAll(/'([\w./-]+\.(?:tflite|onnx|txt|jpg|png|wasm))'/g)].map(([, name]) => name);
  return [...new Set(named)].filter((name) => !names.has(name) && !written.includes(name));
}
