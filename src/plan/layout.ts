// Owns the layout of activations in memory: NHWC with padded channels and a border of zeros.
//
//   region:  [images][border.top + rows + border.bottom][border.left + columns + border.right][pixelElements]
//   `origin` is the byte offset of pixel (0, 0, 0), after the border
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
  readonly elementBytes: number;
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

/** `elementBytes`: of the value's format. `compact`: pixels without padding lanes. */
export function makeLayout(shape: ImageShape, elementBytes: number, border: ExplicitPadding = noBorder, compact = false): Layout {
  const { images, rows, columns, channels } = shape;
  const pixelElements = compact ? channels : paddedChannels(channels);
  const pixelBytes = pixelElements * elementBytes;
  const rowBytes = pixelBytes * (border.left + columns + border.right);
  const imageBytes = rowBytes * (border.top + rows + border.bottom);
  const origin = border.top * rowBytes + border.left * pixelBytes;
  const bytes = imageBytes * images;
  return { images, rows, columns, channels, border, elementBytes, pixelElements, pixelBytes, rowBytes, imageBytes, origin, bytes };
}

export function hasBorder({ border }: Layout): boolean {
  return border.top + border.bottom + border.left + border.right > 0;
}

/** Whether pixels have no padding lanes. */
export function isCompact({ pixelElements, channels }: Layout): boolean {
  return pixelElements === channels;
}

/** Whether elements lie as in a dense tensor: no border, no padding lanes. */
export function isGapless(layout: Layout): boolean {
  return !hasBorder(layout) && isCompact(layout);
}

/** Whether a border is at least as wide as another on every side. */
export function containsBorder(a: ExplicitPadding, b: ExplicitPadding): boolean {
  return a.top >= b.top && a.bottom >= b.bottom && a.left >= b.left && a.right >= b.right;
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

/** The layout of an image under another shape of as many elements: it exists without border, for equal pixels or without padding lanes. */
export function reshapedLayout(layout: Layout, shape: ImageShape): Layout | undefined {
  if (sameImageShape(layout, shape)) return layout;
  if (hasBorder(layout)) return undefined;
  const isCompactAgain = isCompact(layout) && shape.channels % 8 === 0;
  if (layout.channels !== shape.channels && !isCompactAgain) return undefined;
  return makeLayout(shape, layout.elementBytes, undefined, isCompact(layout));
}

/** A part of an image: the bytes before it, and its own layout. */
interface LayoutPart {
  readonly offset: number;
  readonly layout: Layout;
}

/**
 * The elements of an image from `first` on, as many as `shape` has: whole images, or rows of an image, pixels of a row or channels of a
 * pixel. The border of rows is that at their ends, pixels and channels have none. Undefined for other elements, and where `shape` does not fit.
 */
export function partLayout(whole: Layout, first: number, shape: ImageShape): LayoutPart | undefined {
  const { border, rows, columns, channels, elementBytes, rowBytes, pixelBytes, imageBytes } = whole;
  const count = shape.images * shape.rows * shape.columns * shape.channels;
  const [rowElements, imageElements] = [columns * channels, rows * columns * channels];
  const [image, inImage] = [Math.floor(first / imageElements), first % imageElements];
  const row = image * imageBytes + (border.top + Math.floor(inImage / rowElements)) * rowBytes;
  const pixel = row + (border.left + Math.floor((inImage % rowElements) / channels)) * pixelBytes;
  const part = (offset: number, own: Partial<ImageShape>, around = noBorder): LayoutPart | undefined => {
    const layout = makeLayout({ ...{ images: 1, rows: 1, columns: 1, channels }, ...own }, elementBytes, around, isCompact(whole));
    const reshaped = reshapedLayout(layout, shape);
    return reshaped && { offset, layout: reshaped };
  };
  const holds = (elements: number) => first % elements === 0 && count % elements === 0;
  if (holds(imageElements)) return part(image * imageBytes, { images: count / imageElements, rows, columns }, border);
  if (inImage + count > imageElements) return undefined;
  if (holds(rowElements)) return part(row, { rows: count / rowElements, columns }, { ...noBorder, left: border.left, right: border.right });
  if ((first % rowElements) + count > rowElements) return undefined;
  if (holds(channels)) return part(pixel, { columns: count / channels });
  // A pixel's padding lanes would be the next channels.
  if ((first % channels) + count > channels || count % 8 !== 0) return undefined;
  return part(pixel + (first % channels) * elementBytes, { channels: count });
}

/**
 * Calls `visit` for every span of elements that are neighbours in the image and in a dense tensor, in row-major order: rows when pixels
 * have no padding lanes, else pixels. `begin` counts elements from the start of the region.
 */
export function forEachSpan(layout: Layout, visit: (begin: number, count: number) => void): void {
  const { images, rows, columns, channels, pixelElements, elementBytes, origin, imageBytes, rowBytes } = layout;
  const spans = isCompact(layout) ? 1 : columns;
  const count = isCompact(layout) ? columns * channels : channels;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      const begin = (origin + image * imageBytes + row * rowBytes) / elementBytes;
      for (let span = 0; span < spans; span++) visit(begin + span * pixelElements, count);
    }
  }
}
