// Owns the entry `zeropoint/tasks`: the outputs of classifiers and detectors as classes and objects.
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
export { type Detection, detections, isDetector } from './tasks/detection';
