// Owns the entry `zeropoint/mobilenet`: complete quantized MobileNets with seeded weights, for trying and measuring.
export { type MobilenetV1Options, mobilenetV1 } from './builders/mobilenet-v1';
export { type MobilenetV2Options, mobilenetV2 } from './builders/mobilenet-v2';
export { type MobilenetV3Options, type MobilenetV3Size, mobilenetV3 } from './builders/mobilenet-v3';
