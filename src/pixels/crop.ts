// Owns the geometry of preprocessing: which part of a picture is used, and the size that it is resized to.
import { ModelError } from '../errors';
import type { Pixels } from './pixels';
import type { Preprocessing } from './preprocessing';
import type { Span } from './resample';

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

/**
 * The columns and rows of the picture that are resampled to a target of `width` x `height` pixels, and to which size.
 * The longer side after `shortSide` is floor(shortSide * long / short), as in torchvision's Resize.
 */
export function fit(pixels: Pixels, settings: Preprocessing, width: number, height: number): { columns: Span; rows: Span } {
  const x = centralFraction(pixels.width, settings.crop ?? 1);
  const y = centralFraction(pixels.height, settings.crop ?? 1);
  let [fullWidth, fullHeight] = [width, height];
  if (settings.resize && settings.resize !== 'stretch') {
    const { shortSide } = settings.resize;
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
  };
}
