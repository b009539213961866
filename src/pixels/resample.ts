// Owns antialiased bilinear resizing of 8-bit pictures, bit-exact with Pillow's Image.resize(BILINEAR), where no binary may be compiled.
//
// Arithmetic of Pillow's libImaging/Resample.c: columns first, then rows; each pass sums in int32 from one half and drops the fraction of
// the weights, so that pixels are rounded to 8 bits after either pass. assembly/pixels computes the same.
import { type Filter, fractionBits, type Span, triangleFilter } from './filter';
import type { Pixels } from './pixels';

const oneHalf = 1 << (fractionBits - 1);

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
