// Owns batch normalization with the activation after it, and pooling and gates of squeeze-and-excite, as plain loops with gradients.

/** RELU6 is min(max(z, 0), 6), HARD_SWISH z RELU6(z + 3) / 6 (arXiv:1905.02244), SWISH z / (1 + exp(-z)) (arXiv:1710.05941). */
export type Activation = 'NONE' | 'RELU' | 'RELU6' | 'HARD_SWISH' | 'SWISH';

interface Curve {
  readonly value: (z: number) => number;
  /** Derivative, 0 at corners. */
  readonly slope: (z: number) => number;
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

const curves: Readonly<Record<Activation, Curve>> = {
  NONE: { value: (z) => z, slope: () => 1 },
  RELU: { value: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0) },
  RELU6: { value: (z) => Math.min(Math.max(z, 0), 6), slope: (z) => (z > 0 && z < 6 ? 1 : 0) },
  HARD_SWISH: {
    value: (z) => (z * Math.min(Math.max(z + 3, 0), 6)) / 6,
    slope: (z) => (z <= -3 ? 0 : z >= 3 ? 1 : z / 3 + 0.5),
  },
  SWISH: {
    value: (z) => z * sigmoid(z),
    slope: (z) => {
      const s = sigmoid(z);
      return s * (1 + z * (1 - s));
    },
  },
};

/** Mean and variance per channel. */
export interface Moments {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Those of x [rows, channels]. */
export function moments(x: Float32Array, channels: number): Moments {
  const rows = x.length / channels;
  const mean = new Float32Array(channels);
  const variance = new Float32Array(channels);
  for (let i = 0; i < x.length; ) for (let c = 0; c < channels; c++, i++) mean[c] += x[i] / rows;
  for (let i = 0; i < x.length; ) for (let c = 0; c < channels; c++, i++) variance[c] += (x[i] - mean[c]) ** 2 / rows;
  return { mean, variance };
}

/** Added to variances, as Keras does by default. */
export const epsilon = 1e-3;

/** gamma / sqrt(variance + epsilon) per channel. */
function factors(gamma: Float32Array, variance: Float32Array): Float32Array {
  return gamma.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
}

/** The activation of gamma * (x - mean) / sqrt(variance + epsilon) + beta, all per channel. */
export function normalize(x: Float32Array, { mean, variance }: Moments, gamma: Float32Array, beta: Float32Array, activation: Activation) {
  const { value } = curves[activation];
  const factor = factors(gamma, variance);
  const y = new Float32Array(x.length);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < mean.length; c++, i++) y[i] = value((x[i] - mean[c]) * factor[c] + beta[c]);
  }
  return y;
}

/** What `normalize` was given. */
export interface Normalized {
  readonly x: Float32Array;
  /** Those of x itself. */
  readonly moments: Moments;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly activation: Activation;
}

/** Gradients of `normalize` with the moments of x itself, which depend on x, too. */
export function normalizeGradients({ x, moments: { mean, variance }, gamma, beta, activation }: Normalized, dy: Float32Array) {
  const { slope } = curves[activation];
  const channels = mean.length;
  const rows = x.length / channels;
  const factor = factors(gamma, variance);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const dgamma = new Float32Array(channels);
  const dbeta = new Float32Array(channels);
  // Gradients of the sums before the activation, whose slope is taken where the sums are rounded to float32.
  const dz = new Float32Array(x.length);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      dz[i] = dy[i] * slope(Math.fround((x[i] - mean[c]) * factor[c] + beta[c]));
      dbeta[c] += dz[i];
      dgamma[c] += dz[i] * (x[i] - mean[c]) * inverse[c];
    }
  }
  const dx = new Float32Array(x.length);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      dx[i] = gamma[c] * inverse[c] * (dz[i] - (dbeta[c] + (x[i] - mean[c]) * inverse[c] * dgamma[c]) / rows);
    }
  }
  return { dx, dgamma, dbeta };
}

/** Means over the pixels of each picture: x [batch x pixels, channels] to [batch, channels]. */
export function pool(x: Float32Array, pixels: number, channels: number): Float32Array {
  const y = new Float32Array(x.length / pixels);
  for (let to = 0, from = 0; to < y.length; to += channels, from += pixels * channels) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let at = from + c; at < from + pixels * channels; at += channels) sum += Math.fround(x[at] / pixels);
      y[to + c] = sum;
    }
  }
  return y;
}

/** The gradient of `pool`, given that of its result. */
export function poolGradient(dy: Float32Array, pixels: number, channels: number): Float32Array {
  const dx = new Float32Array(dy.length * pixels);
  for (let i = 0; i < dx.length; i++) dx[i] = dy[Math.floor(i / (pixels * channels)) * channels + (i % channels)] / pixels;
  return dx;
}

/** x [batch x pixels, channels] times gates [batch, channels]. */
export function applyGates(x: Float32Array, gates: Float32Array, pixels: number, channels: number): Float32Array {
  const y = new Float32Array(x.length);
  for (let at = 0, gate = 0; at < x.length; gate += channels) {
    for (let pixel = 0; pixel < pixels; pixel++) for (let c = 0; c < channels; c++, at++) y[at] = x[at] * gates[gate + c];
  }
  return y;
}

/** Gradients of `applyGates`, given that of its result. */
export function gateGradients(x: Float32Array, gates: Float32Array, dy: Float32Array, pixels: number, channels: number) {
  const dgates = new Float32Array(gates.length);
  for (let at = 0, gate = 0; at < x.length; gate += channels) {
    for (let pixel = 0; pixel < pixels; pixel++) for (let c = 0; c < channels; c++, at++) dgates[gate + c] += x[at] * dy[at];
  }
  return { dx: applyGates(dy, gates, pixels, channels), dgates };
}
