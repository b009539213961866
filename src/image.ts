// Owns the entry `zeropoint/image`: decoded pixels to an input tensor.
export type { Pixels } from './pixels/pixels';
export { type ImageInput, preprocess } from './pixels/preprocess';
export { type Preprocessing, parsePreprocessing, presets } from './pixels/preprocessing';
