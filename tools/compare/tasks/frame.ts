// Owns where a sample's picture lies in the network's input, so that results are in shares of the picture.
import { fit, type Preprocessing, pictureX, pictureY } from 'zeropoint/image';
import type { Box } from 'zeropoint/tasks';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Shares of the picture from pixels of the input: x = (input x) * scaleX + offsetX, and likewise y. */
export interface Frame extends Size {
  readonly scaleX: number;
  readonly offsetX: number;
  readonly scaleY: number;
  readonly offsetY: number;
}

/**
 * The frame of a picture of this size, in pixels, that `preprocessing` put into an input; without a picture, as of arrays, the input is the
 * picture.
 */
export function frameOf(picture: Size | undefined, input: Size, preprocessing: Preprocessing = {}): Frame {
  if (!picture) return { ...input, scaleX: 1 / input.width, offsetX: 0, scaleY: 1 / input.height, offsetY: 0 };
  const { width, height } = picture;
  const place = fit(picture, preprocessing, input.width, input.height);
  const [left, top] = [pictureX(place, 0), pictureY(place, 0)];
  return {
    width,
    height,
    scaleX: (pictureX(place, 1) - left) / width,
    offsetX: left / width,
    scaleY: (pictureY(place, 1) - top) / height,
    offsetY: top / height,
  };
}

const inside = (share: number): number => Math.min(1, Math.max(0, share));

/** A box in pixels of the input as shares of the picture, kept inside of it, as ObjectDetector gives boxes. */
export function boxInPicture({ scaleX, offsetX, scaleY, offsetY }: Frame, { left, top, right, bottom }: Box): Box {
  return {
    left: inside(left * scaleX + offsetX),
    top: inside(top * scaleY + offsetY),
    right: inside(right * scaleX + offsetX),
    bottom: inside(bottom * scaleY + offsetY),
  };
}
