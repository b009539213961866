// Owns antialiased bilinear resizing of 8-bit pictures, bit-exact with Pillow's Image.resize(BILINEAR).
//
// A triangle filter with half-pixel centres whose support grows with the reduction. Arithmetic of Pillow's libImaging/Resample.c:
// weights in float64, normalized to sum 1, rounded to 22-bit fixed point; columns first, then rows; each pass sums in int32
// from one half and drops the 22 bits, so that pixels are rounded to 8 bits after either pass.
import type { Pixels } from './pixels';

/** One axis: `source` pixels from `sourceFirst` on are resized to `resized` pixels, of which `count` from `first` on are computed. */
export interface Span {
  readonly source: number;
  readonly sourceFirst: number;
  readonly resized: number;
  readonly first: number;
  readonly count: number;
}

/** PRECISION_BITS of Resample.c: 32 bits less 8 of the pixel less 2 of headroom. 255 * 2^22 plus rounding stays below 2^31. */
const fractionBits = 22;
const oneHalf = 1 << (fractionBits - 1);

/** For output i: source pixels starts[i] .. starts[i] + lengths[i], weighted by weights[i * taps ...]; starts count from the span's own source. */
interface Filter {
  readonly taps: number;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly weights: Int32Array;
}

function triangleFilter({ source, resized, first, count }: Span): Filter {
  const scale = source / resized;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const filter = { taps, starts: new Int32Array(count), lengths: new Int32Array(count), weights: new Int32Array(count * taps) };
  const row = new Float64Array(taps);
  for (let i = 0; i < count; i++) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(source, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let t = 0; t < length; t++) {
      row[t] = Math.max(0, 1 - Math.abs((t + start - centre + 0.5) * (1 / support)));
      sum += row[t];
    }
    for (let t = 0; t < length; t++) filter.weights[i * taps + t] = Math.trunc(0.5 + (row[t] / sum) * (1 << fractionBits));
    filter.starts[i] = start;
    filter.lengths[i] = length;
  }
  return filter;
}

/** One row of one channel. `line` is where the row's span starts in `data`, pixels being one byte apart. */
function resizeGreyRow(data: Pixels['data'], line: number, filter: Filter, out: Uint8Array, to: number): void {
  const { taps, starts, lengths, weights } = filter;
  for (let x = 0; x < starts.length; x++) {
    let sum = oneHalf;
    for (let t = 0, w = x * taps, at = line + starts[x]; t < lengths[x]; t++, w++, at++) sum += data[at] * weights[w];
    out[to++] = sum >> fractionBits;
  }
}

/** One row of three channels, pixels being `step` (3 or 4) bytes apart. */
function resizeColorRow(data: Pixels['data'], line: number, step: number, filter: Filter, out: Uint8Array, to: number): void {
  const { taps, starts, lengths, weights } = filter;
  for (let x = 0; x < starts.length; x++) {
    let [red, green, blue] = [oneHalf, oneHalf, oneHalf];
    for (let t = 0, w = x * taps, at = line + starts[x] * step; t < lengths[x]; t++, w++, at += step) {
      const weight = weights[w];
      red += data[at] * weight;
      green += data[at + 1] * weight;
      blue += data[at + 2] * weight;
    }
    out[to] = red >> fractionBits;
    out[to + 1] = green >> fractionBits;
    out[to + 2] = blue >> fractionBits;
    to += 3;
  }
}

/** Columns: rows firstRow .. firstRow + rowCount of `pixels` -> [rowCount, columns.count, channels], without alpha. */
function resizeColumns(pixels: Pixels, columns: Span, firstRow: number, rowCount: number, channels: number): Uint8Array {
  const filter = triangleFilter(columns);
  const { data, width, channels: step } = pixels;
  const out = new Uint8Array(rowCount * columns.count * channels);
  for (let y = 0; y < rowCount; y++) {
    const line = ((firstRow + y) * width + columns.sourceFirst) * step;
    const to = y * columns.count * channels;
    if (channels === 1) resizeGreyRow(data, line, filter, out, to);
    else resizeColorRow(data, line, step, filter, out, to);
  }
  return out;
}

/** Rows: [source rows, lineLength] -> [rows.count, lineLength]. */
function resizeRows(data: Uint8Array, lineLength: number, rows: Span, sourceRow: number): Uint8Array {
  const { taps, starts, lengths, weights } = triangleFilter(rows);
  const out = new Uint8Array(rows.count * lineLength);
  const sums = new Int32Array(lineLength);
  for (let y = 0; y < rows.count; y++) {
    sums.fill(oneHalf);
    for (let t = 0; t < lengths[y]; t++) {
      const weight = weights[y * taps + t];
      const line = (starts[y] + t - sourceRow) * lineLength;
      for (let i = 0; i < lineLength; i++) sums[i] += data[line + i] * weight;
    }
    for (let i = 0; i < lineLength; i++) out[y * lineLength + i] = sums[i] >> fractionBits;
  }
  return out;
}

/**
 * The part of the resized picture that the spans select, as [rows.count, columns.count, channels] bytes, 1 channel for grey, else 3. Only
 * the source rows that it depends on are resized.
 */
export function resample(pixels: Pixels, columns: Span, rows: Span): Uint8Array {
  const channels = pixels.channels === 1 ? 1 : 3;
  const reach = Math.ceil(Math.max(rows.source / rows.resized, 1)) + 1;
  const top = Math.max(0, Math.floor((rows.first * rows.source) / rows.resized) - reach);
  const bottom = Math.min(rows.source, Math.ceil(((rows.first + rows.count) * rows.source) / rows.resized) + reach);
  const resized = resizeColumns(pixels, columns, rows.sourceFirst + top, bottom - top, channels);
  return resizeRows(resized, columns.count * channels, rows, top);
}
