// Owns how an activation lies in memory: NHWC int16 or float32 with padded channels and a border of zeros.
//
//   region:  [images][border.top + rows + border.bottom][border.left + columns + border.right][pixelElements]
//   `origin` is the byte offset of pixel (0, 0, 0) behind the border
import { type ExplicitPadding, elementCount } from '../graph/graph';

/** A shape as images, rows, columns and channels: shorter shapes get leading ones, longer ones merge their leading dimensions. */
export interface ImageShape {
  readonly images: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
}

export interface Layout extends ImageShape {
  readonly border: ExplicitPadding;
  /** Elements from one pixel to the next: the channels rounded up to 8, or exactly the channels of a compact image. */
  readonly pixelElements: number;
  readonly pixelBytes: number;
  readonly rowBytes: number;
  readonly imageBytes: number;
  readonly origin: number;
  readonly bytes: number;
}

export const noBorder: ExplicitPadding = { top: 0, bottom: 0, left: 0, right: 0 };

export function imageShape(shape: readonly number[]): ImageShape {
  const padded = [1, 1, 1, 1, ...shape];
  const [rows, columns, channels] = padded.slice(-3);
  return { images: elementCount(padded.slice(0, -3)), rows, columns, channels };
}

/** Channels rounded up to a block of 8. */
export function paddedChannels(channels: number): number {
  return (channels + 7) & ~7;
}

/** `elementBytes`: 2 for centred int16, 4 for float32. */
export function makeLayout(shape: ImageShape, border: ExplicitPadding = noBorder, compact = false, elementBytes = 2): Layout {
  const pixelElements = compact ? shape.channels : paddedChannels(shape.channels);
  const pixelBytes = pixelElements * elementBytes;
  const rowBytes = pixelBytes * (border.left + shape.columns + border.right);
  const imageBytes = rowBytes * (border.top + shape.rows + border.bottom);
  return {
    ...shape,
    border,
    pixelElements,
    pixelBytes,
    rowBytes,
    imageBytes,
    origin: border.top * rowBytes + border.left * pixelBytes,
    bytes: imageBytes * shape.images,
  };
}

export function hasBorder({ border }: Layout): boolean {
  return border.top + border.bottom + border.left + border.right > 0;
}

/** The smallest border that contains both. */
export function unionBorder(a: ExplicitPadding, b: ExplicitPadding): ExplicitPadding {
  return {
    top: Math.max(a.top, b.top),
    bottom: Math.max(a.bottom, b.bottom),
    left: Math.max(a.left, b.left),
    right: Math.max(a.right, b.right),
  };
}

export function sameImageShape(a: ImageShape, b: ImageShape): boolean {
  return a.images === b.images && a.rows === b.rows && a.columns === b.columns && a.channels === b.channels;
}
