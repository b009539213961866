// Owns the choice of preprocessing: the user's, else the model's metadata, else the default of 8-bit inputs.
import { ModelError } from 'zeropoint';
import { type ImageInput, type Preprocessing, parsePreprocessing, presets } from 'zeropoint/image';
import { readJson } from '../files';
import { anyObject, checkJson, isObject } from '../json';
import type { TensorMetadata } from '../model/metadata';

/** A preprocessing and what to call it in a report. */
export interface NamedPreprocessing {
  name: string;
  preprocessing: Preprocessing;
}

/** What each preset is for. */
const purposes: Readonly<Record<keyof typeof presets, string>> = {
  unit: '0..1, as YOLO, Edge Impulse and many Keras networks',
  tf: '-1..1, as Keras MobileNets and Teachable Machine',
  inception: '-1..1 of the central 87.5 %, as MobileNets of TensorFlow were evaluated',
  torchvision: "ImageNet's mean and deviation, as PyTorch",
  caffe: "BGR less ImageNet's mean, as Keras' VGG and ResNet",
  raw: '0..255, as networks that scale pixels themselves: EfficientNet, MobileNetV3 of Keras',
};

/** The presets with what they are for, as the end of a message. */
export const presetAdvice = `give --preprocess ${Object.entries(purposes)
  .map(([name, purpose]) => `${name} (${purpose})`)
  .join(', ')}, or FILE.json; zeropoint run --help describes the file`;

/** Values of --preprocess, for its help. */
export const presetList = `${Object.keys(presets).join(', ')} or a .json file`;

async function readPreprocessing(path: string): Promise<Preprocessing> {
  const value = await readJson(path);
  try {
    return parsePreprocessing(isObject(value) ? checkJson(anyObject, value, path, 'write it again') : value);
  } catch (cause) {
    if (!(cause instanceof ModelError) || cause.where === path) throw cause;
    throw new ModelError(cause.code, cause.message, { where: path, cause });
  }
}

/**
 * `asked` is a preset's name or the path of a JSON file. Without it, the preprocessing recorded by the quantizer; else for 8-bit inputs
 * the preset raw, and for float inputs the normalization of the model's metadata.
 * @throws ModelError `bad-argument` where a float input has no normalization, or `asked` cannot be read
 */
export async function choosePreprocessing(
  asked: string | undefined,
  input: ImageInput,
  metadata: TensorMetadata | undefined,
): Promise<NamedPreprocessing> {
  if (asked !== undefined) {
    if (Object.hasOwn(presets, asked)) return { name: asked, preprocessing: presets[asked as keyof typeof presets] };
    if (!asked.endsWith('.json')) {
      throw new ModelError('bad-argument', `there is no preprocessing '${asked}'; give ${Object.keys(presets).join(', ')} or a .json file`);
    }
    return { name: asked, preprocessing: await readPreprocessing(asked) };
  }
  if (metadata?.preprocessing) return { name: "the model's own", preprocessing: metadata.preprocessing };
  if (input.dtype === 'uint8' || input.dtype === 'int8') return { name: 'raw', preprocessing: presets.raw };
  if (metadata?.normalization) return { name: "the model's metadata", preprocessing: metadata.normalization };
  throw new ModelError('bad-argument', `the model takes ${input.dtype} and does not say how pictures are normalized; ${presetAdvice}`);
}
