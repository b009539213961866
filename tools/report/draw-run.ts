// Owns the picture of one run: boxes, masks, key points, landmarks and classes drawn on the input.
import type { Pixels } from 'zeropoint/image';
import { className, type Detection } from 'zeropoint/tasks';
import { Canvas, type Color } from '../images/canvas';
import { encodePng } from '../images/png';
import type { RunResult } from '../model/results';
import { formatSignificant } from './numbers';

/** The class of every pixel of the picture. */
export interface DrawnMask {
  readonly categories: Uint8Array;
  readonly width: number;
}

/** Opacity of the colours of a mask. */
const maskOpacity = 0.55;

/** Key points of lower scores are not drawn. */
const minKeypointScore = 0.2;

/** Joints of COCO's key points, by their names without the side. */
const joints: readonly (readonly [from: string, to: string])[] = [
  ['shoulder', 'elbow'],
  ['elbow', 'wrist'],
  ['shoulder', 'hip'],
  ['hip', 'knee'],
  ['knee', 'ankle'],
];
const bones: readonly (readonly [from: string, to: string])[] = [
  ['left_shoulder', 'right_shoulder'],
  ['left_hip', 'right_hip'],
  ...['left', 'right'].flatMap((side) => joints.map(([from, to]) => [`${side}_${from}`, `${side}_${to}`] as const)),
];

/** Hues a golden angle apart, so that neighbouring classes differ: HSL of saturation 0.85 and lightness 0.55. */
export function colorOf(index: number): Color {
  const hue = (index * 137.508 + 145) % 360;
  const channel = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (0.55 - 0.3825 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

const scored = (label: string, score: number): string =>
  `${label} ${score >= 0 && score <= 1 ? score.toFixed(2) : formatSignificant(score, 3)}`;

function drawMask(canvas: Canvas, { categories, width }: DrawnMask): void {
  categories.forEach((category, pixel) => {
    if (category > 0) canvas.blend(pixel % width, Math.floor(pixel / width), colorOf(category), maskOpacity);
  });
}

/** Names of the classes with their shares, from the top left corner down, in the mask's colours. */
function drawShares(canvas: Canvas, segments: NonNullable<RunResult['segments']>): void {
  segments
    .filter(({ index, share }) => index > 0 && share >= 0.0005)
    .slice(0, 8)
    .forEach(({ label, index, share }, i) => {
      canvas.label(0, i * canvas.lineHeight, `${label} ${(100 * share).toFixed(1)} %`, colorOf(index));
    });
}

/** The best last, so that nothing covers it. */
function drawDetections(canvas: Canvas, detections: readonly Detection[]): void {
  for (const { box, class: index, label, score } of [...detections].reverse()) {
    const [left, right] = [box.left, box.right].map((x) => x * canvas.width);
    const [top, bottom] = [box.top, box.bottom].map((y) => y * canvas.height);
    canvas.frame({ left, top, right, bottom }, colorOf(index));
    const above = top - canvas.lineHeight;
    canvas.label(left, above >= 0 ? above : top, scored(label ?? className(index), score), colorOf(index));
  }
}

function drawPoses(canvas: Canvas, poses: NonNullable<RunResult['poses']>): void {
  for (const [i, { keypoints }] of poses.entries()) {
    const color = colorOf(i);
    const seen = new Map(keypoints.filter(({ score }) => score >= minKeypointScore).map((point) => [point.name, point]));
    for (const [from, to] of bones) {
      const [a, b] = [seen.get(from), seen.get(to)];
      if (a && b) canvas.line(a.x, a.y, b.x, b.y, color);
    }
    for (const { x, y } of seen.values()) {
      canvas.disc(x, y, 2 * canvas.stroke, [255, 255, 255]);
      canvas.disc(x, y, 1.2 * canvas.stroke, color);
    }
  }
}

function drawLandmarks(canvas: Canvas, landmarks: NonNullable<RunResult['landmarks']>): void {
  const radius = landmarks.length > 100 ? 0.6 * canvas.stroke : 1.5 * canvas.stroke;
  for (const { x, y } of landmarks) canvas.disc(x, y, radius, colorOf(0));
}

/** Best first, from the top left corner down, without scores that would be written as 0.00. */
function drawClasses(canvas: Canvas, { outputs }: RunResult): void {
  const classes = outputs.find((output) => output.classes)?.classes ?? [];
  const shown = classes.filter(({ score }, i) => i === 0 || !(score >= 0 && score < 0.005));
  shown.forEach(({ class: index, label, score }, i) => {
    canvas.label(0, i * canvas.lineHeight, scored(label ?? className(index), score), i === 0 ? colorOf(0) : [40, 44, 52]);
  });
}

/** The bytes of a PNG file in the picture's size. `mask`: of segmentations; `side`: see Canvas. */
export function drawRun(pixels: Pixels, result: RunResult, mask: DrawnMask | undefined, side?: number): Promise<Uint8Array> {
  const canvas = new Canvas(pixels, side);
  if (mask) drawMask(canvas, mask);
  if (result.segments) drawShares(canvas, result.segments);
  if (result.detections) drawDetections(canvas, result.detections);
  if (result.poses) drawPoses(canvas, result.poses);
  if (result.landmarks) drawLandmarks(canvas, result.landmarks);
  drawClasses(canvas, result);
  return encodePng(canvas.pixels);
}
