// Owns the entry `zeropoint/tasks`: the outputs of classifiers and detectors as classes and objects, and what a file says of them.
export { Archive, type Inflate } from './metadata/archive';
export { archivedLabels, type LabelledModel, parseLabels } from './metadata/labels';
export { readTfliteMetadata, type TensorMetadata, type TfliteMetadata } from './metadata/tflite-metadata';
export {
  bestClass,
  type ClassScore,
  className,
  isClassifier,
  labelOffset,
  outputLabels,
  rankOf,
  type TaskModel,
  topClasses,
} from './tasks/classification';
export { type Detection, detections, detectorOutputs, isDetector } from './tasks/detection';
