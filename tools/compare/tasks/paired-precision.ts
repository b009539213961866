// Owns the average precision of both networks on labelled pictures: what of each picture is kept, and the figures with their intervals.
import type { PairedEstimate } from '../figures';
import { type Match, type MeanPrecision, PrecisionTable } from './average-precision';
import { percentileInterval, replicates, resampleWeights } from './bootstrap';

/** A labelled picture: class, score, matched and ignored bits of each box or person in turn; class and number of objects in turn. */
export interface PictureState {
  readonly index: number;
  readonly float: readonly number[];
  readonly quantized: readonly number[];
  readonly objects: readonly number[];
}

/** Additions that the intervals of average precision may take. */
const maxWork = 4e8;

const flat = (matches: readonly Match[]): number[] =>
  matches.flatMap(({ index, score, matched, ignored }) => [index, score, matched, ignored]);

function* inGroups(numbers: readonly number[], size: number): Generator<readonly number[]> {
  for (let i = 0; i < numbers.length; i += size) yield numbers.slice(i, i + size);
}

/** `index`: the sample's position in the dataset; `objects`: numbers of objects by class. */
export function pictureState(
  index: number,
  float: readonly Match[],
  quantized: readonly Match[],
  objects: ReadonlyMap<number, number>,
): PictureState {
  return { index, float: flat(float), quantized: flat(quantized), objects: [...objects].flat() };
}

export interface PairedPrecision {
  /** Objects that must be found. */
  readonly objects: number;
  /** At a threshold of 0.5, and the mean over 0.5 to 0.95. */
  readonly ap50: PairedEstimate;
  readonly ap: PairedEstimate;
}

/** Pictures may come in any order. */
export function pairedPrecision(given: readonly PictureState[]): PairedPrecision {
  const pictures = [...given].sort((a, b) => a.index - b.index);
  const objects = pictures.map((picture) => new Map([...inGroups(picture.objects, 2)].map(([index, count]) => [index, count])));
  const [float, quantized] = (['float', 'quantized'] as const).map((side) => {
    const matches = pictures.map((picture) =>
      [...inGroups(picture[side], 4)].map(([index, score, matched, ignored]) => ({ index, score, matched, ignored })),
    );
    return new PrecisionTable(matches.map((found, i) => ({ matches: found, objects: objects[i] })));
  });
  const work = 10 * (float.boxes + quantized.boxes) + 1;
  const resamples = Math.min(replicates, Math.max(50, Math.floor(maxWork / work)));
  const weights = pictures.map(({ index }) => resampleWeights(index, resamples));
  const whole = [float.evaluate(), quantized.evaluate()];
  const drawn = Array.from({ length: resamples }, (_, r) => {
    const weight = Uint8Array.from(weights, (ofPicture) => ofPicture[r]);
    return [float.evaluate(weight), quantized.evaluate(weight)];
  });
  const figure = (of: (precision: MeanPrecision) => number): PairedEstimate => ({
    float: of(whole[0]),
    quantized: of(whole[1]),
    drop: of(whole[0]) - of(whole[1]),
    interval: pictures.length < 2 ? undefined : percentileInterval(drawn.map(([a, b]) => of(a) - of(b))),
  });
  return {
    objects: objects.reduce((sum, counts) => sum + [...counts.values()].reduce((a, b) => a + b, 0), 0),
    ap50: figure(({ at50 }) => at50),
    ap: figure(({ mean }) => mean),
  };
}
