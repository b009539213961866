// Owns the conversion of decoded pixels to the elements of an input tensor: crop, resize, normalize, quantize.
import type { TensorData } from '../graph/graph';
import { pixelBinary } from './binary';
import { fit } from './crop';
import { type ImageInput, pictureElements } from './elements';
import { checkPixels, type Pixels, toGrey } from './pixels';
import { type Preprocessing, parsePreprocessing } from './preprocessing';
import { resample } from './resample';
import { type PictureJob, writePicture } from './write';

/** As writePicture, without the binary, with the same elements. */
function writeResampled({ pixels, place, elements, ground }: PictureJob, into: TensorData): void {
  const { height, width, channels, tables } = elements;
  const { columns, rows, left, top } = place;
  const source = channels === 1 && pixels.channels !== 1 ? toGrey(pixels) : pixels;
  const resized = resample(source, columns, rows);
  const sourceStep = source.channels === 1 ? 1 : 3;
  for (let c = 0; c < channels; c++) {
    const { color, first, step } = elements.place(c);
    const table = tables[color];
    if (ground !== undefined) for (let i = 0; i < height * width; i++) into[first + i * step] = table[ground];
    let from = sourceStep === 1 ? 0 : color;
    for (let y = 0; y < rows.count; y++) {
      let to = first + ((top + y) * width + left) * step;
      for (let x = 0; x < columns.count; x++, from += sourceStep, to += step) into[to] = table[resized[from]];
    }
  }
}

/** preprocess by a binary, or by script alone where there is none. */
export function preprocessBy(
  binary: ReturnType<typeof pixelBinary>,
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
  const job = { pixels, place, elements, ground };
  if (binary) writePicture(binary, job, into);
  else writeResampled(job, into);
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
  preprocessBy(pixelBinary(), pixels, preprocessing, input, into);
}
