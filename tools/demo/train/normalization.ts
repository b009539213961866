// Owns batch normalization with the activation after it, and pooling and gates of squeeze-and-excite, as plain loops with gradients.

import { zeros } from './scratch';

/** RELU6 is min(max(z, 0), 6), HARD_SWISH z RELU6(z + 3) / 6 (arXiv:1905.02244), SWISH z / (1 + exp(-z)) (arXiv:1710.05941). */
export type Activation = 'NONE' | 'RELU' | 'RELU6' | 'HARD_SWISH' | 'SWISH';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

// One function of both, with the loops outside, compiles to faster code than a table of functions.
function activate(activation: Activation, z: number): number {
  if (activation === 'NONE') return z;
  if (activation === 'RELU') return Math.max(z, 0);
  if (activation === 'RELU6') return Math.min(Math.max(z, 0), 6);
  if (activation === 'HARD_SWISH') return (z * Math.min(Math.max(z + 3, 0), 6)) / 6;
  return z * sigmoid(z);
}

/** Derivative, 0 at the corners of RELU and RELU6. */
function slope(activation: Activation, z: number): number {
  if (activation === 'NONE') return 1;
  if (activation === 'RELU') return z > 0 ? 1 : 0;
  if (activation === 'RELU6') return z > 0 && z < 6 ? 1 : 0;
  if (activation === 'HARD_SWISH') return z <= -3 ? 0 : z >= 3 ? 1 : z / 3 + 0.5;
  const s = sigmoid(z);
  return s * (1 + z * (1 - s));
}

/** Mean and variance per channel. */
export interface Moments {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Those of x [rows, channels]. */
export function moments(x: Float32Array, channels: number): Moments {
  const rows = x.length / channels;
  const mean = zeros(channels);
  const variance = zeros(channels);
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
  const factor = factors(gamma, variance);
  const y = zeros(x.length);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < mean.length; c++, i++) y[i] = activate(activation, (x[i] - mean[c]) * factor[c] + beta[c]);
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
  const channels = mean.length;
  const rows = x.length / channels;
  const factor = factors(gamma, variance);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const dgamma = zeros(channels);
  const dbeta = zeros(channels);
  // Gradients of the sums before the activation, whose slope is taken where the sums are rounded to float32.
  const dz = zeros(x.length);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      dz[i] = dy[i] * slope(activation, Math.fround((x[i] - mean[c]) * factor[c] + beta[c]));
      dbeta[c] += dz[i];
      dgamma[c] += dz[i] * (x[i] - mean[c]) * inverse[c];
    }
  }
  const dx = zeros(x.length);
  for (let i = 0; i < x.length; ) {
    for (let c = 0; c < channels; c++, i++) {
      dx[i] = gamma[c] * inverse[c] * (dz[i] - (dbeta[c] + (x[i] - mean[c]) * inverse[c] * dgamma[c]) / rows);
    }
  }
  return { dx, dgamma, dbeta };
}

/** Means over the pixels of each picture: x [batch x pixels, channels] to [batch, channels]. */
export function pool(x: Float32Array, pixels: number, channels: number): Float32Array {
  const y = zeros(x.length / pixels);
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
  const dx = zeros(dy.length * pixels);
  for (let at = 0, from = 0; at < dx.length; from += channels) {
    for (let pixel = 0; pixel < pixels; pixel++) for (let c = 0; c < channels; c++, at++) dx[at] = dy[from + c] / pixels;
  }
  return dx;
}

/** x [batch x pixels, channels] times gates [batch, channels]. */
export function applyGates(x: Float32Array, gates: Float32Array, pixels: number, channels: number): Float32Array {
  const y = zeros(x.length);
  for (let at = 0, gate = 0; at < x.length; gate += channels) {
    for (let pixel = 0; pixel < pixels; pixel++) for (let c = 0; c < channels; c++, at++) y[at] = x[at] * gates[gate + c];
  }
  return y;
}

/** Gradients of `applyGates`, given that of its result. */
export function gateGradients(x: Float32Array, gates: Float32Array, dy: Float32Array, pixels: number, channels: number) {
  const dgates = zeros(gates.length);
  for (let at = 0, gate = 0; at < x.length; gate += channels) {
    for (let pixel = 0; pixel < pixels; pixel++) for (let c = 0; c < channels; c++, at++) dgates[gate + c] += x[at] * dy[at];
  }
  return { dx: applyGates(dy, gates, pixels, channels), dgates };
}
