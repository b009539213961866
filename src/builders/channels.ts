// Owns how MobileNetV2 and V3 round the channels of a layer whose width is multiplied.

/** `make_divisible` of the authors' code: to the nearest multiple of 8, one more where that loses more than a tenth. */
export function divisible(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
