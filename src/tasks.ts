// Owns the entry `zeropoint/tasks`: the outputs of networks as classes, objects, poses and maps, and what a file says of them.
export { Archive, type Inflate } from './metadata/archive';
export { archivedLabels, type LabelledModel, parseLabels } from './metadata/labels';
export { readTfliteMetadata, type TensorMetadata, type TfliteMetadata } from './metadata/tflite-metadata';
export { decodeKeypointBoxes, type KeypointBox, type KeypointHeads, keypointHeads, type Point } from './tasks/anchors';
export { type Box, intersectionOverUnion, type ScoredBox } from './tasks/boxes';
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
export { type DetectorHead, type DetectorOutputs, detectedObjects, detectorHead, inputSize, type ObjectOptions } from './tasks/objects';
export { cocoKeypoints, type InputPose, poseRow, readPoses } from './tasks/poses';
export { lastOperator } from './tasks/probabilities';
export { isSegmentation, type SegmentationMap, segmentation } from './tasks/segmentation';
export { suppressWeighted } from './tasks/weighted-suppression';
