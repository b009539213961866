// Owns the entry `zeropoint/audio`: sound to features and keywords, bound to the core and the float binary.
export { type Keyword, type KeywordSettings, KeywordSpotter, type KeywordSpotterOptions, keywordPresets } from './audio/keyword-spotter';
export { frontendPresets, MicroFrontend, type MicroFrontendOptions } from './audio/micro-frontend';
export type { RecognitionOptions } from './audio/recognition';
export { Resampler } from './audio/resampler';
export type { AudioSamples } from './audio/samples';
export { type ErrorCode, ModelError } from './errors';
export type { FetchedFile, FetchOptions, TaskSource } from './task-source';
