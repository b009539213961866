// Owns pictures of handwritten digits rendered from a seed: skeletons, distortion, pen strokes and noise.

import { Random } from '../random';
import { glyphs } from './glyphs';
import { blankInk, drawStrokes, type Hand, placement } from './pen';

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

const hand: Hand = { height: [0.17, 0.225], aspect: [0.7, 1.1], slant: 0.3, turn: 0.1, shift: 2, pull: 0.9 };

/**
 * Digit `index` of the set `seed`, with label index % 10.
 * The same on every engine: no function that standards leave to the implementation is used.
 */
export function renderDigit(seed: number, index: number): Digit {
  const random = Random.stream(seed, index);
  const label = index % 10;
  const manners = glyphs[label];
  const strokes = manners[random.index(manners.length)];
  const place = placement(random, digitSize, hand);
  const pen = random.uniform(0.8, 1.7);
  const ink = blankInk(digitSize);
  drawStrokes(ink, strokes, pen, place, random);
  return { label, pixels: expose(ink.shares, random) };
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
