// Owns the two forms of samples: 16-bit integers, as in files and from microphones, and real numbers, as Web Audio has them.
import { ModelError } from '../errors';

/** Samples of one channel: int16, or float32 in [-1, 1). */
export type AudioSamples = Int16Array | Float32Array;

/** Real 1 in int16, as TensorFlow's `decode_wav` has it. */
const unit = 32768;

const refuse = (): never => {
  throw new ModelError('bad-argument', 'samples must be an Int16Array or a Float32Array of one channel');
};

/**
 * round(32768 x), clamped to int16; NaN becomes 0. Int16 samples are returned as they are.
 * @throws ModelError `bad-argument` for other arrays
 */
export function toInt16(samples: AudioSamples): Int16Array {
  if (samples instanceof Int16Array) return samples;
  if (!(samples instanceof Float32Array)) return refuse();
  return Int16Array.from(samples, (x) => Math.min(unit - 1, Math.max(-unit, Math.round(x * unit))));
}

/**
 * code / 32768. Float32 samples are returned as they are.
 * @throws ModelError `bad-argument` for other arrays
 */
export function toFloat32(samples: AudioSamples): Float32Array {
  if (samples instanceof Float32Array) return samples;
  if (!(samples instanceof Int16Array)) return refuse();
  return Float32Array.from(samples, (code) => code / unit);
}
