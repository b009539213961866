// Owns what tasks and MediaPipe's solutions find, in one form, and the comparison of both.
import * as assert from 'uvu/assert';
import { type Box, intersectionOverUnion } from '../../../src/tasks/boxes';

/** A face, hand or body. Positions are in pixels of the picture. */
export interface Subject {
  readonly box?: Box;
  /** x and y of each point in turn. */
  readonly points: readonly number[];
  /** z of each point, in the unit of x. */
  readonly depths?: readonly number[];
  /** x, y and z of each point in turn, in metres. */
  readonly world?: readonly number[];
  /** In [0, 1], such as confidences and visibilities. */
  readonly scores: readonly number[];
  /** Left or Right hand. */
  readonly side?: string;
}

/** What a solution gives to its listener, without pictures. */
export type SolutionResults = Readonly<Record<string, unknown>>;

export interface Tolerances {
  /**
   * Of points: root mean square of coordinates, relative to the larger side of the points' bounding box. None differs by four times as
   * much.
   */
  readonly position: number;
  /** Of depths, and of positions in space, relative to the same side, and to that of those positions. */
  readonly depth: number;
  readonly score: number;
}

const defaults: Tolerances = { position: 0.002, depth: 0.002, score: 0.01 };

const rootMeanSquare = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);

/** The larger side of the box around points of `dimensions` coordinates. */
function extent(points: readonly number[], dimensions: number): number {
  const side = (first: number) => {
    const values = points.filter((_, i) => i % dimensions === first);
    return Math.max(...values) - Math.min(...values);
  };
  return Math.max(side(0), side(1));
}

/** Checks that both found the same subjects, in the same order, with boxes whose intersection over union is at least 0.95. */
export function checkSubjects(
  ours: readonly Subject[],
  theirs: readonly Subject[],
  where: string,
  tolerances: Partial<Tolerances> = {},
): void {
  const { position, depth, score } = { ...defaults, ...tolerances };
  assert.is(ours.length, theirs.length, `${where}: number of subjects`);
  for (const [i, expected] of theirs.entries()) {
    const actual = ours[i];
    const size = extent(expected.points, 2);
    const check = (name: string, difference: number, allowed: number) =>
      assert.ok(difference <= allowed, `${where}, subject ${i}: ${name} differ by ${difference}, more than ${allowed}`);
    assert.is(actual.points.length, expected.points.length, `${where}, subject ${i}: points`);
    assert.is(actual.side, expected.side, `${where}, subject ${i}`);
    const checkAll = (name: string, found: readonly number[], wanted: readonly number[], unit: number, allowed: number) => {
      check(`${name}, root mean square,`, rootMeanSquare(found, wanted) / unit, allowed);
      check(`${name}, each,`, largestDifference(found, wanted) / unit, 4 * allowed);
    };
    checkAll('points', actual.points, expected.points, size, position);
    check('scores', largestDifference(expected.scores, actual.scores), score);
    if (expected.depths) checkAll('depths', actual.depths!, expected.depths, size, depth);
    if (expected.world) checkAll('positions in space', actual.world!, expected.world, extent(expected.world, 3), depth);
    if (expected.box) {
      const overlap = intersectionOverUnion(actual.box!, expected.box);
      assert.ok(overlap >= 0.95, `${where}, subject ${i}: boxes overlap by ${overlap}`);
    }
  }
}
