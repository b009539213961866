// Owns the geometry of preprocessing: which part of a picture is used, and the size that it is resized to.
import { ModelError } from '../errors';
import type { Pixels } from './pixels';
import type { Preprocessing } from './preprocessing';

/**
 * One axis of tf.image.central_crop: start = floor((side - side * fraction) / 2), and as much is left out at the end.
 * 100 pixels at 0.875 keep 6..93, 88 pixels.
 */
function centralFraction(side: number, fraction: number): { first: number; count: number } {
  const first = Math.floor((side - side * fraction) / 2);
  return { first, count: side - 2 * first };
}

/** (full - part) / 2 with ties to even, as Python's round() in torchvision's center_crop: 1 -> 0, 3 -> 2, 5 -> 2. */
function centreOffset(full: number, part: number): number {
  const twice = full - part;
  const half = Math.floor(twice / 2);
  return twice % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/** One axis: `source` pixels from `sourceFirst` on are resized to `resized` pixels, of which `count` from `first` on are computed. */
export interface Span {
  readonly source: number;
  readonly sourceFirst: number;
  readonly resized: number;
  readonly first: number;
  readonly count: number;
}

/** Where a picture lies in an input: part of the picture, resampled, and the rectangle of the input that it fills. */
export interface Fit {
  readonly columns: Span;
  readonly rows: Span;
  /** Of the rectangle in the input, whose size is columns.count x rows.count. */
  readonly left: number;
  readonly top: number;
}

/**
 * Proportions kept, the longer side fills the input: as Ultralytics' LetterBox, sizes rounded to the nearest pixel, and what is left over
 * split evenly, the smaller half first (`ultralytics/data/augment.py`, round(d - 0.1)).
 */
function letterbox(x: { first: number; count: number }, y: { first: number; count: number }, width: number, height: number): Fit {
  const ratio = Math.min(width / x.count, height / y.count);
  const [countX, countY] = [x, y].map(({ count }, axis) => Math.max(1, Math.min(axis === 0 ? width : height, Math.round(count * ratio))));
  return {
    columns: { source: x.count, sourceFirst: x.first, resized: countX, first: 0, count: countX },
    rows: { source: y.count, sourceFirst: y.first, resized: countY, first: 0, count: countY },
    left: Math.floor((width - countX) / 2),
    top: Math.floor((height - countY) / 2),
  };
}

/**
 * The columns and rows of the picture that are resampled to a target of `width` x `height` pixels, and to which size.
 * The longer side after `shortSide` is floor(shortSide * long / short), as in torchvision's Resize.
 */
export function fit(pixels: Pick<Pixels, 'width' | 'height'>, settings: Preprocessing, width: number, height: number): Fit {
  const x = centralFraction(pixels.width, settings.crop ?? 1);
  const y = centralFraction(pixels.height, settings.crop ?? 1);
  const { resize = 'stretch' } = settings;
  if (resize !== 'stretch' && 'letterbox' in resize) return letterbox(x, y, width, height);
  let [fullWidth, fullHeight] = [width, height];
  if (resize !== 'stretch') {
    const { shortSide } = resize;
    const short = Math.min(x.count, y.count);
    fullWidth = Math.floor((shortSide * x.count) / short);
    fullHeight = Math.floor((shortSide * y.count) / short);
    if (fullWidth < width || fullHeight < height) {
      const fault = `resized to ${fullWidth}x${fullHeight} the picture does not cover the input of ${width}x${height}`;
      throw new ModelError('bad-argument', `${fault}; raise shortSide to ${Math.max(width, height)} or more`);
    }
  }
  return {
    columns: { source: x.count, sourceFirst: x.first, resized: fullWidth, first: centreOffset(fullWidth, width), count: width },
    rows: { source: y.count, sourceFirst: y.first, resized: fullHeight, first: centreOffset(fullHeight, height), count: height },
    left: 0,
    top: 0,
  };
}

/** A position of the input, in pixels from its top left corner, as a position of the picture that `fit` placed in it. */
export function pictureX({ columns, left }: Fit, x: number): number {
  return columns.sourceFirst + ((x - left + columns.first) * columns.source) / columns.resized;
}

/** As pictureX, downwards. */
export function pictureY({ rows, top }: Fit, y: number): number {
  return rows.sourceFirst + ((y - top + rows.first) * rows.source) / rows.resized;
}
