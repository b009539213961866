// Owns drawing by a pen: skeletons distorted like handwriting, splines through their points, and the coverage of pixels by strokes and contours.

import type { Random } from '../random';
import type { Point, Stroke } from './glyphs';

/** A square of ink, the share of every pixel that is covered, 0 to 1; rows from top to bottom. */
export interface Ink {
  /** Rows and columns. */
  readonly size: number;
  readonly shares: Float32Array;
}

export function blankInk(size: number): Ink {
  return { size, shares: new Float32Array(size * size) };
}

/** How much a hand varies; ranges are [low, high) of uniform draws, angles are given as the tangent of their half. */
export interface Hand {
  /** Pixels per unit of a skeleton, which is about 100 units high. */
  readonly height: readonly [number, number];
  /** Width over height. */
  readonly aspect: readonly [number, number];
  /** Shift of x per y. */
  readonly slant: number;
  readonly turn: number;
  /** Shift in pixels. */
  readonly shift: number;
  /** Standard deviation of elastic displacements in pixels. */
  readonly pull: number;
}

/** A point of a stroke in pixels, and the pen's radius there. */
export interface Touch {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** A place in pixels; pixel centres have whole coordinates. */
type Place = (point: Point) => { x: number; y: number };

/** Nodes per side of the grid of elastic distortion. */
const netNodes = 4;
/** Straight pieces per span of a curve. */
const spanPieces = 6;

/** Moves every point by normal noise in the skeleton's units; both points of a corner move alike. */
export function tremble(stroke: Stroke, random: Random, deviation: number): Point[] {
  const moved: Point[] = [];
  for (const [i, [x, y]] of stroke.entries()) {
    const corner = i > 0 && x === stroke[i - 1][0] && y === stroke[i - 1][1];
    moved.push(corner ? moved[i - 1] : [x + random.normal(deviation), y + random.normal(deviation)]);
  }
  return moved;
}

/** Points along the uniform Catmull-Rom spline through `points`, whose ends count twice. */
export function curve(points: readonly Point[]): Point[] {
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

/** Cosine and sine from the tangent of half the angle, since Math.cos may differ between engines. */
export function rotation(tangent: number): { cos: number; sin: number } {
  return { cos: (1 - tangent * tangent) / (1 + tangent * tangent), sin: (2 * tangent) / (1 + tangent * tangent) };
}

/** Maps the skeleton's units to pixels of a square of `size`: size, slant and rotation, then elastic distortion, then a shift. */
export function placement(random: Random, size: number, hand: Hand): Place {
  const height = random.uniform(...hand.height);
  const width = height * random.uniform(...hand.aspect);
  const slant = random.uniform(-hand.slant, hand.slant);
  const { cos, sin } = rotation(random.uniform(-hand.turn, hand.turn));
  const [shiftX, shiftY] = [random.uniform(-hand.shift, hand.shift), random.uniform(-hand.shift, hand.shift)];
  const pull = elasticNet(random, hand.pull);
  return ([px, py]) => {
    const y = (py - 50) * height;
    const x = (px - 50) * width - y * slant;
    const [dx, dy] = pull(px / 100, py / 100);
    const centre = (size - 1) / 2;
    return { x: centre + cos * x - sin * y + dx + shiftX, y: centre + sin * x + cos * y + dy + shiftY };
  };
}

/** A smooth field of displacements in pixels: normal at the nodes of a grid over the unit square, smoothstep between them. */
function elasticNet(random: Random, deviation: number): (u: number, v: number) => Point {
  const nodes = Array.from({ length: netNodes * netNodes }, (): Point => [random.normal(deviation), random.normal(deviation)]);
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

/** Strokes by a pen of `radius` pixels, whose pressure rises or falls along each stroke. */
export function drawStrokes(ink: Ink, strokes: readonly Stroke[], radius: number, place: Place, random: Random): void {
  for (const stroke of strokes) {
    const pressure = random.uniform(-0.25, 0.25);
    const line = curve(tremble(stroke, random, 2.5));
    const touches = line.map((point, i) => ({ ...place(point), radius: radius * (1 + pressure * ((2 * i) / line.length - 1)) }));
    for (let i = 1; i < touches.length; i++) drawLine(ink, touches[i - 1], touches[i]);
  }
}

/** Draws a line with round ends; a pixel's ink is its coverage by the pen, from the distance of its centre. */
export function drawLine({ size, shares }: Ink, from: Touch, to: Touch): void {
  const reach = Math.max(from.radius, to.radius) + 1;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy || 1;
  const clip = (value: number) => Math.min(Math.max(value, 0), size - 1);
  const left = clip(Math.floor(Math.min(from.x, to.x) - reach));
  const right = clip(Math.ceil(Math.max(from.x, to.x) + reach));
  const bottom = clip(Math.ceil(Math.max(from.y, to.y) + reach));
  for (let y = clip(Math.floor(Math.min(from.y, to.y) - reach)); y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const t = Math.min(Math.max(((x - from.x) * dx + (y - from.y) * dy) / squared, 0), 1);
      const [ex, ey] = [x - from.x - t * dx, y - from.y - t * dy];
      const radius = from.radius + t * (to.radius - from.radius);
      const share = Math.min(Math.max(radius + 0.5 - Math.sqrt(ex * ex + ey * ey), 0), 1);
      if (share > shares[y * size + x]) shares[y * size + x] = share;
    }
  }
}

/** Points per side of a pixel at which the inside of contours is looked up. */
const subpixels = 3;

/** Fills closed contours by the even-odd rule: a point is inside where a ray from it crosses them an odd number of times. */
export function fillContours({ size, shares }: Ink, contours: readonly (readonly { x: number; y: number }[])[]): void {
  for (let row = 0; row < size * subpixels; row++) {
    const y = (row + 0.5) / subpixels - 0.5;
    const crossings: number[] = [];
    for (const contour of contours) {
      for (const [i, a] of contour.entries()) {
        const b = contour[(i + 1) % contour.length];
        if (a.y <= y !== b.y <= y) crossings.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
      }
    }
    if (crossings.length === 0) continue;
    for (let column = 0; column < size * subpixels; column++) {
      const x = (column + 0.5) / subpixels - 0.5;
      if (crossings.filter((crossing) => crossing > x).length % 2 === 0) continue;
      shares[Math.floor(row / subpixels) * size + Math.floor(column / subpixels)] += 1 / subpixels ** 2;
    }
  }
}
