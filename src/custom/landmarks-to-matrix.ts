// Owns Landmarks2TransformMatrix: `mediapipe/util/tflite/operations/landmarks_to_transform_matrix.cc`; its options are read by
// `tflite/delegates/gpu/common/mediapipe/landmarks_to_transform_matrix.cc`.
import { type CustomOperator, type CustomOptions, elementCount, type Node } from '../graph/graph';
import { reject } from '../graph/reject';
import type { CustomSource } from '../tflite/read-operator';
import { type Matrix, product, rotation } from './matrix';
import { badOption, checkVersion, FlexOptions } from './options';

const { fround } = Math;

/** Landmarks are x, y, z each. */
const coordinates = 3;

/** Both ends of the line that is to be level, and the landmarks to be covered, by their numbers. */
interface Landmarks {
  readonly left: number;
  readonly right: number;
  readonly subset: readonly number[];
}

function landmarksOf({ where }: CustomSource, flex: FlexOptions, key: string): Landmarks {
  const subset = flex.ints(key);
  if (subset.length === 0 || subset.some((index) => index < 0)) badOption(where, `${key} must be a list of integers >= 0`);
  return { left: flex.int('left_rotation_idx', 0), right: flex.int('right_rotation_idx', 0), subset };
}

/** Corners of the box around points. */
interface Box {
  readonly maxX: number;
  readonly maxY: number;
  readonly minX: number;
  readonly minY: number;
}

function boxOf(points: readonly (readonly [x: number, y: number])[], start: Box): Box {
  let { maxX, maxY, minX, minY } = start;
  for (const [x, y] of points) {
    if (maxX < x) maxX = x;
    if (maxY < y) maxY = y;
    if (minX > x) minX = x;
    if (minY > y) minY = y;
  }
  return { maxX, maxY, minX, minY };
}

/** (x, y) turned by an angle whose cosine and sine are given, in float32. */
function turned({ cos, sin }: { cos: number; sin: number }, x: number, y: number): [number, number] {
  return [fround(fround(cos * x) - fround(sin * y)), fround(fround(sin * x) + fround(cos * y))];
}

function operator(landmarks: Landmarks, options: CustomOptions, rank: number, evaluate: (data: Float32Array) => Matrix): CustomOperator {
  const { left, right, subset } = landmarks;
  const last = subset.reduce((max, index) => Math.max(max, index), Math.max(left, right));
  return {
    name: 'Landmarks2TransformMatrix',
    options: { ...options, left, right, subset },
    operands: 'float32 > float32',
    shapes: (node: Node<'CUSTOM'>) => {
      const { shape } = node.inputs[0]!;
      const isRow = rank === 3 || shape.slice(0, 3).every((dimension) => dimension === 1);
      if (shape.length !== rank || !isRow) {
        reject('bad-shape', node, `its input [${shape}] must be ${rank === 3 ? 'of 3 dimensions' : '[1,1,1,elements]'}`);
      }
      if (last * coordinates + 2 >= elementCount(shape)) {
        reject('bad-shape', node, `landmark ${last} does not exist in its input [${shape}]`);
      }
      return [[1, 4, 4]];
    },
    work: () => subset.length + 16,
    evaluate: (_, [data], [output]) => output.set(evaluate(data as Float32Array) as never),
  };
}

/** Output: the matrix [1, 4, 4] from the pixels of a crop, turned so that the line from left to right is level, to those of the image. */
export function landmarksToMatrix(source: CustomSource): CustomOperator {
  checkVersion(source, 2);
  return source.version === 1 ? first(source) : second(source);
}

/** Version 1: [1, 1, 1, elements]. Relative coordinates run from -1 to 1, landmarks from 0 to `landmarks_range`. */
function first(source: CustomSource): CustomOperator {
  const flex = new FlexOptions(source);
  flex.int('dimensions', coordinates, coordinates);
  const range = flex.int('landmarks_range', 1);
  const multiplier = flex.float('bbox_size_multiplier');
  if (multiplier === 0) badOption(source.where, 'bbox_size_multiplier is 0');
  const [input, output] = ['input_hw', 'output_hw'].map((key) => {
    const [height = 0, width = 0] = flex.ints(key);
    if (height < 1 || width < 1) badOption(source.where, `${key} is ${height} x ${width}; both must be >= 1`);
    return [height, width] as const;
  });
  const landmarks = landmarksOf(source, flex, 'subset');
  const start = { maxX: -100000, maxY: -100000, minX: 100000, minY: 100000 };
  return operator(landmarks, { range, multiplier, input, output }, 4, (data) => {
    const at = (index: number) => [data[index * coordinates], data[index * coordinates + 1]] as const;
    const [left, right] = [at(landmarks.left), at(landmarks.right)];
    const angle = fround(-Math.atan(fround(fround(right[1] - left[1]) / fround(right[0] - left[0]))));
    const turn = rotation(angle);
    const { maxX, maxY, minX, minY } = boxOf(
      landmarks.subset.map((index) => turned(turn, ...at(index))),
      start,
    );
    const scale = (max: number, min: number) => fround(fround(fround(max - min) * multiplier) / range);
    const middle = (max: number, min: number) => fround(fround(max + min) / 2);
    const back = rotation(-angle);
    const center = turned(back, middle(maxX, minX), middle(maxY, minY)).map((value) => fround(fround(value / range) * 2 - 1));
    const toRelative = (size: number) => fround(2 / (size - 1));
    const toAbsolute = (size: number) => fround((size - 1) / 2);
    const factors: Matrix[] = [
      [toAbsolute(input[1]), 0, toAbsolute(input[1]), 0, toAbsolute(input[0]), toAbsolute(input[0]), 0, 0, 1],
      [back.cos, -back.sin, center[0], back.sin, back.cos, center[1], 0, 0, 1],
      [scale(maxX, minX), 0, 0, 0, scale(maxY, minY), 0, 0, 0, 1],
      [toRelative(output[1]), 0, -1, 0, toRelative(output[0]), -1, 0, 0, 1],
    ];
    const m = factors.reduce((a, b) => product(3, a, b));
    return [m[0], m[1], 0, m[2], m[3], m[4], 0, m[5], m[6], m[7], m[8], 0, 0, 0, 0, 1];
  });
}

/** Version 2: three dimensions; landmarks are in pixels of the image that is transformed. */
function second(source: CustomSource): CustomOperator {
  const flex = new FlexOptions(source);
  const target = flex.float('target_rotation_radians');
  const [height, width] = [flex.int('output_height', 1), flex.int('output_width', 1)];
  const [scaleX, scaleY] = [flex.float('scale_x', 0), flex.float('scale_y', 0)];
  const landmarks = landmarksOf(source, flex, 'subset_idxs');
  return operator(landmarks, { target, height, width, scaleX, scaleY }, 3, (data) => {
    const at = (index: number) => [data[index * coordinates], data[index * coordinates + 1]] as const;
    const [left, right] = [at(landmarks.left), at(landmarks.right)];
    const angle = fround(target - fround(Math.atan2(fround(right[1] - left[1]), fround(right[0] - left[0]))));
    const turn = rotation(angle);
    const points = landmarks.subset.map((index) => turned(turn, ...at(index)));
    const [x, y] = points[0];
    const { maxX, maxY, minX, minY } = boxOf(points, { maxX: x, maxY: y, minX: x, minY: y });
    const back = rotation(-angle);
    const [centerX, centerY] = turned(back, fround(fround(minX + maxX) / 2), fround(fround(minY + maxY) / 2));
    const scale = (factor: number, max: number, min: number, size: number) => fround(fround(factor * fround(max - min)) / size);
    const factors: Matrix[] = [
      [1, 0, 0, centerX, 0, 1, 0, centerY, 0, 0, 1, 0, 0, 0, 0, 1],
      [back.cos, -back.sin, 0, 0, back.sin, back.cos, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      [scale(scaleX, maxX, minX, width), 0, 0, 0, 0, scale(scaleY, maxY, minY, height), 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      [1, 0, 0, -width / 2, 0, 1, 0, -height / 2, 0, 0, 1, 0, 0, 0, 0, 1],
    ];
    return factors.reduce((a, b) => product(4, a, b));
  });
}
