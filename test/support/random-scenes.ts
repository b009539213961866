// Owns random pictures of objects and boxes that find some of them, for tests of average precision.
import type { ScoredBox } from '../../src/tasks/boxes';
import type { TrueBox } from '../../tools/compare/tasks/average-precision';
import { distinctScores, Random } from './random';

export interface Scene {
  readonly objects: readonly TrueBox[];
  readonly boxes: readonly ScoredBox[];
}

/** Scenes of 100x100 pixels with up to 6 objects of 4 classes, some of them crowds; boxes near them, and others. Scores are distinct. */
export function randomScenes(seed: number, count: number): Scene[] {
  const random = new Random(seed);
  const score = distinctScores(random);
  const box = () => {
    const [left, top] = [random.integer(0, 70), random.integer(0, 70)];
    return { left, top, right: left + random.integer(8, 30), bottom: top + random.integer(8, 30) };
  };
  const near = ({ left, top, right, bottom }: ScoredBox['box']) => {
    const shift = () => random.integer(-4, 4);
    return { left: left + shift(), top: top + shift(), right: right + shift(), bottom: bottom + shift() };
  };
  return Array.from({ length: count }, () => {
    const objects = Array.from({ length: random.integer(0, 6) }, () => ({
      index: random.integer(0, 3),
      box: box(),
      ...(random.integer(0, 7) === 0 ? { crowd: true } : {}),
    }));
    const found = objects.flatMap((object) =>
      Array.from({ length: random.integer(0, 2) }, () => ({
        index: random.integer(0, 9) === 0 ? random.integer(0, 3) : object.index,
        box: near(object.box),
        score: score(),
      })),
    );
    const others = Array.from({ length: random.integer(0, 2) }, () => ({ index: random.integer(0, 3), box: box(), score: score() }));
    return { objects, boxes: [...found, ...others] };
  });
}
