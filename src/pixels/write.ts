// Owns the writing of a resized picture into an input tensor, in one pass over the rows that it needs, by the binary of pixels.
import type { TensorData } from '../graph/graph';
import type { PixelBinary } from './binary';
import type { Fit } from './crop';
import type { PictureElements } from './elements';
import { type Filter, triangleFilter } from './filter';
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

/** Kernels read and write in groups, up to 16 bytes after the last element. */
const slackBytes = 16;

/** Taps of a group, whose weights are one vector of 16 bytes (assembly/pixels/simd.ts). */
const groupTaps = 4;
const groupBytes = 16;

const groupsOf = (taps: number): number => Math.ceil(taps / groupTaps);

/** Weights in groups of four taps: low and high halves of pairs, the last group filled up with zeros. */
function packWeights({ taps, lengths, weights }: Filter): Int16Array {
  let groups = 0;
  for (let i = 0; i < lengths.length; i++) groups += groupsOf(lengths[i]);
  const packed = new Int16Array((groups * groupBytes) / 2);
  let base = 0;
  for (let i = 0; i < lengths.length; i++) {
    for (let t = 0; t < lengths[i]; t++) {
      const weight = weights[i * taps + t];
      const at = base + ((t & ~3) << 1) + ((t & 2) << 1) + (t & 1);
      packed[at] = weight & 0x7fff;
      packed[at + 2] = weight >> 15;
    }
    base += groupsOf(lengths[i]) * (groupBytes / 2);
  }
  return packed;
}

/** Addresses of parts of a memory, one after the other. */
class Layout {
  /** 0 is no address. */
  bytes = groupBytes;

  add(bytes: number): number {
    const at = this.bytes;
    this.bytes = Math.ceil((at + bytes + slackBytes) / groupBytes) * groupBytes;
    return at;
  }
}

/** Tables of all colours, one after the other, as the bytes of the input's elements. */
function tableBytes(tables: PictureElements['tables'], elementBytes: number): Uint8Array {
  const all = new Uint8Array(tables.length * 256 * elementBytes);
  tables.forEach((table, c) => {
    const from = elementBytes === 1 ? table : new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    all.set(from, c * 256 * elementBytes);
  });
  return all;
}

/** Resized rows, one after the other, from only those rows of the source that they depend on. */
class RowResizer {
  private readonly x: Filter;
  private readonly y: Filter;
  private readonly packed: { readonly x: Int16Array; readonly y: Int16Array };
  private readonly channels: number;
  /** Of a row of the source, of a strip of them, and of a line, which is a row resized to the columns of the result. */
  private readonly rowBytes: number;
  private readonly stripRows: number;
  private readonly lineBytes: number;
  /** Lines that one row of the result depends on; twice as many are kept, so that they move seldom. */
  private readonly window: number;
  private readonly at: Readonly<Record<'spans' | 'x' | 'y' | 'lines' | 'strip' | 'grey', number>>;
  /** Rows of the source that the kept lines are of. */
  private first = 0;
  private end = 0;
  private nextWeights: number;

  constructor(
    private readonly binary: PixelBinary,
    private readonly job: PictureJob,
    layout: Layout,
  ) {
    const { pixels, place, elements } = job;
    this.x = triangleFilter(place.columns);
    this.y = triangleFilter(place.rows);
    this.packed = { x: packWeights(this.x), y: packWeights(this.y) };
    this.channels = pixels.channels === 1 || elements.channels === 1 ? 1 : 3;
    this.rowBytes = pixels.width * pixels.channels;
    this.stripRows = Math.max(1, Math.floor(stripBytes / this.rowBytes));
    this.lineBytes = place.columns.count * this.channels;
    this.window = groupTaps * groupsOf(this.y.lengths.reduce((most, length) => Math.max(most, length), 0));
    this.at = {
      spans: layout.add(8 * place.columns.count),
      x: layout.add(this.packed.x.byteLength),
      y: layout.add(this.packed.y.byteLength),
      lines: layout.add(2 * this.window * this.lineBytes),
      strip: layout.add(this.stripRows * this.rowBytes),
      grey: layout.add(this.isMadeGrey ? this.stripRows * pixels.width : 0),
    };
    this.nextWeights = this.at.y;
  }

  private get isMadeGrey(): boolean {
    return this.channels < this.job.pixels.channels && this.channels === 1;
  }

  /** Writes the filters, once the memory is there. */
  begin(memory: Uint8Array): void {
    const { starts, lengths } = this.x;
    const step = this.isMadeGrey ? 1 : this.job.pixels.channels;
    const spans = new Int32Array(memory.buffer, this.at.spans, 2 * starts.length);
    for (let i = 0; i < starts.length; i++) {
      spans[2 * i] = starts[i] * step;
      spans[2 * i + 1] = groupsOf(lengths[i]);
    }
    new Int16Array(memory.buffer, this.at.x).set(this.packed.x);
    new Int16Array(memory.buffer, this.at.y).set(this.packed.y);
    this.first = this.end = this.y.starts[0];
  }

  /** Resizes rows of the source to the columns of the result, up to row `stop`. */
  private addLines(memory: Uint8Array, stop: number): void {
    const { pixels, place } = this.job;
    const { columns, rows } = place;
    const { kernels } = this.binary;
    while (this.end < stop) {
      const count = Math.min(this.stripRows, stop - this.end);
      const from = (rows.sourceFirst + this.end) * this.rowBytes + columns.sourceFirst * pixels.channels;
      const strip = (count - 1) * pixels.width + columns.source;
      memory.set(pixels.data.subarray(from, from + strip * pixels.channels), this.at.strip);
      if (this.isMadeGrey) kernels.greyPixels(pixels.channels, this.at.strip, strip, this.at.grey);
      const [step, source] = this.isMadeGrey ? [1, this.at.grey] : [pixels.channels, this.at.strip];
      const to = this.at.lines + (this.end - this.first) * this.lineBytes;
      kernels.resizeColumns(step, source, pixels.width * step, count, this.at.spans, this.at.x, columns.count, to, this.lineBytes);
      this.end += count;
    }
  }

  /** Row `y` of the result, which follows the one before, to an address. */
  resize(memory: Uint8Array, y: number, output: number): void {
    const start = this.y.starts[y];
    const { lines } = this.at;
    if (start - this.first > this.window) {
      memory.copyWithin(lines, lines + (start - this.first) * this.lineBytes, lines + (this.end - this.first) * this.lineBytes);
      this.first = start;
    }
    this.addLines(memory, start + this.y.lengths[y]);
    const groups = groupsOf(this.y.lengths[y]);
    this.binary.kernels.resizeLine(lines + (start - this.first) * this.lineBytes, this.lineBytes, this.nextWeights, groups, output);
    this.nextWeights += groups * groupBytes;
  }
}

/** Writes the picture into `into`, as large as the input. */
export function writePicture(binary: PixelBinary, job: PictureJob, into: TensorData): void {
  const { pixels, place, elements, ground } = job;
  const { width, height, channels, planar } = elements;
  const elementBytes = into.BYTES_PER_ELEMENT;
  const layout = new Layout();
  const resizer = new RowResizer(binary, job, layout);
  const tables = tableBytes(elements.tables, elementBytes);
  const tableAt = layout.add(tables.length);
  // One row of pixels, and the same of elements; the elements of a plane follow those of another.
  const pixelsAt = layout.add(width * 3);
  const elementsAt = layout.add(width * channels * elementBytes);
  const memory = new Uint8Array(binary.reserve(layout.bytes));
  resizer.begin(memory);
  memory.set(tables, tableAt);

  const map = elementBytes === 1 ? binary.kernels.mapBytes : binary.kernels.mapWords;
  const step = planar ? 1 : channels;
  /** Elements of `count` pixels of the row, the first of which goes to column `left`. */
  const mapRow = (left: number, count: number, sourceStep: number) => {
    for (let c = 0; c < channels; c++) {
      const color = elements.colorOf(c);
      const to = elementsAt + ((planar ? c * width : c) + left * step) * elementBytes;
      const table = tableAt + color * 256 * elementBytes;
      map(pixelsAt + (sourceStep === 1 ? 0 : color), sourceStep, count, table, to, step * elementBytes);
    }
  };
  const output = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const rowBytes = width * step * elementBytes;
  const planeBytes = height * rowBytes;
  const setRow = (y: number) => {
    for (let plane = 0; plane < (planar ? channels : 1); plane++) {
      const from = elementsAt + plane * rowBytes;
      output.set(memory.subarray(from, from + rowBytes), plane * planeBytes + y * rowBytes);
    }
  };

  const bottom = place.top + place.rows.count;
  if (ground !== undefined) {
    memory.fill(ground, pixelsAt, pixelsAt + width);
    mapRow(0, width, 1);
    for (let y = 0; y < height; y++) if (y < place.top || y >= bottom) setRow(y);
  }
  const sourceStep = pixels.channels === 1 || channels === 1 ? 1 : 3;
  for (let y = place.top; y < bottom; y++) {
    resizer.resize(memory, y - place.top, pixelsAt);
    mapRow(place.left, place.columns.count, sourceStep);
    setRow(y);
  }
}
