// Owns the arithmetic of training as plain loops with gradients: a step takes 0.1 s, with the general CPU kernels of tfjs over 1 s.

/** Rows are pixels, batch x height x width of them; columns are channels. */
export interface Image {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** x [rows, depth] times w [depth, channels]. */
export function multiply(x: Float32Array, w: Float32Array, depth: number, channels: number): Float32Array {
  const rows = x.length / depth;
  const y = new Float32Array(rows * channels);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < depth; k++) {
      const factor = x[row * depth + k];
      if (factor === 0) continue;
      for (let c = 0, to = row * channels, from = k * channels; c < channels; c++) y[to++] += factor * w[from++];
    }
  }
  return y;
}

/** Gradients of `multiply`, given that of its result: dx [rows, depth], dw [depth, channels]. */
export function multiplyGradients(x: Float32Array, w: Float32Array, dy: Float32Array, depth: number, channels: number) {
  const rows = x.length / depth;
  const dx = new Float32Array(x.length);
  const dw = new Float32Array(w.length);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < depth; k++) {
      const factor = x[row * depth + k];
      let sum = 0;
      for (let c = 0, from = row * channels, at = k * channels; c < channels; c++, from++, at++) {
        sum += dy[from] * w[at];
        dw[at] += factor * dy[from];
      }
      dx[row * depth + k] = sum;
    }
  }
  return { dx, dw };
}

/** Rows or columns before the image under TensorFlow's SAME padding of a window of 3. */
function paddingBefore(size: number, stride: number): number {
  return Math.floor(Math.max((Math.ceil(size / stride) - 1) * stride + 3 - size, 0) / 2);
}

/** Visits every pair of an output pixel and an input pixel under tap 0..8 of its 3x3 window; both as row numbers. */
function eachTap({ batch, height, width }: Image, stride: number, visit: (output: number, input: number, tap: number) => void): void {
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const [top, left] = [paddingBefore(height, stride), paddingBefore(width, stride)];
  let output = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, output++) {
        for (let tap = 0; tap < 9; tap++) {
          const y = oy * stride - top + Math.floor(tap / 3);
          const x = ox * stride - left + (tap % 3);
          if (y >= 0 && y < height && x >= 0 && x < width) visit(output, (b * height + y) * width + x, tap);
        }
      }
    }
  }
}

/** The 3x3 windows of one-channel pictures as rows of 9, zero outside: a full convolution is `multiply` of them. */
export function windows(x: Float32Array, image: Image, stride: number): Float32Array {
  const outputs = image.batch * Math.ceil(image.height / stride) * Math.ceil(image.width / stride);
  const rows = new Float32Array(outputs * 9);
  eachTap(image, stride, (output, input, tap) => {
    rows[output * 9 + tap] = x[input];
  });
  return rows;
}

/** 3x3 depthwise convolution, SAME padding, w [9, channels]. */
export function depthwise(x: Float32Array, w: Float32Array, image: Image, stride: number): Float32Array {
  const { batch, height, width, channels } = image;
  const y = new Float32Array(batch * Math.ceil(height / stride) * Math.ceil(width / stride) * channels);
  eachTap(image, stride, (output, input, tap) => {
    for (let c = 0; c < channels; c++) y[output * channels + c] += x[input * channels + c] * w[tap * channels + c];
  });
  return y;
}

/** Gradients of `depthwise`, given that of its result. */
export function depthwiseGradients(x: Float32Array, w: Float32Array, dy: Float32Array, image: Image, stride: number) {
  const { channels } = image;
  const dx = new Float32Array(x.length);
  const dw = new Float32Array(w.length);
  eachTap(image, stride, (output, input, tap) => {
    for (let c = 0; c < channels; c++) {
      const gradient = dy[output * channels + c];
      dx[input * channels + c] += gradient * w[tap * channels + c];
      dw[tap * channels + c] += gradient * x[input * channels + c];
    }
  });
  return { dx, dw };
}

/** Mean and variance per channel of x [rows, channels]. */
export function moments(x: Float32Array, channels: number): { mean: Float32Array; variance: Float32Array } {
  const rows = x.length / channels;
  const mean = new Float32Array(channels);
  const variance = new Float32Array(channels);
  for (let i = 0; i < x.length; i++) mean[i % channels] += x[i] / rows;
  for (let i = 0; i < x.length; i++) variance[i % channels] += (x[i] - mean[i % channels]) ** 2 / rows;
  return { mean, variance };
}

/** Added to variances, as Keras does by default. */
export const epsilon = 1e-3;

/** min(max(gamma * (x - mean) / sqrt(variance + epsilon) + beta, 0), 6), all per channel. */
export function normalize(
  x: Float32Array,
  { mean, variance }: { mean: Float32Array; variance: Float32Array },
  gamma: Float32Array,
  beta: Float32Array,
): Float32Array {
  const channels = mean.length;
  const factor = gamma.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
  return x.map((value, i) => Math.min(Math.max((value - mean[i % channels]) * factor[i % channels] + beta[i % channels], 0), 6));
}

/** Gradients of `normalize` with the moments of x itself; `y` is its result. */
export function normalizeGradients(
  x: Float32Array,
  y: Float32Array,
  { mean, variance }: { mean: Float32Array; variance: Float32Array },
  gamma: Float32Array,
  dy: Float32Array,
) {
  const channels = mean.length;
  const rows = x.length / channels;
  const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const dgamma = new Float32Array(channels);
  const dbeta = new Float32Array(channels);
  // The gradient of ReLU6 is 1 inside (0, 6) and 0 outside.
  const open = dy.map((gradient, i) => (y[i] > 0 && y[i] < 6 ? gradient : 0));
  for (let i = 0; i < x.length; i++) {
    const c = i % channels;
    dbeta[c] += open[i];
    dgamma[c] += open[i] * (x[i] - mean[c]) * inverse[c];
  }
  const dx = x.map((value, i) => {
    const c = i % channels;
    return gamma[c] * inverse[c] * (open[i] - (dbeta[c] + (value - mean[c]) * inverse[c] * dgamma[c]) / rows);
  });
  return { dx, dgamma, dbeta };
}
