// Owns pictures of handwritten digits rendered from a seed: skeletons, distortion, pen strokes and noise.

import { Random } from '../random';
import { glyphs, type Point, type Stroke } from './glyphs';

/** Rows and columns of a picture. */
export const digitSize = 28;

/** Seeds of disjoint sets, for training, calibration and evaluation. */
export const digitSeeds = { training: 1, calibration: 2, heldOut: 3 } as const;

/** One written digit. */
export interface Digit {
  /** 0 to 9 */
  readonly label: number;
  /** Grey, `digitSize` rows from top to bottom, light ink on dark paper. */
  readonly pixels: Uint8Array;
}

/** Nodes per side of the grid of elastic distortion. */
const netNodes = 4;
/** Straight pieces per span of a curve. */
const spanPieces = 6;

/** A point of a stroke in pixels, and the pen's radius there. */
interface Touch {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/**
 * Digit `index` of the set `seed`, with label index % 10.
 * The same on every engine: no function that standards leave to the implementation is used.
 */
export function renderDigit(seed: number, index: number): Digit {
  const random = Random.stream(seed, index);
  const label = index % 10;
  const manners = glyphs[label];
  const strokes = manners[random.index(manners.length)];
  const place = placement(random);
  const pen = random.uniform(0.8, 1.7);
  const ink = new Float32Array(digitSize * digitSize);
  for (const stroke of strokes) {
    const pressure = random.uniform(-0.25, 0.25);
    const line = curve(tremble(stroke, random));
    const touches = line.map((point, i) => ({ ...place(point), radius: pen * (1 + pressure * ((2 * i) / line.length - 1)) }));
    for (let i = 1; i < touches.length; i++) drawLine(ink, touches[i - 1], touches[i]);
  }
  return { label, pixels: expose(ink, random) };
}

/** Moves every point by normal noise; both points of a corner move alike. */
function tremble(stroke: Stroke, random: Random): Point[] {
  const moved: Point[] = [];
  for (const [i, [x, y]] of stroke.entries()) {
    const corner = i > 0 && x === stroke[i - 1][0] && y === stroke[i - 1][1];
    moved.push(corner ? moved[i - 1] : [x + random.normal(2.5), y + random.normal(2.5)]);
  }
  return moved;
}

/** Points along the uniform Catmull-Rom spline through `points`, whose ends count twice. */
function curve(points: readonly Point[]): Point[] {
  const line: Point[] = [points[0]];
  for (let span = 1; span < points.length; span++) {
    const [a, b, c, d] = [span - 2, span - 1, span, span + 1].map((i) => points[Math.min(Math.max(i, 0), points.length - 1)]);
    for (let piece = 1; piece <= spanPieces; piece++) {
      const t = piece / spanPieces;
      const along = (axis: 0 | 1) =>
        b[axis] +
        0.5 *
          t *
          (c[axis] - a[axis] + t * (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis] + t * (3 * (b[axis] - c[axis]) + d[axis] - a[axis])));
      line.push([along(0), along(1)]);
    }
  }
  return line;
}

/** Maps the skeleton's units to pixels: size, slant and rotation, then elastic distortion, then a shift. */
function placement(random: Random): (point: Point) => { x: number; y: number } {
  const height = random.uniform(0.17, 0.225);
  const width = height * random.uniform(0.7, 1.1);
  const slant = random.uniform(-0.3, 0.3);
  // cos and sin of an angle up to 0.2 from the tangent of its half, since Math.cos may differ between engines.
  const tangent = random.uniform(-0.1, 0.1);
  const cos = (1 - tangent * tangent) / (1 + tangent * tangent);
  const sin = (2 * tangent) / (1 + tangent * tangent);
  const [shiftX, shiftY] = [random.uniform(-2, 2), random.uniform(-2, 2)];
  const pull = elasticNet(random);
  return ([px, py]) => {
    const y = (py - 50) * height;
    const x = (px - 50) * width - y * slant;
    const [dx, dy] = pull(px / 100, py / 100);
    const centre = (digitSize - 1) / 2;
    return { x: centre + cos * x - sin * y + dx + shiftX, y: centre + sin * x + cos * y + dy + shiftY };
  };
}

/** A smooth field of displacements in pixels: normal at the nodes of a grid over the unit square, smoothstep between them. */
function elasticNet(random: Random): (u: number, v: number) => Point {
  const nodes = Array.from({ length: netNodes * netNodes }, (): Point => [random.normal(0.9), random.normal(0.9)]);
  const locate = (t: number) => {
    const at = Math.min(Math.max(t, 0), 1) * (netNodes - 1);
    const cell = Math.min(Math.floor(at), netNodes - 2);
    const s = at - cell;
    return { cell, weight: s * s * (3 - 2 * s) };
  };
  return (u, v) => {
    const column = locate(u);
    const row = locate(v);
    const node = (i: number, j: number) => nodes[(row.cell + i) * netNodes + column.cell + j];
    const blend = (axis: 0 | 1) => {
      const top = node(0, 0)[axis] * (1 - column.weight) + node(0, 1)[axis] * column.weight;
      const bottom = node(1, 0)[axis] * (1 - column.weight) + node(1, 1)[axis] * column.weight;
      return top * (1 - row.weight) + bottom * row.weight;
    };
    return [blend(0), blend(1)];
  };
}

/** Draws a line with round ends; a pixel's ink is its coverage by the pen, from the distance of its centre. */
function drawLine(ink: Float32Array, from: Touch, to: Touch): void {
  const reach = Math.max(from.radius, to.radius) + 1;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy || 1;
  const clip = (value: number) => Math.min(Math.max(value, 0), digitSize - 1);
  const left = clip(Math.floor(Math.min(from.x, to.x) - reach));
  const right = clip(Math.ceil(Math.max(from.x, to.x) + reach));
  const bottom = clip(Math.ceil(Math.max(from.y, to.y) + reach));
  for (let y = clip(Math.floor(Math.min(from.y, to.y) - reach)); y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const t = Math.min(Math.max(((x - from.x) * dx + (y - from.y) * dy) / squared, 0), 1);
      const [ex, ey] = [x - from.x - t * dx, y - from.y - t * dy];
      const radius = from.radius + t * (to.radius - from.radius);
      const share = Math.min(Math.max(radius + 0.5 - Math.sqrt(ex * ex + ey * ey), 0), 1);
      if (share > ink[y * digitSize + x]) ink[y * digitSize + x] = share;
    }
  }
}

/** Ink to pixels: brightness of paper and ink, and normal noise. */
function expose(ink: Float32Array, random: Random): Uint8Array {
  const paper = random.uniform(0, 40);
  const light = random.uniform(150, 255);
  const grain = random.uniform(4, 22);
  return Uint8Array.from(ink, (share) => {
    const value = paper + share * (light - paper) + random.normal(grain);
    return Math.min(Math.max(Math.floor(value + 0.5), 0), 255);
  });
}
