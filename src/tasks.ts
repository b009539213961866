// Owns the entry `zeropoint/tasks`: what the outputs of classifiers and detectors mean.
export { bestClass, type ClassScore, isClassifier, rankOf, type TaskModel, topClasses } from './tasks/classification';
export { type Detection, detections, isDetector } from './tasks/detection';
export { className, labelOffset, outputLabels } from './tasks/labels';
