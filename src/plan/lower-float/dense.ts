// Owns the choice between images and dense elements for operators of the float binary that can work on either.
import type { Value } from '../../graph/graph';
import { denseImage } from '../fields';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import type { Image } from '../step';

/** Whether at most half of a pixel's lanes in an image would be channels. */
export function isNarrow({ shape }: Value): boolean {
  const channels = shape.at(-1) ?? 1;
  return 2 * channels <= paddedChannels(channels);
}

/** Whether an image of a value would be a copy of its dense elements. */
export function isDenseAlready(lowering: Lowering, value: Value): boolean {
  return !lowering.existingImage(value) && (value.shape.at(-1) ?? 1) % 8 !== 0;
}

/** A value as an image that exists, or else its dense elements as one: for kernels that read no further than a pixel's channels. */
export function anyImage(lowering: Lowering, value: Value): Image {
  return lowering.existingImage(value) ?? denseImage(value, 4, lowering.dense(value));
}
