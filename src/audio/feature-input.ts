// Owns the spectrogram that a keyword network takes: the newest windows' features as elements of its input.
import { ModelError } from '../errors';
import type { Model } from '../model';
import { quantize, type Tensor } from '../tensor';

/** Features are divided by this in training, so that they range from 0 to about 26 (`audio_preprocessor.py`, `legacy_output_scaling`). */
const featureScale = 25.6;
const featureRange = 26;

/**
 * Codes of features: (features * 256 + 333) / 666 + lowest code, clamped, where 666 is 25.6 * 26 rounded. This is what the microcontrollers'
 * code does (`micro_features_generator.cc`, ESPHome's `micro_wake_word.cpp`), for inputs that quantize 0 to 26 in 8 bits, whose scales differ a little.
 */
function microcontrollerCode(feature: number, lowest: number): number {
  const divisor = Math.floor(featureScale * featureRange + 0.5);
  return Math.min(Math.floor((feature * 256 + (divisor >> 1)) / divisor), 255) + lowest;
}

/** How one frame becomes elements of an input. */
function converterFor(input: Tensor): (features: Uint16Array) => ArrayLike<number | bigint> {
  const { dtype, scale, zeroPoint } = input;
  const lowest = dtype === 'int8' ? -128 : 0;
  const is8Bit = dtype === 'int8' || dtype === 'uint8';
  if (is8Bit && scale !== undefined && zeroPoint === lowest && Math.abs((scale * 256) / featureRange - 1) < 0.01) {
    return (features) => Array.from(features, (feature) => microcontrollerCode(feature, lowest));
  }
  return (features) =>
    quantize(
      input,
      Array.from(features, (feature) => feature / featureScale),
    );
}

/** A model's input of `frames` windows with `channels` features each, oldest first. */
export class FeatureInput {
  readonly frames: number;
  private readonly elements: Tensor['data'];
  private readonly convert: (features: Uint16Array) => ArrayLike<number | bigint>;

  /** @throws ModelError `bad-shape` for a model without such an input, of int8, uint8 or float32 */
  constructor(
    private readonly model: Model,
    private readonly channels: number,
  ) {
    const [input] = model.inputs;
    const { dtype, shape, data, name } = input;
    const isKnown = dtype === 'int8' || dtype === 'uint8' || dtype === 'float32';
    // [1, frames * channels], [1, frames, channels], and more dimensions of 1.
    const large = shape.filter((dimension) => dimension !== 1);
    const isFlat = large.length === 1 && large[0] % channels === 0;
    const isPlane = large.length === 2 && large[1] === channels;
    if (!(model.inputs.length === 1 && isKnown && (isFlat || isPlane))) {
      throw new ModelError(
        'bad-shape',
        `has ${dtype} [${shape}]; the network must take windows of ${channels} features; give frontend: { numChannels }`,
        { where: `input '${name}'` },
      );
    }
    this.frames = data.length / channels;
    this.elements = data.slice() as Tensor['data'];
    this.convert = converterFor(input);
  }

  /** The oldest frame goes, the newest comes. */
  push(features: Uint16Array): void {
    const elements = this.elements as Float32Array;
    elements.copyWithin(0, this.channels);
    elements.set(this.convert(features) as ArrayLike<number>, elements.length - this.channels);
  }

  /** Writes the frames into the model's input. */
  write(): void {
    (this.model.inputs[0].data as Float32Array).set(this.elements as Float32Array);
  }
}
