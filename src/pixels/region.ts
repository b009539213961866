// Owns turned rectangles of pictures: positions inside of them, and their bilinear sampling into input tensors.
//
// The geometry is that of MediaPipe's ImageToTensorCalculator (`mediapipe/calculators/tensor/image_to_tensor_utils.cc`,
// GetRotatedSubRectToRectTransformMatrix and PadRoi), its sampling that of the calculator's OpenGL converters
// (`image_to_tensor_converter_gl_texture.cc`): one bilinear sample for the centre of each element, without antialiasing.
import type { TensorData } from '../graph/graph';
import { type ImageInput, pictureElements } from './elements';
import { checkPixels, type Pixels, toGrey } from './pixels';
import { type Preprocessing, parsePreprocessing } from './preprocessing';

/** A rectangle in pixels of a picture, which may exceed it, turned about its centre. */
export interface Region {
  /** Of the centre, from the picture's top left corner. */
  readonly x: number;
  readonly y: number;
  /** Above 0. */
  readonly width: number;
  readonly height: number;
  /** In radians, clockwise as the picture is seen. */
  readonly rotation: number;
}

/** The whole picture. */
export function wholePicture({ width, height }: Pick<Pixels, 'width' | 'height'>): Region {
  return { x: width / 2, y: height / 2, width, height, rotation: 0 };
}

/** The smallest region around the same centre that holds `region` and has the proportions `width`:`height` (PadRoi). */
export function withProportions(region: Region, width: number, height: number): Region {
  const scale = Math.max(region.width / width, region.height / height);
  return { ...region, width: scale * width, height: scale * height };
}

/** The position in the picture of what lies at (u, v) in a region, both from 0 to 1 between its edges. */
export function regionPoint({ x, y, width, height, rotation }: Region, u: number, v: number): { x: number; y: number } {
  const [right, down] = [(u - 0.5) * width, (v - 0.5) * height];
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  return { x: x + cos * right - sin * down, y: y + sin * right + cos * down };
}

/** How one channel is sampled. */
interface Channel {
  /** Its place in a pixel of the picture. */
  readonly from: number;
  /** The element of pixel 0 and what a pixel more adds, of elements that are linear in the pixel; else undefined. */
  readonly linear: { readonly zero: number; readonly range: number } | undefined;
  readonly table: Float32Array | Int16Array;
  readonly first: number;
  readonly step: number;
}

/** Positions of one row of elements in the picture: bytes of the four pixels around each, and its shares between them. */
interface SampleRow {
  /** Per element: above left, above right, below left, below right. */
  readonly pixels: Int32Array;
  /** Per element: to the right, downwards; NaN where the element lies outside and is zero. */
  readonly shares: Float64Array;
}

/** Places element `column` of a row at (x, y) of a picture of `width` x `height` pixels, each of `step` bytes. */
function placeSample(
  { pixels, shares }: SampleRow,
  column: number,
  x: number,
  y: number,
  width: number,
  height: number,
  step: number,
  outside: 'zero' | 'edge',
): void {
  if (outside === 'zero' && !(x >= 0 && x < width && y >= 0 && y < height)) {
    shares[2 * column] = Number.NaN;
    return;
  }
  const left = Math.floor(x - 0.5);
  const top = Math.floor(y - 0.5);
  shares[2 * column] = x - 0.5 - left;
  shares[2 * column + 1] = y - 0.5 - top;
  const leftAt = Math.min(width - 1, Math.max(0, left)) * step;
  const rightAt = Math.min(width - 1, Math.max(0, left + 1)) * step;
  const aboveAt = Math.min(height - 1, Math.max(0, top)) * width * step;
  const belowAt = Math.min(height - 1, Math.max(0, top + 1)) * width * step;
  pixels[4 * column] = aboveAt + leftAt;
  pixels[4 * column + 1] = aboveAt + rightAt;
  pixels[4 * column + 2] = belowAt + leftAt;
  pixels[4 * column + 3] = belowAt + rightAt;
}

/** Elements of one channel in a row whose first element is pixel `pixel` of the input. */
function sampleChannel(
  data: Pixels['data'],
  { pixels, shares }: SampleRow,
  { from, linear, table, first, step }: Channel,
  pixel: number,
  into: TensorData,
): void {
  const count = shares.length >> 1;
  const zero = linear ? linear.zero : 0;
  const range = linear ? linear.range : 0;
  let to = first + pixel * step;
  for (let i = 0; i < count; i++, to += step) {
    const shareX = shares[2 * i];
    const shareY = shares[2 * i + 1];
    if (Number.isNaN(shareX)) {
      into[to] = table[0];
      continue;
    }
    const at = 4 * i;
    const upper = data[pixels[at] + from] * (1 - shareX) + data[pixels[at + 1] + from] * shareX;
    const lower = data[pixels[at + 2] + from] * (1 - shareX) + data[pixels[at + 3] + from] * shareX;
    const value = upper * (1 - shareY) + lower * shareY;
    // Elements of 8-bit inputs are codes of whole pixels.
    into[to] = linear ? zero + (value * range) / 255 : table[Math.round(value)];
  }
}

/**
 * Samples a region of a picture into an input tensor, as large as the input. Elements are normalized and quantized as `preprocessing`
 * says, whose `crop` and `resize` are not used; 8-bit inputs take samples rounded to pixels.
 * @param outside what lies outside of the picture: pixels of 0, or those of its edge
 * @throws ModelError as `preprocess`
 */
export function sampleRegion(
  pixels: Pixels,
  region: Region,
  preprocessing: Preprocessing,
  outside: 'zero' | 'edge',
  input: ImageInput,
  into: TensorData,
): void {
  checkPixels(pixels);
  const elements = pictureElements(parsePreprocessing(preprocessing), input, into);
  const { data, width, height, channels: step } = elements.channels === 1 && pixels.channels !== 1 ? toGrey(pixels) : pixels;
  const channels = Array.from({ length: elements.channels }, (_, c): Channel => {
    const { color, ...place } = elements.place(c);
    const table = elements.tables[color];
    const linear = table instanceof Float32Array ? { zero: table[0], range: table[255] - table[0] } : undefined;
    return { from: step === 1 ? 0 : color, linear, table, ...place };
  });
  const start = regionPoint(region, 0.5 / elements.width, 0.5 / elements.height);
  const cos = Math.cos(region.rotation);
  const sin = Math.sin(region.rotation);
  const across = region.width / elements.width;
  const down = region.height / elements.height;
  const samples = { pixels: new Int32Array(4 * elements.width), shares: new Float64Array(2 * elements.width) };
  for (let row = 0; row < elements.height; row++) {
    for (let column = 0; column < elements.width; column++) {
      const x = start.x + cos * across * column - sin * down * row;
      const y = start.y + sin * across * column + cos * down * row;
      placeSample(samples, column, x, y, width, height, step, outside);
    }
    for (const channel of channels) sampleChannel(data, samples, channel, row * elements.width, into);
  }
}
