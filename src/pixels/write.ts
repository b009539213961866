// Owns the writing of a resized picture into an input tensor by the kernels of pixels: one pass over the rows of the source that it needs.
import type { TensorData } from '../graph/graph';
import type { PixelEngine } from './binary';
import type { Fit, Span } from './crop';
import type { PictureElements } from './elements';
import type { Pixels } from './pixels';

/** A picture, where it goes, and what becomes of its pixels. */
export interface PictureJob {
  readonly pixels: Pixels;
  readonly place: Fit;
  readonly elements: PictureElements;
  /** Pixel value of what the picture leaves free; undefined where it leaves nothing. */
  readonly ground: number | undefined;
}

/** Bytes of source rows that are copied at once: they stay in a second-level cache until they are resized. */
const stripBytes = 1 << 17;
/** Rows of the result that are computed at once, at most. */
const bandRows = 32;
/** Kernels read and write whole vectors. */
const vectorBytes = 16;
const pixelValues = 256;

/** Addresses of parts of a memory, one after the other. */
class Layout {
  /** 0 is no address. */
  bytes = vectorBytes;

  /** The address of `bytes` bytes, behind which a kernel may read and write a vector more. */
  add(bytes: number): number {
    const at = this.bytes;
    this.bytes = Math.ceil((at + bytes) / vectorBytes + 1) * vectorBytes;
    return at;
  }
}

/** The filter of one axis in memory, as makeFilter writes it. */
class AxisFilter {
  /**
   * Vectors of four taps per output. A triangle of half width s = max(source / resized, 1) has floor(2 s) + 1 taps: at most ceil(2 s), and one
   * more where 2 s is whole and the centre's rounding counts.
   */
  readonly groups: number;
  readonly spans: number;
  readonly weights: number;

  constructor(
    readonly span: Span,
    layout: Layout,
  ) {
    this.groups = Math.ceil((Math.floor(2 * Math.max(span.source / span.resized, 1)) + 1) / 4);
    this.spans = layout.add(8 * span.count);
    this.weights = layout.add(vectorBytes * this.groups * span.count);
  }

  /** @param step bytes from one pixel to the next, for spans in bytes, or 1 */
  write({ kernels }: PixelEngine, step: number): void {
    const { source, resized, first, count } = this.span;
    kernels.makeFilter(source, resized, first, count, step, this.groups, this.spans, this.weights);
  }
}

/** Rows of the result, in order, from rows of the source, in order. */
class RowResizer {
  private readonly columns: AxisFilter;
  private readonly rows: AxisFilter;
  /** Of the result: 1 or 3. */
  readonly channels: number;
  private readonly isMadeGrey: boolean;
  /** Of a row of the source, and of a line: a row resized to the columns of the result. */
  private readonly rowBytes: number;
  readonly lineBytes: number;
  private readonly stripRows: number;
  private readonly strip: number;
  private readonly grey: number;
  private readonly lines: number;
  /** Rows of the source that the lines in memory are of. */
  private first = 0;
  private end = 0;

  constructor(
    private readonly engine: PixelEngine,
    private readonly pixels: Pixels,
    place: Fit,
    isGrey: boolean,
    layout: Layout,
  ) {
    this.channels = isGrey || pixels.channels === 1 ? 1 : 3;
    this.isMadeGrey = isGrey && pixels.channels !== 1;
    this.columns = new AxisFilter(place.columns, layout);
    this.rows = new AxisFilter(place.rows, layout);
    this.rowBytes = pixels.width * pixels.channels;
    this.lineBytes = place.columns.count * this.channels;
    this.stripRows = Math.max(1, Math.floor(stripBytes / this.rowBytes));
    const slack = vectorBytes * this.columns.groups;
    this.strip = layout.add(this.stripRows * this.rowBytes + slack);
    this.grey = layout.add(this.isMadeGrey ? this.stripRows * pixels.width + slack : 0);
    // Lines that a row still needs, those of a strip, and those that have no weight.
    this.lines = layout.add((8 * this.rows.groups + this.stripRows) * this.lineBytes);
  }

  /** Writes the filters. */
  begin(memory: Uint8Array): Int32Array {
    this.columns.write(this.engine, this.isMadeGrey ? 1 : this.pixels.channels);
    this.rows.write(this.engine, 1);
    const spans = new Int32Array(memory.buffer, this.rows.spans, 2 * this.rows.span.count);
    this.first = this.end = spans[0];
    return spans;
  }

  /** Resizes the next strip of the source to the columns of the result, up to row `last`; lines before row `needed` are given up. */
  private addStrip(memory: Uint8Array, needed: number, last: number): void {
    const { pixels, lines, lineBytes, isMadeGrey } = this;
    const { span, spans, weights, groups } = this.columns;
    const { kernels } = this.engine;
    memory.copyWithin(lines, lines + (needed - this.first) * lineBytes, lines + (this.end - this.first) * lineBytes);
    this.first = needed;
    const count = Math.min(this.stripRows, last - this.end);
    const from = (this.rows.span.sourceFirst + this.end) * this.rowBytes + span.sourceFirst * pixels.channels;
    const stripPixels = (count - 1) * pixels.width + span.source;
    memory.set(pixels.data.subarray(from, from + stripPixels * pixels.channels), this.strip);
    if (isMadeGrey) kernels.greyPixels(pixels.channels, this.strip, stripPixels, this.grey);
    const step = isMadeGrey ? 1 : pixels.channels;
    const source = isMadeGrey ? this.grey : this.strip;
    const to = lines + (this.end - this.first) * lineBytes;
    kernels.resizeColumns(step, source, pixels.width * step, count, spans, weights, groups, span.count, to, lineBytes);
    this.end += count;
  }

  /**
   * Calls `take` with the rows of the result, `count` from row `y` on, as often as it takes: they lie at `output`, which has room for
   * bandRows.
   */
  forEachBand(memory: Uint8Array, output: number, take: (y: number, count: number) => void): void {
    const spans = this.begin(memory);
    const total = this.rows.span.count;
    const { weights, groups } = this.rows;
    const last = spans[2 * total - 1];
    for (let y = 0; y < total; ) {
      let count = 0;
      while (count < bandRows && y + count < total && spans[2 * (y + count) + 1] <= this.end) count++;
      if (count === 0) {
        this.addStrip(memory, spans[2 * y], last);
        continue;
      }
      const from = this.lines;
      const weightsOfRow = weights + y * groups * vectorBytes;
      this.engine.kernels.resizeRows(from, this.first, this.lineBytes, this.rows.spans + 8 * y, weightsOfRow, groups, count, output);
      take(y, count);
      y += count;
    }
  }
}

/** Tables of all colours, one after the other, as the bytes of the input's elements. */
function tableBytes(tables: PictureElements['tables'], elementBytes: number): Uint8Array {
  const all = new Uint8Array(tables.length * pixelValues * elementBytes);
  for (let c = 0; c < tables.length; c++) {
    const table = tables[c];
    const from = elementBytes === 1 ? table : new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    all.set(from, c * pixelValues * elementBytes);
  }
  return all;
}

/** Writes the picture into `into`, as large as the input. */
export function writePicture(engine: PixelEngine, { pixels, place, elements, ground }: PictureJob, into: TensorData): void {
  const { width, height, channels, planar } = elements;
  const { left, top, columns } = place;
  const elementBytes = into.BYTES_PER_ELEMENT;
  const layout = new Layout();
  const tables = tableBytes(elements.tables, elementBytes);
  const tableAt = layout.add(tables.length);
  const resizer = new RowResizer(engine, pixels, place, channels === 1, layout);
  const band = layout.add(bandRows * width * 3);
  // Rows of elements: of all channels, or one of each channel after the other.
  const elementsAt = layout.add(bandRows * width * channels * elementBytes);
  const memory = new Uint8Array(engine.reserve(layout.bytes));
  memory.set(tables, tableAt);

  const map = elementBytes === 1 ? engine.kernels.mapBytes : engine.kernels.mapWords;
  const stepBytes = (planar ? 1 : channels) * elementBytes;
  const rowBytes = width * stepBytes;
  const planes = planar ? channels : 1;
  /** Elements of `count` pixels at `source`, which go to the row of elements from a pixel on. */
  const mapPixels = (source: number, sourceStep: number, count: number, pixel: number) => {
    for (let c = 0; c < channels; c++) {
      const color = elements.colorOf(c);
      const to = elementsAt + (planar ? c * bandRows * rowBytes : c * elementBytes) + pixel * stepBytes;
      map(source + (sourceStep === 1 ? 0 : color), sourceStep, count, tableAt + color * pixelValues * elementBytes, to, stepBytes);
    }
  };
  const output = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const setRows = (y: number, count: number) => {
    for (let plane = 0; plane < planes; plane++) {
      const from = elementsAt + plane * bandRows * rowBytes;
      output.set(memory.subarray(from, from + count * rowBytes), (plane * height + y) * rowBytes);
    }
  };

  if (ground !== undefined) {
    memory.fill(ground, band, band + bandRows * width);
    mapPixels(band, 1, bandRows * width, 0);
    const fill = (from: number, end: number) => {
      for (let y = from; y < end; y += bandRows) setRows(y, Math.min(bandRows, end - y));
    };
    fill(0, top);
    fill(top + place.rows.count, height);
  }
  resizer.forEachBand(memory, band, (y, count) => {
    if (columns.count === width) mapPixels(band, resizer.channels, count * width, 0);
    else
      for (let row = 0; row < count; row++) mapPixels(band + row * resizer.lineBytes, resizer.channels, columns.count, row * width + left);
    setRows(top + y, count);
  });
}
