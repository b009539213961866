// Owns the entry `zeropoint/image`: decoded pixels to an input tensor, and positions of the input back.
export { type Fit, fit, pictureX, pictureY } from './pixels/crop';
export type { ImageInput } from './pixels/elements';
export type { Pixels } from './pixels/pixels';
export { preprocess } from './pixels/preprocess';
export { type Preprocessing, parsePreprocessing, presets } from './pixels/preprocessing';
