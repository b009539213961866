// Owns the convolutions of training as plain loops with gradients: a step of digits takes 0.05 s, with the general CPU kernels of tfjs over 1 s.

/** Rows are pixels, batch x height x width of them; columns are channels. */
export interface Image {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

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
  const y = new Float32Array(rows * channels);
  const whole = channels & ~3;
  for (let row = 0; row < rows; row += 2) {
    const pair = row + 1 < rows;
    const upper = row * depth;
    const lower = pair ? upper + depth : upper;
    for (let c = 0; c < whole; c += 4) {
      let [a0, a1, a2, a3] = [0, 0, 0, 0];
      let [b0, b1, b2, b3] = [0, 0, 0, 0];
      for (let k = 0, at = c; k < depth; k++, at += channels) {
        const [p, q] = [x[upper + k], x[lower + k]];
        const [w0, w1, w2, w3] = [w[at], w[at + 1], w[at + 2], w[at + 3]];
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
  const dx = new Float32Array(rows * depth);
  const whole = depth & ~3;
  for (let row = 0; row < rows; row++) {
    const begin = row * channels;
    for (let k = 0; k < whole; k += 4) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      let [at0, at1, at2, at3] = [k * channels, (k + 1) * channels, (k + 2) * channels, (k + 3) * channels];
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
  const dw = new Float32Array(depth * channels);
  const whole = channels & ~3;
  for (let k = 0; k < depth; k += 2) {
    const next = k + 1 < depth ? 1 : 0;
    for (let c = 0; c < whole; c += 4) {
      let [a0, a1, a2, a3] = [0, 0, 0, 0];
      let [b0, b1, b2, b3] = [0, 0, 0, 0];
      for (let row = 0, from = k, at = c; row < rows; row++, from += depth, at += channels) {
        const [p, q] = [x[from], x[from + next]];
        const [d0, d1, d2, d3] = [dy[at], dy[at + 1], dy[at + 2], dy[at + 3]];
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

/** A square window, SAME padding. */
export interface Window {
  /** Rows and columns. */
  readonly size: number;
  readonly stride: number;
}

/** Rows or columns before the image under TensorFlow's SAME padding. */
function paddingBefore(pixels: number, { size, stride }: Window): number {
  return Math.floor(Math.max((Math.ceil(pixels / stride) - 1) * stride + size - pixels, 0) / 2);
}

/** Visits every pair of an output pixel and an input pixel under a tap of its window, row by row of the window; all as row numbers. */
function eachTap({ batch, height, width }: Image, window: Window, visit: (output: number, input: number, tap: number) => void): void {
  const { size, stride } = window;
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const [top, left] = [paddingBefore(height, window), paddingBefore(width, window)];
  let output = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, output++) {
        for (let row = 0, tap = 0; row < size; row++) {
          const y = oy * stride - top + row;
          for (let column = 0; column < size; column++, tap++) {
            const x = ox * stride - left + column;
            if (y >= 0 && y < height && x >= 0 && x < width) visit(output, (b * height + y) * width + x, tap);
          }
        }
      }
    }
  }
}

/** Windows as rows of size^2 x channels, zero outside: a full convolution is `multiply` of them. */
export function windows(x: Float32Array, image: Image, window: Window): Float32Array {
  const { channels } = image;
  const outputs = image.batch * Math.ceil(image.height / window.stride) * Math.ceil(image.width / window.stride);
  const taps = window.size ** 2;
  const rows = new Float32Array(outputs * taps * channels);
  eachTap(image, window, (output, input, tap) => {
    for (let c = 0; c < channels; c++) rows[(output * taps + tap) * channels + c] = x[input * channels + c];
  });
  return rows;
}

/** Depthwise convolution, w [size^2, channels]. */
export function depthwise(x: Float32Array, w: Float32Array, image: Image, window: Window): Float32Array {
  const { batch, height, width, channels } = image;
  const y = new Float32Array(batch * Math.ceil(height / window.stride) * Math.ceil(width / window.stride) * channels);
  eachTap(image, window, (output, input, tap) => {
    for (let c = 0, to = output * channels, from = input * channels, at = tap * channels; c < channels; c++) y[to++] += x[from++] * w[at++];
  });
  return y;
}

/** Gradients of `depthwise`, given that of its result. */
export function depthwiseGradients(x: Float32Array, w: Float32Array, dy: Float32Array, image: Image, window: Window) {
  const { channels } = image;
  const dx = new Float32Array(x.length);
  const dw = new Float32Array(w.length);
  eachTap(image, window, (output, input, tap) => {
    for (let c = 0, to = output * channels, from = input * channels, at = tap * channels; c < channels; c++, from++, at++) {
      const gradient = dy[to++];
      dx[from] += gradient * w[at];
      dw[at] += gradient * x[from];
    }
  });
  return { dx, dw };
}
