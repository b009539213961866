// Owns the regions around faces, hands and bodies: from boxes and points, grown to what landmark networks take.
//
// Formulas of MediaPipe's DetectionsToRectsCalculator, AlignmentPointsRectsCalculator and RectTransformationCalculator
// (`mediapipe/calculators/util`), in pixels of the picture instead of shares of its sides.
import type { Region } from '../pixels/region';
import type { Point } from '../tasks/anchors';
import type { Box } from '../tasks/boxes';

/** An angle in [-pi, pi) (NormalizeRadians). */
function normalizedRadians(angle: number): number {
  return angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
}

/** The rotation that turns the direction from one point to another to `target` degrees, counter-clockwise from the right. */
export function rotationTo(from: Point, to: Point, target: 0 | 90): number {
  return normalizedRadians((target * Math.PI) / 180 - Math.atan2(from.y - to.y, to.x - from.x));
}

export function boxRegion({ left, top, right, bottom }: Box, rotation: number): Region {
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top, rotation };
}

/** The upright box around points. */
export function boundingBox(points: readonly Point[]): Box {
  const box = {
    left: Number.POSITIVE_INFINITY,
    top: Number.POSITIVE_INFINITY,
    right: Number.NEGATIVE_INFINITY,
    bottom: Number.NEGATIVE_INFINITY,
  };
  for (const { x, y } of points) {
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}

interface Growth {
  /** Factor of the longer side. */
  readonly scale: number;
  /** Share of the height by which the centre moves downwards in the turned region; default 0. */
  readonly shiftY?: number;
}

/** A square on the longer side, moved, then scaled (`square_long`). */
export function grown({ x, y, width, height, rotation }: Region, { scale, shiftY = 0 }: Growth): Region {
  const side = Math.max(width, height) * scale;
  const shift = height * shiftY;
  return { x: x - shift * Math.sin(rotation), y: y + shift * Math.cos(rotation), width: side, height: side, rotation };
}

/**
 * The smallest region of this rotation that holds all points
 * (`mediapipe/modules/hand_landmark/calculators/hand_landmarks_to_rect_calculator.cc`).
 */
export function turnedRegion(points: readonly Point[], rotation: number): Region {
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const box = boundingBox(points.map(({ x, y }) => ({ x: cos * x + sin * y, y: cos * y - sin * x })));
  const { x, y, ...sides } = boxRegion(box, rotation);
  return { x: cos * x - sin * y, y: sin * x + cos * y, ...sides };
}

/** A square around `centre` whose upper side's middle is `edge` (AlignmentPointsRectsCalculator with a target of 90 degrees). */
export function alignedRegion(centre: Point, edge: Point): Region {
  const side = 2 * Math.hypot(edge.x - centre.x, edge.y - centre.y);
  return { x: centre.x, y: centre.y, width: side, height: side, rotation: rotationTo(centre, edge, 90) };
}
