// Owns products of matrices for training, with gradients, as plain loops in blocks: three times as fast as those without blocks, and the same bits.

import { zeros } from './scratch';

/** Sums are rounded to float32 after every product, so that blocks of any size give the same bits. */
const { fround } = Math;

/** Adds x [rows, depth] times w [depth, channels] to columns begin .. channels - 1 of y, one by one. */
function multiplyColumns(x: Float32Array, w: Float32Array, y: Float32Array, { depth, channels }: Matrix, row: number, begin: number): void {
  for (let k = 0; k < depth; k++) {
    const factor = x[row * depth + k];
    for (let c = begin; c < channels; c++) y[row * channels + c] += factor * w[k * channels + c];
  }
}

/** Of the matrix of weights: rows and columns. */
interface Matrix {
  readonly depth: number;
  readonly channels: number;
}

/** x [rows, depth] times w [depth, channels], in blocks of 2 rows by 4 channels. */
export function multiply(x: Float32Array, w: Float32Array, depth: number, channels: number): Float32Array {
  const rows = x.length / depth;
  const y = zeros(rows * channels);
  const whole = channels & ~3;
  for (let row = 0; row < rows; row += 2) {
    const pair = row + 1 < rows;
    const upper = row * depth;
    const lower = pair ? upper + depth : upper;
    for (let c = 0; c < whole; c += 4) {
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let k = 0, at = c; k < depth; k++, at += channels) {
        const p = x[upper + k];
        const q = x[lower + k];
        const w0 = w[at];
        const w1 = w[at + 1];
        const w2 = w[at + 2];
        const w3 = w[at + 3];
        a0 = fround(a0 + p * w0);
        a1 = fround(a1 + p * w1);
        a2 = fround(a2 + p * w2);
        a3 = fround(a3 + p * w3);
        b0 = fround(b0 + q * w0);
        b1 = fround(b1 + q * w1);
        b2 = fround(b2 + q * w2);
        b3 = fround(b3 + q * w3);
      }
      const to = row * channels + c;
      y[to] = a0;
      y[to + 1] = a1;
      y[to + 2] = a2;
      y[to + 3] = a3;
      if (!pair) continue;
      y[to + channels] = b0;
      y[to + channels + 1] = b1;
      y[to + channels + 2] = b2;
      y[to + channels + 3] = b3;
    }
    multiplyColumns(x, w, y, { depth, channels }, row, whole);
    if (pair) multiplyColumns(x, w, y, { depth, channels }, row + 1, whole);
  }
  return y;
}

/** Gradients of `multiply`, given that of its result: dx [rows, depth], dw [depth, channels]. */
export function multiplyGradients(x: Float32Array, w: Float32Array, dy: Float32Array, depth: number, channels: number) {
  return { dx: inputGradient(w, dy, depth, channels), dw: weightGradient(x, dy, depth, channels) };
}

/** dy times the transposed w, four columns at a time; sums are float64. */
function inputGradient(w: Float32Array, dy: Float32Array, depth: number, channels: number): Float32Array {
  const rows = dy.length / channels;
  const dx = zeros(rows * depth);
  const whole = depth & ~3;
  for (let row = 0; row < rows; row++) {
    const begin = row * channels;
    for (let k = 0; k < whole; k += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let at0 = k * channels;
      let at1 = (k + 1) * channels;
      let at2 = (k + 2) * channels;
      let at3 = (k + 3) * channels;
      for (let c = 0; c < channels; c++) {
        const gradient = dy[begin + c];
        s0 += gradient * w[at0++];
        s1 += gradient * w[at1++];
        s2 += gradient * w[at2++];
        s3 += gradient * w[at3++];
      }
      const to = row * depth + k;
      dx[to] = s0;
      dx[to + 1] = s1;
      dx[to + 2] = s2;
      dx[to + 3] = s3;
    }
    for (let k = whole; k < depth; k++) {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += dy[begin + c] * w[k * channels + c];
      dx[row * depth + k] = sum;
    }
  }
  return dx;
}

/** The transposed x times dy, in blocks of one row by four columns that run over all pixels. */
function weightGradient(x: Float32Array, dy: Float32Array, depth: number, channels: number): Float32Array {
  const rows = x.length / depth;
  const dw = zeros(depth * channels);
  const whole = channels & ~3;
  for (let k = 0; k < depth; k += 2) {
    const next = k + 1 < depth ? 1 : 0;
    for (let c = 0; c < whole; c += 4) {
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let row = 0, from = k, at = c; row < rows; row++, from += depth, at += channels) {
        const p = x[from];
        const q = x[from + next];
        const d0 = dy[at];
        const d1 = dy[at + 1];
        const d2 = dy[at + 2];
        const d3 = dy[at + 3];
        a0 = fround(a0 + p * d0);
        a1 = fround(a1 + p * d1);
        a2 = fround(a2 + p * d2);
        a3 = fround(a3 + p * d3);
        b0 = fround(b0 + q * d0);
        b1 = fround(b1 + q * d1);
        b2 = fround(b2 + q * d2);
        b3 = fround(b3 + q * d3);
      }
      const to = k * channels + c;
      // Where depth is odd, the last row is computed twice.
      dw[to + next * channels] = b0;
      dw[to + next * channels + 1] = b1;
      dw[to + next * channels + 2] = b2;
      dw[to + next * channels + 3] = b3;
      dw[to] = a0;
      dw[to + 1] = a1;
      dw[to + 2] = a2;
      dw[to + 3] = a3;
    }
  }
  for (let row = 0; row < rows && whole < channels; row++) {
    for (let k = 0; k < depth; k++) {
      const factor = x[row * depth + k];
      for (let c = whole; c < channels; c++) dw[k * channels + c] += factor * dy[row * channels + c];
    }
  }
  return dw;
}
