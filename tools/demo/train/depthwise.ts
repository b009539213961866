// Owns the windows of convolutions for training: those of a full convolution as a matrix, and the depthwise convolution with its gradients.

import { zeros } from './scratch';

/** Rows are pixels, batch x height x width of them; columns are channels. */
export interface Image {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Sums are rounded to float32 after every product, in the order of output pixels and taps. */
const { fround } = Math;

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

/** What `eachWindow` says of the window of an output pixel: the taps inside the image, rows and columns begin .. end - 1. */
type Visit = (output: number, origin: number, beginRow: number, endRow: number, beginColumn: number, endColumn: number) => void;

/** Visits every output pixel, by its row number; `origin` is that of the pixel under tap (0, 0), which may lie outside the image. */
function eachWindow({ batch, height, width }: Image, window: Window, visit: Visit): void {
  const { size, stride } = window;
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const [top, left] = [paddingBefore(height, window), paddingBefore(width, window)];
  let output = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const y = oy * stride - top;
      for (let ox = 0; ox < outWidth; ox++, output++) {
        const x = ox * stride - left;
        const origin = (b * height + y) * width + x;
        visit(output, origin, Math.max(-y, 0), Math.min(height - y, size), Math.max(-x, 0), Math.min(width - x, size));
      }
    }
  }
}

function outputPixels({ batch, height, width }: Image, { stride }: Window): number {
  return batch * Math.ceil(height / stride) * Math.ceil(width / stride);
}

/** Windows as rows of size^2 x channels, zero outside: a full convolution is `multiply` of them. */
export function windows(x: Float32Array, image: Image, window: Window): Float32Array {
  const { channels, width } = image;
  const { size } = window;
  const result = zeros(outputPixels(image, window) * size * size * channels);
  eachWindow(image, window, (output, origin, beginRow, endRow, beginColumn, endColumn) => {
    for (let row = beginRow; row < endRow; row++) {
      let from = (origin + row * width + beginColumn) * channels;
      let to = ((output * size + row) * size + beginColumn) * channels;
      for (let count = (endColumn - beginColumn) * channels; count > 0; count--) result[to++] = x[from++];
    }
  });
  return result;
}

/** Depthwise convolution, w [size^2, channels]; the number of channels is a multiple of 4. */
export function depthwise(x: Float32Array, w: Float32Array, image: Image, window: Window): Float32Array {
  const { channels, width } = image;
  const { size } = window;
  if (channels % 4 !== 0) throw new Error(`${channels} channels are not a multiple of 4`);
  const y = zeros(outputPixels(image, window) * channels);
  eachWindow(image, window, (output, origin, beginRow, endRow, beginColumn, endColumn) => {
    const to = output * channels;
    for (let c = 0; c < channels; c += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let row = beginRow; row < endRow; row++) {
        let from = (origin + row * width + beginColumn) * channels + c;
        let at = (row * size + beginColumn) * channels + c;
        for (let column = beginColumn; column < endColumn; column++, from += channels, at += channels) {
          s0 = fround(s0 + x[from] * w[at]);
          s1 = fround(s1 + x[from + 1] * w[at + 1]);
          s2 = fround(s2 + x[from + 2] * w[at + 2]);
          s3 = fround(s3 + x[from + 3] * w[at + 3]);
        }
      }
      y[to + c] = s0;
      y[to + c + 1] = s1;
      y[to + c + 2] = s2;
      y[to + c + 3] = s3;
    }
  });
  return y;
}

/** Gradients of `depthwise`, given that of its result. */
export function depthwiseGradients(x: Float32Array, w: Float32Array, dy: Float32Array, image: Image, window: Window) {
  if (image.channels % 4 !== 0) throw new Error(`${image.channels} channels are not a multiple of 4`);
  const [outHeight, outWidth] = [Math.ceil(image.height / window.stride), Math.ceil(image.width / window.stride)];
  const sizes = { outHeight, outWidth, top: paddingBefore(image.height, window), left: paddingBefore(image.width, window) };
  return { dx: inputGradient(w, dy, image, { ...window, ...sizes }), dw: filterGradient(x, dy, image, { ...window, ...sizes }) };
}

interface Sizes extends Window {
  readonly outHeight: number;
  readonly outWidth: number;
  readonly top: number;
  readonly left: number;
}

/** For every input pixel the sum over the output pixels whose windows cover it, in their order. */
function inputGradient(w: Float32Array, dy: Float32Array, { batch, height, width, channels }: Image, sizes: Sizes): Float32Array {
  const { size, stride, outHeight, outWidth, top, left } = sizes;
  const dx = zeros(batch * height * width * channels);
  const begin = (at: number) => Math.max(Math.ceil((at - size + 1) / stride), 0);
  const end = (at: number, count: number) => Math.min(Math.floor(at / stride) + 1, count);
  for (let pixel = 0; pixel < batch * height * width; pixel++) {
    const y = (Math.floor(pixel / width) % height) + top;
    const x = (pixel % width) + left;
    const firstRow = Math.floor(pixel / (width * height)) * outHeight;
    const beginY = begin(y);
    const endY = end(y, outHeight);
    const beginX = begin(x);
    const endX = end(x, outWidth);
    for (let c = 0; c < channels; c += 4) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let oy = beginY; oy < endY; oy++) {
        let from = ((firstRow + oy) * outWidth + beginX) * channels + c;
        let at = ((y - oy * stride) * size + x - beginX * stride) * channels + c;
        for (let ox = beginX; ox < endX; ox++, from += channels, at -= stride * channels) {
          s0 = fround(s0 + dy[from] * w[at]);
          s1 = fround(s1 + dy[from + 1] * w[at + 1]);
          s2 = fround(s2 + dy[from + 2] * w[at + 2]);
          s3 = fround(s3 + dy[from + 3] * w[at + 3]);
        }
      }
      const to = pixel * channels + c;
      dx[to] = s0;
      dx[to + 1] = s1;
      dx[to + 2] = s2;
      dx[to + 3] = s3;
    }
  }
  return dx;
}

/** For every tap the sum over the output pixels, picture by picture. */
function filterGradient(x: Float32Array, dy: Float32Array, { batch, height, width, channels }: Image, sizes: Sizes): Float32Array {
  const { size, stride, outHeight, outWidth, top, left } = sizes;
  const dw = zeros(size * size * channels);
  const begin = (tap: number, before: number) => Math.max(Math.ceil((before - tap) / stride), 0);
  const end = (tap: number, before: number, pixels: number, count: number) =>
    Math.min(Math.floor((pixels - 1 + before - tap) / stride) + 1, count);
  for (let b = 0; b < batch; b++) {
    for (let tap = 0; tap < size * size; tap++) {
      const row = Math.floor(tap / size);
      const column = tap % size;
      const beginY = begin(row, top);
      const endY = end(row, top, height, outHeight);
      const beginX = begin(column, left);
      const endX = end(column, left, width, outWidth);
      for (let c = 0; c < channels; c += 4) {
        const to = tap * channels + c;
        let s0 = dw[to];
        let s1 = dw[to + 1];
        let s2 = dw[to + 2];
        let s3 = dw[to + 3];
        for (let oy = beginY; oy < endY; oy++) {
          let from = ((b * height + oy * stride + row - top) * width + beginX * stride + column - left) * channels + c;
          let at = ((b * outHeight + oy) * outWidth + beginX) * channels + c;
          for (let ox = beginX; ox < endX; ox++, from += stride * channels, at += channels) {
            s0 = fround(s0 + dy[at] * x[from]);
            s1 = fround(s1 + dy[at + 1] * x[from + 1]);
            s2 = fround(s2 + dy[at + 2] * x[from + 2]);
            s3 = fround(s3 + dy[at + 3] * x[from + 3]);
          }
        }
        dw[to] = s0;
        dw[to + 1] = s1;
        dw[to + 2] = s2;
        dw[to + 3] = s3;
      }
    }
  }
  return dw;
}
