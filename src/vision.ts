// Owns the entry `zeropoint/vision`: tasks on pictures, from the picture to labelled results, bound to the core and the float binary.
export { type ErrorCode, ModelError } from './errors';
export { type Preprocessing, type PresetName, presets } from './pixels/preprocessing';
export { type DetectedFace, type FaceDetectionOptions, FaceDetector, type FaceDetectorOptions } from './vision/face-detector';
export { type Classification, ImageClassifier, type ImageClassifierOptions } from './vision/image-classifier';
export { cosineSimilarity, ImageEmbedder } from './vision/image-embedder';
export { ImageSegmenter, type ImageSegmenterOptions, Segmentation, type SegmentShare } from './vision/image-segmenter';
export { ImprintedClassifier, type ImprintedClassifierOptions } from './vision/imprinted-classifier';
export type { ImprintedClasses } from './vision/imprinting';
export type { NamedPoint } from './vision/landmarks';
export { MoveNet, type MoveNetOptions } from './vision/movenet';
export { type DetectedObject, type DetectionOptions, ObjectDetector, type ObjectDetectorOptions } from './vision/object-detector';
export { decodePicture, type EncodedPicture, type Picture, type PixelArray, type RawPicture } from './vision/picture';
export type { Keypoint, Pose } from './vision/pose';
export type { FetchedFile, FetchOptions, TaskSource } from './vision/source';
export { modelLabels, modelPreprocessing, type TaskOptions } from './vision/task';
