// Owns the fields that descriptors take from layouts and windows.
import type { Value } from '../graph/graph';
import type { WindowAxis } from '../graph/window';
import { imageShape, type Layout, makeLayout } from './layout';
import { type Address, at } from './region';
import type { Image } from './step';

type StrideFields<Side extends string> = { readonly [K in `${Side}ImageBytes` | `${Side}RowBytes` | `${Side}PixelBytes`]: number };

/** The three strides of a layout under the names of one side of a descriptor. */
export function strides<Side extends string>(side: Side, { imageBytes, rowBytes, pixelBytes }: Layout): StrideFields<Side> {
  const fields = { [`${side}ImageBytes`]: imageBytes, [`${side}RowBytes`]: rowBytes, [`${side}PixelBytes`]: pixelBytes };
  return fields as StrideFields<Side>;
}

export function imageFields({ images, rows, columns }: Layout): { images: number; rows: number; columns: number } {
  return { images, rows, columns };
}

/** The fields of an operator that reads `source` and writes `target`, pixel by pixel of the target. */
export function pixelFields(source: Image, target: Image) {
  return {
    input: origin(source),
    output: origin(target),
    ...imageFields(target.layout),
    ...strides('input', source.layout),
    ...strides('output', target.layout),
  };
}

/** Vectors of 16 bytes in a padded pixel: 8 channels of int16, 4 of float32. */
export function blocks({ pixelBytes }: Layout): number {
  return pixelBytes / 16;
}

/** Dense elements as an image without border and padding lanes. */
export function denseImage({ shape }: Value, elementBytes: number, { region }: Address): Image {
  return { region, layout: makeLayout(imageShape(shape), elementBytes, undefined, true) };
}

/** Where pixel (0, 0, 0) lies. */
export function origin({ region, layout }: Image): Address {
  return at(region, layout.origin);
}

/** Where the first tap of the first output pixel lies. */
export function firstTap({ region, layout }: Image, rows: WindowAxis, columns: WindowAxis): Address {
  return at(region, layout.origin - rows.before * layout.rowBytes - columns.before * layout.pixelBytes);
}
