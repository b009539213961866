// Owns random pictures of labelled people and of poses that find some of them, for tests of COCO's keypoint figures.
import type { LabelledPerson, Person } from '../../tools/compare/tasks/keypoint-similarity';
import { distinctScores, Random } from './random';

export interface PeopleScene {
  readonly labelled: readonly LabelledPerson[];
  readonly found: readonly Person[];
}

const points = 17;

/**
 * Pictures of up to 5 people of 40 to 120 pixels, some of them crowds, some without labelled keypoints; poses near them, and others. Positions are
 * whole pixels, scores are distinct.
 */
export function randomPeople(seed: number, count: number): PeopleScene[] {
  const random = new Random(seed);
  const score = distinctScores(random);
  const body = (hidden: number): LabelledPerson => {
    const [left, top, width, height] = [random.integer(0, 300), random.integer(0, 300), random.integer(20, 60), random.integer(40, 120)];
    const keypoints = Array.from({ length: points }, () => ({
      x: left + random.integer(0, width),
      y: top + random.integer(0, height),
      isLabelled: random.integer(1, 9) > hidden,
    }));
    return { keypoints, box: { left, top, right: left + width, bottom: top + height }, area: random.integer(1, width * height) };
  };
  const pose = ({ keypoints }: LabelledPerson, shift: number): Person => ({
    score: score(),
    keypoints: keypoints.map(({ x, y }) => ({ x: x + random.integer(-shift, shift), y: y + random.integer(-shift, shift), score: 0.5 })),
  });
  return Array.from({ length: count }, () => {
    const labelled = Array.from({ length: random.integer(0, 5) }, () => {
      const person = body(random.integer(0, 4) === 0 ? 9 : 3);
      return random.integer(0, 7) === 0 ? { ...person, crowd: true } : person;
    });
    const near = labelled.flatMap((person) => Array.from({ length: random.integer(0, 2) }, () => pose(person, random.integer(1, 9))));
    const others = Array.from({ length: random.integer(0, 2) }, () => pose(body(0), 5));
    return { labelled, found: [...near, ...others] };
  });
}
