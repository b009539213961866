// Owns sampling of fields of scores and offsets between their positions, in float32 as in libcoral, `coral/pose_estimation/posenet_decoder.cc`.

const { fround } = Math;

/** Real numbers [height, width, depth]: (data - zeroPoint) * factor, rounded to float32. */
export interface Field {
  readonly data: Float32Array | Uint8Array;
  readonly zeroPoint: number;
  readonly factor: number;
  readonly height: number;
  readonly width: number;
  readonly depth: number;
}

/** In rows and columns of the fields. */
export interface Point {
  readonly y: number;
  readonly x: number;
}

export function valueAt({ data, zeroPoint, factor }: Field, index: number): number {
  return fround((data[index] - zeroPoint) * factor);
}

/** `value` in [0, size - 1]. */
export function clampTo(value: number, size: number): number {
  return value < 0 ? 0 : Math.min(value, size - 1);
}

/** `channel` at a point, between the four nearest positions (SampleTensorAtSingleChannel). */
export function sample(field: Field, { y, x }: Point, channel: number): number {
  const { height, width, depth } = field;
  const [clampedY, clampedX] = [clampTo(y, height), clampTo(x, width)];
  const [top, left] = [Math.floor(clampedY), Math.floor(clampedX)];
  const upper = top * width;
  const under = Math.ceil(clampedY) * width;
  const right = Math.ceil(clampedX);
  const lower = fround(y - top);
  const side = fround(x - left);
  const first = blend(field, (upper + left) * depth + channel, (upper + right) * depth + channel, side);
  const second = blend(field, (under + left) * depth + channel, (under + right) * depth + channel, side);
  return fround(fround(fround(1 - lower) * first) + fround(lower * second));
}

function blend(field: Field, near: number, far: number, weight: number): number {
  return fround(fround(fround(1 - weight) * valueAt(field, near)) + fround(weight * valueAt(field, far)));
}

/** `point` moved by the offsets in two channels, y and x, and clamped to the field. */
export function displaced(field: Field, point: Point, channelY: number, channelX: number): Point {
  const y = fround(point.y + sample(field, point, channelY));
  const x = fround(point.x + sample(field, point, channelX));
  return { y: clampTo(y, field.height), x: clampTo(x, field.width) };
}

/** In float32. */
export function squaredDistance(y: number, x: number, otherY: number, otherX: number): number {
  const [dy, dx] = [fround(otherY - y), fround(otherX - x)];
  return fround(fround(dy * dy) + fround(dx * dx));
}
