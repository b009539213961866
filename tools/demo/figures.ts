// Owns coloured pictures of letters, shapes and textures rendered from a seed, with clutter, uneven light and noise.

import { Random } from '../random';
import { letters, shapeNames, shapes } from './figure-glyphs';
import { blankInk, curve, drawLine, drawStrokes, fillContours, type Hand, type Ink, placement, rotation, tremble } from './pen';
import { textures } from './textures';

/** Rows and columns of a picture. */
export const figureSize = 32;

/** Seeds of disjoint sets, for training, calibration and evaluation. */
export const figureSeeds = { training: 1, calibration: 2, heldOut: 3 } as const;

/** What the labels stand for: A to Z, the shapes, the textures. */
export const figureNames: readonly string[] = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ', ...shapeNames, ...Object.keys(textures)];

export interface Figure {
  /** Index among `figureNames`. */
  readonly label: number;
  /** Red, green and blue of every pixel, `figureSize` rows from top to bottom. */
  readonly pixels: Uint8Array;
}

const letterHand: Hand = { height: [0.18, 0.27], aspect: [0.7, 1.1], slant: 0.3, turn: 0.12, shift: 2.5, pull: 0.9 };
const shapeHand: Hand = { height: [0.16, 0.26], aspect: [0.8, 1.2], slant: 0.25, turn: 0.3, shift: 3.5, pull: 0.9 };
const textureValues = Object.values(textures);

type Color = readonly [number, number, number];

/**
 * Figure `index` of the set `seed`, with label index % 42.
 * The same on every engine: no function that standards leave to the implementation is used.
 */
export function renderFigure(seed: number, index: number): Figure {
  const random = Random.stream(seed + 1000, index);
  const label = index % figureNames.length;
  const ground = randomColor(random);
  const picture = slope(ground, random);
  for (let lines = random.index(3); lines > 0; lines--) paint(picture, clutter(random), randomColor(random), random.uniform(0.2, 0.7));
  paint(picture, figureInk(label, random), contrastingColor(ground, random), random.uniform(0.75, 1));
  for (let lines = random.index(2); lines > 0; lines--) paint(picture, clutter(random), randomColor(random), random.uniform(0.3, 0.8));
  return { label, pixels: expose(picture, random) };
}

function figureInk(label: number, random: Random): Ink {
  const ink = blankInk(figureSize);
  if (label < letters.length) {
    const place = placement(random, figureSize, letterHand);
    drawStrokes(ink, letters[label], random.uniform(0.9, 2), place, random);
  } else if (label < letters.length + shapes.length) {
    const place = placement(random, figureSize, shapeHand);
    const contours = shapes[label - letters.length].map((contour) => curve(tremble(contour, random, 1.5)).map(place));
    fillContours(ink, contours);
  } else drawTexture(ink, label - letters.length - shapes.length, random);
  return ink;
}

/** A texture over the whole picture, turned by any angle, with two to six periods. */
function drawTexture({ size, shares }: Ink, kind: number, random: Random): void {
  const texture = textureValues[kind];
  const period = random.uniform(5, 13);
  const { cos, sin } = rotation(random.uniform(-1, 1));
  const [startX, startY] = [random.uniform(0.2, 0.8) * size, random.uniform(0.2, 0.8) * size];
  const stretch = random.uniform(0.8, 1.25);
  const duty = random.uniform(0.3, 0.65);
  const bend = random.normal(0.006);
  const cells = Random.stream(random.bits());
  const noise = Array.from({ length: 256 }, () => cells.uniform(0, 1));
  const cell = (column: number, row: number) => noise[((row & 15) << 4) | (column & 15)];
  // Two by two samples a pixel.
  for (let at = 0; at < 4 * size * size; at++) {
    const [px, py] = [(at % (2 * size)) / 2, Math.floor(at / (2 * size)) / 2];
    const [dx, dy] = [px - startX, py - startY];
    const u = cos * dx + sin * dy;
    const v = cos * dy - sin * dx;
    shares[Math.floor(py) * size + Math.floor(px)] += texture((u + bend * v * v) / period, (v * stretch) / period, duty, cell) / 4;
  }
}

/** A line or a curve from anywhere to anywhere, thinner than most pens. */
function clutter(random: Random): Ink {
  const ink = blankInk(figureSize);
  const anywhere = () => random.uniform(-4, figureSize + 4);
  const radius = random.uniform(0.2, 1.1);
  const points = Array.from({ length: 3 }, () => [anywhere(), anywhere()] as const);
  const touches = curve(random.index(2) ? points : points.slice(1)).map(([x, y]) => ({ x, y, radius }));
  for (let i = 1; i < touches.length; i++) drawLine(ink, touches[i - 1], touches[i]);
  return ink;
}

function randomColor(random: Random): Color {
  return [random.uniform(0, 255), random.uniform(0, 255), random.uniform(0, 255)];
}

/** A colour away from `other` by at least 80 in the root of the mean square of its three parts. */
function contrastingColor(other: Color, random: Random): Color {
  for (;;) {
    const color = randomColor(random);
    if (color.reduce((sum, value, c) => sum + (value - other[c]) * (value - other[c]), 0) > 3 * 80 ** 2) return color;
  }
}

/** A ground that changes evenly towards a colour near it, in any direction. */
function slope(color: Color, random: Random): Float32Array {
  const change = [0, 1, 2].map(() => random.normal(25));
  const [alongX, alongY] = [random.uniform(-1, 1), random.uniform(-1, 1)];
  const picture = new Float32Array(3 * figureSize ** 2);
  const along = (at: number) => (2 * at) / (figureSize - 1) - 1;
  for (let pixel = 0; pixel < figureSize ** 2; pixel++) {
    const share = alongX * along(pixel % figureSize) + alongY * along(Math.floor(pixel / figureSize));
    for (let c = 0; c < 3; c++) picture[3 * pixel + c] = color[c] + change[c] * share;
  }
  return picture;
}

/** Mixes `color` in where there is ink, by at most `opacity`. */
function paint(picture: Float32Array, { shares }: Ink, color: Color, opacity: number): void {
  for (let pixel = 0; pixel < shares.length; pixel++) {
    const share = opacity * Math.min(shares[pixel], 1);
    if (share === 0) continue;
    for (let at = 3 * pixel, c = 0; c < 3; c++, at++) picture[at] += share * (color[c] - picture[at]);
  }
}

/** Normal noise, and bytes. */
function expose(picture: Float32Array, random: Random): Uint8Array {
  const grain = random.uniform(3, 16);
  const pixels = new Uint8Array(picture.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(Math.max(Math.floor(picture[i] + random.normal(grain) + 0.5), 0), 255);
  return pixels;
}
