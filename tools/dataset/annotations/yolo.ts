// Owns labels in the format of YOLO: a text file per picture, a line per object (https://docs.ultralytics.com/datasets/detect).
import { ModelError } from 'zeropoint';
import { readBytes } from '../../files';
import { quote } from '../../quote';
import type { LabelledObject } from './annotations';

/** Numbers of a line with a box: class, centre x and y, width, height. */
const boxNumbers = 5;
/** Polygons have three corners at least. */
const minPolygon = 7;

/** Shares may leave the picture by rounding. */
const tolerance = 0.01;

function boxOf(numbers: readonly number[]): LabelledObject['box'] {
  if (numbers.length === boxNumbers) {
    const [, x, y, width, height] = numbers;
    return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
  }
  const corners = numbers.slice(1);
  const [xs, ys] = [0, 1].map((axis) => corners.filter((_, i) => i % 2 === axis));
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/**
 * Lines of a class and the box's centre, width and height, or of a class and a polygon's corners, of which the box around it is taken; all
 * in shares of the picture. Files without lines are pictures without objects.
 * @throws ModelError `bad-data` with the line that is wrong
 */
export async function readYolo(path: string): Promise<LabelledObject[]> {
  const lines = new TextDecoder().decode(await readBytes(path)).split('\n');
  return lines.flatMap((source, i) => {
    const line = source.trim();
    if (line === '') return [];
    const refuse = (message: string): ModelError => new ModelError('bad-data', `line ${i + 1}: ${message}`, { where: path });
    const numbers = line.split(/\s+/).map(Number);
    const isPolygon = numbers.length >= minPolygon && numbers.length % 2 === 1;
    if (numbers.length !== boxNumbers && !isPolygon) throw refuse(`'${quote(line, 60)}' is no class, x, y, width, height, and no polygon`);
    const [category, ...shares] = numbers;
    if (!Number.isSafeInteger(category) || category < 0)
      throw refuse(`the class is '${quote(line.split(/\s+/)[0], 20)}', not a number from 0`);
    const wrong = shares.findIndex((share) => !(share >= -tolerance && share <= 1 + tolerance));
    if (wrong >= 0)
      throw refuse(`number ${wrong + 2} is '${quote(line.split(/\s+/)[wrong + 1], 20)}'; positions are shares of the picture, 0 to 1`);
    return [{ category, box: boxOf(numbers) }];
  });
}
