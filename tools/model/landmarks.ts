// Owns the landmarks that MediaPipe's networks find in the picture of a hand, face or body: points in pixels of the input or the picture.
import { dequantize, type Model } from 'zeropoint';
import { fit, type Pixels, type Preprocessing, pictureX, pictureY, preprocess } from 'zeropoint/image';
import type { Landmark } from 'zeropoint/vision';

/**
 * Numbers of a point by the numbers of an output: hands 21 x 3, face meshes 468 x 3 and with irises 478 x 3, bodies 39 x 5, of which the
 * last two are visibility and presence, and 39 x 3 in metres (MediaPipe's hand_landmark, face_landmark and pose_landmark,
 * TensorsToLandmarksCalculator); lips, eyes and irises of meshes with attention have x and y.
 */
const valuesPerPoint: ReadonlyMap<number, number> = new Map([
  [63, 3],
  [1404, 3],
  [1434, 3],
  [195, 5],
]);
/** Of outputs beside such a one. */
const furtherValuesPerPoint: ReadonlyMap<number, number> = new Map([
  [117, 3],
  [160, 2],
  [142, 2],
  [10, 2],
]);

/** In proportion on black, pixel / 255: ImageToTensorCalculator with keep_aspect_ratio and the range 0 to 1, as all of these are fed. */
export const landmarkPreprocessing: Preprocessing = { resize: { letterbox: 0 }, mean: 0, std: 255 };

interface LandmarkNetwork {
  readonly inputs: readonly { readonly shape: readonly number[] }[];
  readonly outputs: readonly { readonly shape: readonly number[] }[];
}

const elements = ({ shape }: { readonly shape: readonly number[] }): number => shape.reduce((product, size) => product * size, 1);

/** Index of the output with landmarks; undefined for networks that have none, or nothing besides, as classifiers. */
export function landmarkOutput({ inputs, outputs }: LandmarkNetwork): number | undefined {
  const [height, width, channels] = inputs[0].shape.slice(-3);
  if (inputs.length !== 1 || outputs.length < 2 || channels !== 3 || !(height > 1 && width > 1)) return undefined;
  const index = outputs.findIndex((output) => valuesPerPoint.has(elements(output)));
  return index < 0 ? undefined : index;
}

/** Numbers of a point in an output of a network with landmarks; undefined where it has none. */
export function pointValues(network: LandmarkNetwork, index: number): number | undefined {
  if (landmarkOutput(network) === undefined) return undefined;
  const output = network.outputs[index];
  const isMap = output.shape.filter((size) => size > 1).length > 1;
  return isMap ? undefined : (valuesPerPoint.get(elements(output)) ?? furtherValuesPerPoint.get(elements(output)));
}

/** Runs the network on a picture and gives the points of output `index`, in pixels of the picture; z is a depth in the scale of x. */
export function findLandmarks(model: Model, index: number, pixels: Pixels): Landmark[] {
  const [input] = model.inputs;
  preprocess(pixels, landmarkPreprocessing, input, input.data);
  model.run();
  const [height, width] = input.shape.slice(-3);
  const place = fit(pixels, landmarkPreprocessing, width, height);
  const values = dequantize(model.outputs[index]);
  const step = pointValues(model, index)!;
  return Array.from({ length: values.length / step }, (_, i) => {
    const [x, y, z] = values.subarray(i * step, i * step + 3);
    return { x: pictureX(place, x), y: pictureY(place, y), z: (z * pixels.width) / place.columns.count };
  });
}
