// Owns how pixels become elements of an input tensor: its sizes and layout, and the element for every pixel value, normalized and quantized.
import { ModelError } from '../errors';
import type { DType, TensorData } from '../graph/graph';
import type { Preprocessing } from './preprocessing';

/** An input tensor; `inputs[i]` of a model is one. */
export interface ImageInput {
  /** [..., height, width, channels] with 1 or 3 channels; [..., channels, height, width] for the layout `nchw`. */
  readonly shape: readonly number[];
  /** uint8, int8 or float32. */
  readonly dtype: DType;
  /** Per tensor: real = scale * (code - zeroPoint); required for 8-bit inputs of normalized values. */
  readonly scale?: number;
  readonly zeroPoint?: number;
}

function perChannel(value: number | readonly number[] | undefined, fallback: number, channels: number, name: string): number[] {
  if (value === undefined || typeof value === 'number') return new Array(channels).fill(value ?? fallback);
  if (value.length === channels) return [...value];
  throw new ModelError('bad-argument', `preprocessing.${name} has ${value.length} entries, but the input has ${channels} channels`);
}

/** The element for every pixel value 0..255 of one channel, normalized and quantized. */
function elementTable(input: ImageInput, mean: number, std: number, codesArePixels: boolean): Float32Array | Int16Array {
  const { dtype, scale, zeroPoint = 0 } = input;
  const real = Float32Array.from({ length: 256 }, (_, pixel) => (pixel - mean) / std);
  if (dtype === 'float32') return real;
  const low = dtype === 'int8' ? -128 : 0;
  if (codesArePixels) return Int16Array.from({ length: 256 }, (_, pixel) => pixel + low);
  if (scale === undefined) {
    throw new ModelError('bad-quantization', `an ${dtype} input without scale cannot take normalized values; use quantized: 'pixel'`);
  }
  // tflite/kernels/internal/reference/quantize.h: round half away from zero in float32, add the zero point, clamp.
  return Int16Array.from(real, (value) => {
    const quotient = Math.fround(value / scale);
    return Math.min(low + 255, Math.max(low, Math.sign(quotient) * Math.round(Math.abs(quotient)) + zeroPoint));
  });
}

/** Sizes and order of one picture in an input tensor, and its elements for pixel values. */
export interface PictureElements {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** By colour, red first: the element for every pixel value 0..255. A Float32Array holds elements that are linear in the pixel. */
  readonly tables: readonly (Float32Array | Int16Array)[];
  /** Whether channels are planes, one after the other, and not interleaved. */
  readonly planar: boolean;
  /** Colour of channel `c`: 0 red. */
  colorOf(c: number): number;
  /** The same, and the channel's first element and the distance from one pixel to the next. */
  place(c: number): { readonly color: number; readonly first: number; readonly step: number };
}

/**
 * How pixels become elements of an input.
 * @throws ModelError `bad-argument`, `bad-shape`, `bad-dtype`, `bad-quantization`
 */
export function pictureElements(settings: Preprocessing, input: ImageInput, into: TensorData): PictureElements {
  const planar = settings.layout === 'nchw';
  const { height, width, channels } = checkDestination(input, planar, into);
  const mean = perChannel(settings.mean, 0, channels, 'mean');
  const std = perChannel(settings.std, 1, channels, 'std');
  const codesArePixels =
    (settings.quantized ?? (settings.mean === undefined && settings.std === undefined ? 'pixel' : 'normalized')) === 'pixel';
  const tables = mean.map((entry, c) => elementTable(input, entry, std[c], codesArePixels));
  const colorOf = (c: number) => (settings.colors === 'bgr' ? channels - 1 - c : c);
  const place = (c: number) => ({
    color: colorOf(c),
    first: planar ? c * height * width : c,
    step: planar ? 1 : channels,
  });
  return { height, width, channels, planar, tables, colorOf, place };
}

/** Checks input and destination, and gives the sizes of one picture. */
function checkDestination(input: ImageInput, planar: boolean, into: TensorData): { height: number; width: number; channels: number } {
  if (!Array.isArray(input?.shape))
    throw new ModelError('bad-argument', 'an input is { shape, dtype, scale, zeroPoint }, as model.inputs[0]');
  const { shape, dtype, scale = 1, zeroPoint = 0 } = input;
  if (!(Number.isFinite(scale) && scale > 0 && Number.isInteger(zeroPoint))) {
    throw new ModelError('bad-quantization', `scale ${scale} must be above 0 and finite, zero point ${zeroPoint} an integer`);
  }
  const last = shape.slice(-3);
  const [height, width, channels] = planar ? [last[1], last[2], last[0]] : last;
  if (shape.length < 3 || (channels !== 1 && channels !== 3)) {
    const expected = planar ? '1 or 3, height, width' : 'height, width, 1 or 3';
    throw new ModelError('bad-shape', `an input of shape [${shape}] takes no picture; it needs [..., ${expected}]`);
  }
  if (dtype !== 'uint8' && dtype !== 'int8' && dtype !== 'float32') {
    throw new ModelError('bad-dtype', `pictures become uint8, int8 or float32, not ${dtype}`);
  }
  const expected = dtype === 'uint8' ? 'Uint8Array' : dtype === 'int8' ? 'Int8Array' : 'Float32Array';
  if (into?.[Symbol.toStringTag] !== expected || into.length !== height * width * channels) {
    throw new ModelError('bad-argument', `'into' must be a ${expected} of one picture, ${height}x${width}x${channels} elements`);
  }
  return { height, width, channels };
}
