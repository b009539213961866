// Owns the landmarks that MediaPipe's networks find in the picture of a hand, face or body: points in pixels of the picture.
import { dequantize, type Model } from 'zeropoint';
import { type Pixels, type Preprocessing, preprocess } from 'zeropoint/image';
import type { Landmark } from 'zeropoint/vision';

/**
 * Numbers of a point by the numbers of an output: hands 21 x 3, face meshes 468 x 3 and with irises 478 x 3, bodies 39 x 5, of which the
 * last two are visibility and presence (MediaPipe's hand_landmark, face_landmark and pose_landmark, TensorsToLandmarksCalculator).
 */
const valuesPerPoint: ReadonlyMap<number, number> = new Map([
  [63, 3],
  [1404, 3],
  [1434, 3],
  [195, 5],
]);

/** In proportion on black, pixel / 255: ImageToTensorCalculator with keep_aspect_ratio and the range 0 to 1, as all of these are fed. */
export const landmarkPreprocessing: Preprocessing = { resize: { letterbox: 0 }, mean: 0, std: 255 };

/** Index of the output with landmarks; undefined for networks that have none, or nothing besides, as classifiers. */
export function landmarkOutput({ inputs, outputs }: Model): number | undefined {
  const [height, width, channels] = inputs[0].shape.slice(-3);
  if (inputs.length !== 1 || outputs.length < 2 || channels !== 3 || !(height > 1 && width > 1)) return undefined;
  const index = outputs.findIndex(({ data }) => valuesPerPoint.has(data.length));
  return index < 0 ? undefined : index;
}

/** Runs the network on a picture and gives the points of output `index`, in pixels of the picture; z is a depth in the scale of x. */
export function findLandmarks(model: Model, index: number, pixels: Pixels): Landmark[] {
  const [input] = model.inputs;
  preprocess(pixels, landmarkPreprocessing, input, input.data);
  model.run();
  const [height, width] = input.shape.slice(-3);
  // As preprocessing places the picture: sizes are rounded, and the smaller half of what is left over comes first.
  const ratio = Math.min(width / pixels.width, height / pixels.height);
  const [columns, rows] = [Math.round(pixels.width * ratio), Math.round(pixels.height * ratio)];
  const [left, top] = [Math.floor((width - columns) / 2), Math.floor((height - rows) / 2)];
  const values = dequantize(model.outputs[index]);
  const step = valuesPerPoint.get(values.length)!;
  return Array.from({ length: values.length / step }, (_, i) => {
    const [x, y, z] = values.subarray(i * step, i * step + 3);
    return { x: ((x - left) * pixels.width) / columns, y: ((y - top) * pixels.height) / rows, z: (z * pixels.width) / columns };
  });
}
