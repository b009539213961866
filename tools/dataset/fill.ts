// Owns the way from one sample's bytes to the model's input tensors: decode and preprocess, convert, or copy.
import { ModelError } from 'zeropoint';
import { tensorInfo } from 'zeropoint/graph';
import { type Pixels, type Preprocessing, preprocess } from 'zeropoint/image';
import { elementCount, type TensorData, type Value } from 'zeropoint/tflite';
import { decodeImage } from '../images/decode';
import { fitsSample, isChannelsFirst, isPixelArray } from './arrays';
import type { Sample } from './dataset';
import { elementBytes, parseArrayHeader, readElements, writeElements } from './npy';
import type { ArrayLayout, Item } from './source';

/** Bytes that one sample takes in a raw file: all inputs, one after the other. */
export function sampleBytes(inputs: readonly TensorData[]): number {
  return inputs.reduce((total, { byteLength }) => total + byteLength, 0);
}

function copyRaw(bytes: Uint8Array, into: readonly TensorData[], where: string): void {
  if (bytes.length !== sampleBytes(into)) {
    throw new ModelError('bad-data', `has ${bytes.length} bytes, but the model's inputs take ${sampleBytes(into)}`, { where });
  }
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of into) {
    new Uint8Array(buffer, byteOffset, byteLength).set(bytes.subarray(at, at + byteLength));
    at += byteLength;
  }
}

/** The bytes of an array that is a picture, as pixels. */
function asPixels(bytes: Uint8Array, { shape }: ArrayLayout): Pixels {
  const [height, width, channels] = shape.slice(-3);
  return { data: bytes, width, height, channels: channels as 1 | 3 };
}

function fillFromArray(
  bytes: Uint8Array,
  layout: ArrayLayout,
  input: Value,
  into: TensorData,
  preprocessing: Preprocessing | undefined,
  where: string,
): void {
  const isPicture = preprocessing !== undefined && isPixelArray(layout);
  if (!fitsSample(layout, input, isPicture)) {
    throw new ModelError('bad-data', `is [${layout.shape}], but input '${input.name}' is [${input.shape}]`, { where });
  }
  const wanted = elementCount(layout.shape) * elementBytes(layout);
  if (bytes.length < wanted) throw new ModelError('bad-data', `is cut short: ${bytes.length} of ${wanted} bytes`, { where });
  if (isPicture) preprocess(asPixels(bytes.subarray(0, wanted), layout), preprocessing, tensorInfo(input), into);
  else {
    const elements = readElements(bytes.subarray(0, wanted), layout);
    writeElements(isChannelsFirst(layout, input) ? channelsLast(elements, input.shape) : elements, input.dtype, into, where);
  }
}

/** Elements of [c, h, w] in the order of [h, w, c]. */
function channelsLast(elements: Float64Array, [, height, width, channels]: readonly number[]): Float64Array {
  const result = elements.slice();
  const pixels = height * width;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < channels; c++) result[pixel * channels + c] = elements[c * pixels + pixel];
  }
  return result;
}

/**
 * Fills the elements of every input from the bytes of the item's parts; gives the size of pictures.
 * @throws ModelError `bad-data` where the bytes are damaged or do not fit the model
 */
export async function fillSample(
  item: Item,
  parts: readonly Uint8Array[],
  inputs: readonly Value[],
  into: readonly TensorData[],
  preprocessing: Preprocessing | undefined,
): Promise<Sample['size']> {
  if (item.kind === 'raw') copyRaw(parts[0], into, item.name);
  else if (item.kind === 'picture') {
    // open.ts refuses pictures without preprocessing.
    const pixels = await decodeImage(parts[0], item.name);
    preprocess(pixels, preprocessing!, tensorInfo(inputs[0]), into[0]);
    return { width: pixels.width, height: pixels.height };
  } else {
    for (const [i, bytes] of parts.entries()) {
      const known = item.parts[i].array;
      const header = known ? { ...known, dataOffset: 0 } : parseArrayHeader(bytes, item.name);
      fillFromArray(bytes.subarray(header.dataOffset), header, inputs[i], into[i], preprocessing, item.name);
    }
  }
  return undefined;
}
