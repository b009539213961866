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

/** One channel: its place in a pixel of the picture, its elements, and where they are written. */
interface Channel {
  readonly from: number;
  readonly table: Float32Array | Int16Array;
  readonly first: number;
  readonly step: number;
}

/** The element of a value between two pixels; those of 8-bit inputs are codes of whole pixels. */
function element(table: Channel['table'], value: number): number {
  return table instanceof Float32Array ? table[0] + (value * (table[255] - table[0])) / 255 : table[Math.round(value)];
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
    return { from: step === 1 ? 0 : color, table: elements.tables[color], ...place };
  });
  const start = regionPoint(region, 0.5 / elements.width, 0.5 / elements.height);
  const [cos, sin] = [Math.cos(region.rotation), Math.sin(region.rotation)];
  const [across, down] = [region.width / elements.width, region.height / elements.height];
  const [lastColumn, lastRow] = [width - 1, height - 1];
  for (let row = 0, pixel = 0; row < elements.height; row++) {
    for (let column = 0; column < elements.width; column++, pixel++) {
      const x = start.x + cos * across * column - sin * down * row;
      const y = start.y + sin * across * column + cos * down * row;
      if (outside === 'zero' && !(x >= 0 && x < width && y >= 0 && y < height)) {
        for (const { table, first, step } of channels) into[first + pixel * step] = table[0];
        continue;
      }
      const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
      const [shareX, shareY] = [x - 0.5 - left, y - 0.5 - top];
      const leftAt = Math.min(lastColumn, Math.max(0, left)) * step;
      const rightAt = Math.min(lastColumn, Math.max(0, left + 1)) * step;
      const aboveAt = Math.min(lastRow, Math.max(0, top)) * width * step;
      const belowAt = Math.min(lastRow, Math.max(0, top + 1)) * width * step;
      for (const { from, table, first, step } of channels) {
        const upper = data[aboveAt + leftAt + from] * (1 - shareX) + data[aboveAt + rightAt + from] * shareX;
        const lower = data[belowAt + leftAt + from] * (1 - shareX) + data[belowAt + rightAt + from] * shareX;
        into[first + pixel * step] = element(table, upper * (1 - shareY) + lower * shareY);
      }
    }
  }
}
