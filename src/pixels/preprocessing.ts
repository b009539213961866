// Owns the description of preprocessing as plain data, its named presets and its validation.
import { ModelError } from '../errors';
import { checkOptionNames } from '../options';

/** How pixels become an input tensor. Plain data: survives JSON. Every member may be left out; `{}` stretches the picture and keeps its pixels. */
export interface Preprocessing {
  /** Central share of each side that is kept before resizing, in (0, 1]. Default 1. */
  readonly crop?: number;
  /**
   * `stretch` (default): resize to the input's width and height whatever the proportions.
   * `{ shortSide: n }`: resize so that the shorter side has n pixels, then cut out the centre in the input's size.
   * `{ letterbox: pixel }`: resize in proportion so that the picture just fits, centred on a ground of this pixel value, 0..255.
   */
  readonly resize?: 'stretch' | { readonly shortSide: number } | { readonly letterbox: number };
  /** Order of the tensor's last three dimensions. Default `nhwc`, TFLite's own; `nchw` for networks that kept another framework's. */
  readonly layout?: 'nhwc' | 'nchw';
  /** Order of the colours in the tensor. Default `rgb`; without effect on inputs of one channel. */
  readonly colors?: 'rgb' | 'bgr';
  /**
   * real = (pixel - mean) / std with pixels 0..255, one number or one per channel in R, G, B order.
   * Defaults 0 and 1. The units are those of NormalizationOptions in TFLite's metadata; multiply mean and std meant for 0..1 by 255.
   */
  readonly mean?: number | readonly number[];
  readonly std?: number | readonly number[];
  /**
   * Codes of 8-bit inputs. `pixel`: the pixel itself in uint8, pixel - 128 in int8; mean and std are then used for float inputs only.
   * `normalized`: the real number quantized by the input's scale and zero point. Default `normalized` where mean or std is given, else `pixel`.
   */
  readonly quantized?: 'pixel' | 'normalized';
}

/** Stretched, pixels as they are. */
export const rawPixels = { resize: 'stretch', quantized: 'pixel' } as const satisfies Preprocessing;

/**
 * Named descriptions.
 * - `inception`: central 87.5 %, stretched, float in [-1, 1], 8-bit codes are pixels: the evaluation of TensorFlow's MobileNet checkpoints.
 * - `torchvision`: short side to 256, centre cut out (meant for 224x224), ImageNet's mean and deviation per channel.
 * - `raw`: stretched, pixels as they are (float inputs: 0..255).
 * - `tf`: inception without the crop: the whole picture in [-1, 1], as Keras' MobileNets take it.
 * - `unit`: stretched, pixel / 255 in [0, 1], as YOLO, Edge Impulse and many Keras networks take it.
 * - `caffe`: stretched, BGR, ImageNet's mean per channel subtracted, as Keras' VGG and ResNet take it.
 */
export const presets = {
  inception: { crop: 0.875, resize: 'stretch', mean: 127.5, std: 127.5, quantized: 'pixel' },
  torchvision: { resize: { shortSide: 256 }, mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375], quantized: 'normalized' },
  raw: rawPixels,
  tf: { resize: 'stretch', mean: 127.5, std: 127.5, quantized: 'pixel' },
  unit: { resize: 'stretch', mean: 0, std: 255, quantized: 'normalized' },
  caffe: { resize: 'stretch', colors: 'bgr', mean: [123.68, 116.779, 103.939], std: 1, quantized: 'normalized' },
} as const satisfies Record<string, Preprocessing>;

export type PresetName = keyof typeof presets;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSide = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;

const isPixel = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;

/** Whether a value is one finite number above `limit` or a non-empty list of them. */
function isNumbers(value: unknown, limit: number): boolean {
  const list = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((entry) => Number.isFinite(entry) && entry > limit);
}

/** Per member: the check of its values, and what the message says they must be. */
const members: Record<keyof Preprocessing, { accepts: (value: unknown) => boolean; values: string }> = {
  crop: { accepts: (v) => typeof v === 'number' && v > 0 && v <= 1, values: 'a number in (0, 1]' },
  resize: {
    accepts: (v) => v === 'stretch' || (isObject(v) && Object.keys(v).length === 1 && (isSide(v.shortSide) || isPixel(v.letterbox))),
    values: `'stretch', { "shortSide": 1..65535 } or { "letterbox": 0..255 }`,
  },
  layout: { accepts: (v) => v === 'nhwc' || v === 'nchw', values: `'nhwc' or 'nchw'` },
  colors: { accepts: (v) => v === 'rgb' || v === 'bgr', values: `'rgb' or 'bgr'` },
  mean: { accepts: (v) => isNumbers(v, Number.NEGATIVE_INFINITY), values: 'a number or one per channel' },
  std: { accepts: (v) => isNumbers(v, 0), values: 'a number or one per channel, all above 0' },
  quantized: { accepts: (v) => v === 'pixel' || v === 'normalized', values: `'pixel' or 'normalized'` },
};

/**
 * `value` as a Preprocessing, for data that comes from a file.
 * @throws ModelError `bad-argument` on unknown members and on values out of range, naming the member.
 */
export function parsePreprocessing(value: unknown): Preprocessing {
  checkOptionNames<Preprocessing>(value, members, 'preprocessing');
  for (const [key, entry] of Object.entries(value)) {
    const { accepts, values } = members[key as keyof Preprocessing];
    if (entry !== undefined && !accepts(entry)) {
      throw new ModelError('bad-argument', `preprocessing.${key} is ${JSON.stringify(entry)}; give ${values}`);
    }
  }
  return value;
}
