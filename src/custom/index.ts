// Owns the list of custom operators that graphs hold as CUSTOM nodes.
import type { CustomOperators } from '../tflite/read-operator';
import { landmarksToMatrix } from './landmarks-to-matrix';
import { maxPoolingWithArgmax, maxUnpooling } from './max-pooling';
import { posenetDecoder } from './posenet';
import { transformLandmarks } from './transform-landmarks';
import { transformTensor } from './transform-tensor';

/** By the names of `mediapipe/util/tflite/cpu_op_resolver.cc` and of libcoral, `coral/pose_estimation/posenet_decoder_op.h`. */
export const customOperators: CustomOperators = {
  MaxPoolingWithArgmax2D: maxPoolingWithArgmax,
  MaxUnpooling2D: maxUnpooling,
  Landmarks2TransformMatrix: landmarksToMatrix,
  TransformTensorBilinear: transformTensor,
  // Version 1 was also registered under this name (transform_tensor_bilinear.cc).
  TransformTensor: transformTensor,
  TransformLandmarks: transformLandmarks,
  PosenetDecoderOp: posenetDecoder,
};
