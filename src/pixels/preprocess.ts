// Owns the conversion of decoded pixels to the elements of an input tensor: crop, resize, normalize, quantize.
import type { TensorData } from '../graph/graph';
import { PixelBinary, type PixelEngine } from './binary';
import { fit } from './crop';
import { type ImageInput, pictureElements } from './elements';
import { checkPixels, type Pixels } from './pixels';
import { type Preprocessing, parsePreprocessing } from './preprocessing';
import { PixelScript } from './script';
import { writePicture } from './write';

let shared: PixelEngine | undefined;

/** The binary, or where it cannot be compiled the script; its memory holds nothing between two calls. */
export function pixelEngine(): PixelEngine {
  if (!shared) {
    try {
      shared = new PixelBinary();
    } catch {
      shared = new PixelScript();
    }
  }
  return shared;
}

/**
 * Writes one picture into an input tensor: crop, resize (bilinear and antialiased, bit-exact with Pillow), normalize, quantize. By a SIMD
 * binary, or with the same elements by script where the engine has no SIMD or may not compile bytes.
 *
 * Grey pictures fill all three channels of a colour input; colour pictures are made grey (ITU-R 601) before resizing for an input of one channel.
 * @param into elements of one picture, height * width * channels of the input's type: `model.inputs[0].data`, or a `subarray` of it in a batch.
 * @throws ModelError `bad-argument`, `bad-shape`, `bad-dtype`, `bad-quantization`, with `into` unchanged
 */
export function preprocess(pixels: Pixels, preprocessing: Preprocessing, input: ImageInput, into: TensorData): void {
  preprocessBy(pixelEngine, pixels, preprocessing, input, into);
}

/** preprocess by an engine, which is not made before all arguments are checked. */
export function preprocessBy(
  engine: () => PixelEngine,
  pixels: Pixels,
  preprocessing: Preprocessing,
  input: ImageInput,
  into: TensorData,
): void {
  const settings = parsePreprocessing(preprocessing);
  checkPixels(pixels);
  const elements = pictureElements(settings, input, into);
  const place = fit(pixels, settings, elements.width, elements.height);
  const { resize } = settings;
  const ground = resize && resize !== 'stretch' && 'letterbox' in resize ? resize.letterbox : undefined;
  writePicture(engine(), { pixels, place, elements, ground }, into);
}
