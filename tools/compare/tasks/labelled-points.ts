// Owns where labelled key points lie in pixels of the picture: those of people, and those of the one object that a network of landmarks sees.
import type { LabelledObject, Size } from '../../dataset/annotations/annotations';
import { areaOfBox, hasKeypoints, type LabelledPerson } from './keypoint-similarity';

/** An object with key points; without a labelled area it is that share of the box which people have. */
function personOf({ box, keypoints, area, crowd, ignore }: LabelledObject, { width, height }: Size): LabelledPerson {
  const [left, right] = [box.left * width, box.right * width];
  const [top, bottom] = [box.top * height, box.bottom * height];
  return {
    keypoints: Array.from({ length: keypoints!.length / 3 }, (_, i) => {
      const [x, y, visibility] = keypoints!.slice(3 * i, 3 * i + 3);
      return { x: x * width, y: y * height, isLabelled: visibility > 0 };
    }),
    box: { left, top, right, bottom },
    area: area === undefined ? areaOfBox * (right - left) * (bottom - top) : area * width * height,
    crowd,
    ignore,
  };
}

/** The object of the largest area that has labelled points and is no group. */
function largest(people: readonly LabelledPerson[]): LabelledPerson | undefined {
  const candidates = people.filter((person) => !person.crowd && !person.ignore && hasKeypoints(person));
  return candidates.reduce<LabelledPerson | undefined>((best, person) => (best && best.area >= person.area ? best : person), undefined);
}

/** The labelled people of a picture of that size. For a network that finds one person all but the largest are ignored. */
export function labelledPeople(objects: readonly LabelledObject[], size: Size, isSingle: boolean): LabelledPerson[] {
  const people = objects.filter(({ keypoints }) => keypoints).map((object) => personOf(object, size));
  const best = isSingle ? largest(people) : undefined;
  return isSingle ? people.map((person) => (person === best ? person : { ...person, ignore: true })) : people;
}

/** The points of the picture's largest object, x and y in turn, NaN where one is not labelled; undefined where there is none. */
export function labelledPositions(objects: readonly LabelledObject[], size: Size): number[] | undefined {
  const object = largest(labelledPeople(objects, size, false));
  return object?.keypoints.flatMap(({ x, y, isLabelled }) => (isLabelled ? [x, y] : [Number.NaN, Number.NaN]));
}
