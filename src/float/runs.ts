// Owns the walk over an image's elements: runs that lie behind each other in memory as well as in a dense tensor.
import type { Layout } from '../plan/layout';

/** Calls `visit` for every run in row-major order: rows when pixels have no padding lanes, else pixels. Counts in float32 elements. */
export function forEachRun(layout: Layout, visit: (first: number, count: number) => void): void {
  const { images, rows, columns, channels, pixelElements } = layout;
  const wholeRows = pixelElements === channels;
  const runs = wholeRows ? 1 : columns;
  const count = wholeRows ? columns * channels : channels;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      const first = (layout.origin + image * layout.imageBytes + row * layout.rowBytes) / 4;
      for (let run = 0; run < runs; run++) visit(first + run * pixelElements, count);
    }
  }
}
